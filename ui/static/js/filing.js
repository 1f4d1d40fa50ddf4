// Filing in the portal: a button beside each value copies it, and a code that
// the scanner reads goes into both boxes. The server knows by itself which
// codes were read; what stands in the boxes proves nothing.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const value = document.getElementById(button.dataset.copy);
    if (!(await copied(value))) return;
    const words = button.querySelector("span");
    const before = button.dataset.say ?? words.textContent;
    button.dataset.say = before;
    words.textContent = button.dataset.done;
    button.closest(".copy-row").classList.add("done");
    setTimeout(() => { words.textContent = before; }, 2500);
  });
}

// copied selects the value as well, so that the keyboard still works where the
// browser refuses to copy.
async function copied(value) {
  const range = document.createRange();
  range.selectNodeContents(value);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  try {
    await navigator.clipboard.writeText(value.textContent);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

const holder = document.querySelector("[data-scan-code]");
if (holder) {
  const source = new EventSource(holder.dataset.scanCode);
  source.addEventListener("scan", (event) => {
    const form = holder.querySelector("form");
    form.elements.namedItem("code").value = event.data;
    form.elements.namedItem("again").value = event.data;
    document.getElementById("scanned").hidden = false;
    form.querySelector(".primary").focus();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.assign(document.body.dataset.home), 2000);
  });
  window.addEventListener("pagehide", () => source.close());
}
