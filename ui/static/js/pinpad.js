// The touch screen has no keyboard: digits for the PIN are on the page.

const pad = document.getElementById("pin-pad");
if (pad) {
  const field = document.getElementById(pad.dataset.for);
  pad.hidden = false;
  field.readOnly = true; // no other keyboard comes up
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key) return;
    if (key.value === "back") field.value = "";
    else if (field.value.length < field.maxLength) field.value += key.value;
  });
}
