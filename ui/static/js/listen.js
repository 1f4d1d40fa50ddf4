// Pages that follow the server: <… data-listen="/staff/events"> opens the
// stream. An event fills the element that has data-fill="<event name>" with
// its text, goes to the page named by data-go="<event name>" href, or loads
// the page anew for data-reload="<event name> …", unless somebody is typing.

const root = document.querySelector("[data-listen]");

// A page that is already on its way somewhere must not be loaded anew: that
// would take the answer to the form just sent away from the person.
let leaving = false;
window.addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => { leaving = false; }, 5000); // a download leaves the page where it is
});
if (root) listen(root);

function listen(root) {
  const source = new EventSource(root.dataset.listen);
  const names = new Set();
  for (const element of document.querySelectorAll("[data-fill]")) names.add(element.dataset.fill);
  const reload = (root.dataset.reload ?? "").split(" ").filter(Boolean);
  for (const name of reload) names.add(name);
  const go = root.dataset.go;
  if (go) names.add(go);

  for (const name of names) {
    source.addEventListener(name, (event) => {
      if (name === go) {
        location.assign(event.data);
        return;
      }
      if (reload.includes(name)) {
        if (!typing() && !leaving) location.reload();
        return;
      }
      for (const element of document.querySelectorAll(`[data-fill="${name}"]`)) element.textContent = event.data;
    });
  }
  source.addEventListener("error", () => {
    // Closed for good means the visit or the server is over: start again.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.assign(document.body.dataset.home), 2000);
  });
  window.addEventListener("pagehide", () => source.close());
}

function typing() {
  const at = document.activeElement;
  return at && at.matches("input:not([type=hidden]), textarea, select") && at.value !== at.defaultValue;
}
