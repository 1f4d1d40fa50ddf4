// The body of a function: arguments[0] says whether fingers touch this page.
// A finger needs 20 mm of height for what the page is for, 12.7 mm for
// everything else, and 2.54 mm between any two.
const touched = arguments[0];
const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--mm"));
const slack = 0.1; // mm; browsers round to pixels
const found = [];

const name = (e) => `<${e.localName} class="${e.className}"> «${(e.innerText || e.getAttribute("aria-label") || e.name || "").trim().slice(0, 40)}»`;

const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (beyond > 1) {
  const widest = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  found.push(`${beyond} px beyond the right edge of ${innerWidth} px: ${widest.slice(0, 3).map(name).join(", ")}`);
}

if (touched) {
  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary, label.choice")]
    .filter((e) => !e.parentElement.closest("label.choice") && !e.closest("[aria-hidden=true]") && e.checkVisibility())
    .map((e) => ({ e, r: e.getBoundingClientRect(), bar: Boolean(e.closest(".frame-bar")) }));
  for (const { e, r } of targets) {
    const height = e.matches(".primary") ? 20 : 12.7;
    if (r.height / mm < height - slack || r.width / mm < 12.7 - slack) {
      found.push(`${(r.width / mm).toFixed(1)} × ${(r.height / mm).toFixed(1)} mm, want ${height} mm: ${name(e)}`);
    }
  }
  // The bar stays over the page while it scrolls, so it is compared with itself.
  for (let i = 0; i < targets.length; i++) {
    for (let j = i + 1; j < targets.length; j++) {
      const a = targets[i];
      const b = targets[j];
      if (a.bar !== b.bar) continue;
      const dx = Math.max(a.r.left, b.r.left) - Math.min(a.r.right, b.r.right);
      const dy = Math.max(a.r.top, b.r.top) - Math.min(a.r.bottom, b.r.bottom);
      const gap = Math.max(dx, dy) / mm;
      if (gap < 2.54 - slack) found.push(`${gap.toFixed(1)} mm, want 2.54 mm between ${name(a.e)} and ${name(b.e)}`);
    }
  }
}
return found;
