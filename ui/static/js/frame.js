// What every page does: move the focus where reading begins, keep the clock of
// the visit, and press buttons only once. The server decides when a visit is
// over; this only shows it.

const body = document.body;
const headers = { "X-CSRF-Token": body.dataset.csrf };

const target = document.querySelector("#errors, [autofocus], h1[tabindex]");
if (target && !location.hash) target.focus({ preventScroll: target.tagName === "H1" });

// A second press while the first is under way would do the act twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post") {
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
});

// Not everybody flicks: a page that goes on below the edge says so and turns
// by a button.
const more = document.getElementById("more");
if (more && document.documentElement.dataset.seat === "window") {
  const look = () => {
    const root = document.documentElement;
    more.hidden = root.scrollHeight - innerHeight - scrollY < 40;
  };
  more.addEventListener("click", () => {
    scrollBy({ top: innerHeight * 0.6, behavior: "smooth" });
  });
  for (const kind of ["scroll", "resize", "load"]) window.addEventListener(kind, look, { passive: true });
  look();
}

const dialog = document.getElementById("still");
if (dialog) watch(dialog);

function watch(dialog) {
  const warning = Number(body.dataset.warning) * 1000;
  const shown = document.getElementById("still-left");
  let end = performance.now() + Number(body.dataset.left) * 1000;
  let told = performance.now();
  let acted = false;

  const ask = async (path, method) => {
    try {
      const answer = await fetch(path, { method, headers: { ...headers, Accept: "application/json" }, cache: "no-store" });
      const { left } = await answer.json();
      end = performance.now() + left * 1000;
      if (left === 0) location.replace("/end");
    } catch {
      // The server is away for a moment; the next tick asks again.
    }
  };

  const act = () => { acted = true; };
  for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
    document.addEventListener(kind, act, { passive: true, capture: true });
  }

  document.getElementById("still-yes").addEventListener("click", async () => {
    await ask("/session/alive", "POST");
    dialog.close();
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());

  setInterval(async () => {
    const now = performance.now();
    if (acted && !dialog.open && now - told > 15000) {
      acted = false;
      told = now;
      await ask("/session/alive", "POST");
    }
    const left = end - performance.now();
    if (left > warning) {
      if (dialog.open) dialog.close();
      return;
    }
    if (!dialog.open) {
      await ask("/session/left", "GET");
      if (end - performance.now() > warning) return;
      dialog.showModal();
      document.getElementById("still-yes").focus();
    }
    shown.textContent = String(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    if (end <= performance.now()) await ask("/session/left", "GET");
  }, 500);
}
