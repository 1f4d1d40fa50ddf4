// The papers' page follows the dossier: it shows how much of a picture has
// arrived, and loads itself anew when a page has come, gone or been decided
// about. Without this script the buttons work all the same, only slower.

const root = document.getElementById("papers");

// The server need not wait for the picture: this page will see it come.
for (const field of document.querySelectorAll('input[name="live"]')) field.value = "1";

const source = new EventSource(root.dataset.events);
const bar = document.getElementById("progress");
const said = document.getElementById("progress-say");

source.addEventListener("progress", (event) => {
  if (!bar) {
    again();
    return;
  }
  const percent = Number(event.data);
  if (percent < 0) return;
  bar.value = percent;
  said.textContent = `${percent} %`;
});
source.addEventListener("change", again);
source.addEventListener("ended", again);
source.addEventListener("error", () => {
  // Closed for good means the visit or the server is over: start again.
  if (source.readyState === EventSource.CLOSED) setTimeout(() => location.assign(document.body.dataset.home), 2000);
});
window.addEventListener("pagehide", () => source.close());

// A page that is already on its way somewhere must not be loaded anew.
let leaving = false;
window.addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => { leaving = false; }, 5000);
});

// One picture makes several events; the page is loaded once for all of them,
// and not while somebody is typing a reason.
let timer = 0;
function again() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (leaving) return;
    const at = document.activeElement;
    if (at?.matches('input[type="text"]') && at.value !== at.defaultValue) {
      again();
      return;
    }
    location.reload();
  }, 250);
}
