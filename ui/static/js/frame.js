// What every page does: move the focus where reading begins, keep the clock of
// the visit, and press buttons only once. The server decides when a visit is
// over; this only shows it.

const body = document.body;
const headers = { "X-CSRF-Token": body.dataset.csrf };

const target = document.querySelector("#errors, [autofocus], h1[tabindex]");
if (target && !location.hash) target.focus({ preventScroll: target.tagName === "H1" });

// A window that hears nothing from a page for long takes it for hung.
const beat = () => fetch("/ui/alive", { cache: "no-store" }).catch(() => {});
beat();
setInterval(beat, 5000);

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
// A page the browser kept alive for its back button may be a former visit's: it
// goes blank when left, and is asked for anew when shown again.
window.addEventListener("pagehide", (event) => {
  if (event.persisted) document.documentElement.hidden = true;
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
    return;
  }
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

// A page that shows a result goes on by itself. One that goes on to itself is
// only filled anew, which does not count as the person doing something and
// leaves the reader where they are.
let pressed = false;
for (const kind of ["pointerdown", "pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => { pressed = kind === "pointerdown"; }, { passive: true, capture: true });
}
if (body.dataset.then) goOn(body.dataset.then, Number(body.dataset.thenIn) * 1000);

function goOn(path, wait) {
  setTimeout(async () => {
    if (path !== location.pathname) {
      location.replace(path);
      return;
    }
    try {
      const answer = await fetch(path, { headers: { "X-Background": "1" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) {
        location.replace(path);
        return;
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const shown = document.getElementById("main");
      const now = fresh.getElementById("main");
      if (!pressed) { // else the button under the finger would go; the next round asks again
        if (shown.innerHTML !== now.innerHTML) shown.replaceChildren(...now.childNodes);
        path = fresh.body.dataset.then;
      }
    } catch {
      // The server is away for a moment; the next round asks again.
    }
    if (path) goOn(path, wait);
  }, wait);
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
