// What the reader reads arrives from the server. A page that waits for it has
// a form with data-scan, or one inside data-scan-form: its field "code" takes
// the text and the form is sent as if the person had typed it.

const holder = document.querySelector("form[data-scan], [data-scan-form]");
if (holder) {
  const form = holder.matches("form") ? holder : holder.querySelector("form");
  const source = new EventSource(holder.dataset.scan ?? holder.dataset.scanForm);
  source.addEventListener("scan", (event) => {
    form.elements.namedItem("code").value = event.data;
    source.close();
    form.requestSubmit();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.assign(document.body.dataset.home), 2000);
  });
  window.addEventListener("pagehide", () => source.close());
}
