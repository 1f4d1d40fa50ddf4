// The declaration: questions that hang on another come and go as it is
// answered, Enter leads to the next question, and a button that opens its page
// elsewhere leaves this one usable. The server looks at every condition again.

const hanging = [...document.querySelectorAll("[data-when]")];

function look() {
  for (const part of hanging) { // in the order of the form: one may hang on another
    const asked = part.dataset.is.split(" ").includes(answered(part.dataset.when));
    part.hidden = part.disabled = !asked;
  }
  for (const section of document.querySelectorAll(".form-section")) {
    section.hidden = !section.querySelector(".asked:not([hidden])");
  }
}

// answered gives what stands in a field that is asked itself.
function answered(id) {
  for (const field of document.querySelectorAll(`[name="${CSS.escape(id)}"]`)) {
    if (field.matches(":disabled")) continue;
    if (field.type !== "radio" && field.type !== "checkbox") return field.value.trim();
    if (field.checked) return field.value;
  }
  return "";
}

if (hanging.length > 0) {
  document.addEventListener("input", look);
  window.addEventListener("pageshow", look); // a browser may have put answers back
  look();
}

// The page that asks one question: whoever reads it out types at once.
const one = document.querySelector("form[data-enter]");
if (one) {
  const first = one.querySelector("input[type=radio]:checked") ?? one.querySelector("input:not([type=hidden]), textarea");
  first?.focus();
  first?.select?.();
  one.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea")) return;
    event.preventDefault();
    one.requestSubmit(one.querySelector("[value=next]"));
  });
}

document.addEventListener("submit", (event) => {
  if (event.submitter?.formTarget !== "_blank") return;
  const button = event.submitter;
  setTimeout(() => {
    delete event.target.dataset.sent;
    button.removeAttribute("aria-busy");
  });
});
