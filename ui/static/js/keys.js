// The touch screen has no keyboard: every field gets a button that opens one
// right below it. The letters of Vietnamese have keys of their own and a tone
// key changes the letter before it, so nobody needs to know Telex. Without
// scripts the fields are as they were.

const words = document.getElementById("keys-words")?.dataset;
const digits = "1234567890";
const latin = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const vietnamese = "ăâđêôơư";
const tones = { "\u0300": "à", "\u0301": "á", "\u0309": "ả", "\u0303": "ã", "\u0323": "ạ" };
const rowsOf = {
  digits: [digits],
  code: [digits, ...latin.map((row) => row.toUpperCase())],
  plain: [digits, ...latin, "@._-"],
  text: [digits, ...latin, vietnamese],
};

let open; // the one keyboard that is up: {panel, button}

function close() {
  open?.panel.remove();
  open?.button.setAttribute("aria-expanded", "false");
  open = undefined;
}

function write(field, change) {
  const next = change(field.value);
  if (field.maxLength > 0 && [...next].length > field.maxLength) return;
  field.value = next;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// In a name every word begins with a capital.
function letter(field, value, key) {
  const begins = field.dataset.keys === "name" && (value === "" || value.endsWith(" "));
  return value + (begins ? key.toLocaleUpperCase("vi") : key);
}

function keyButton(label, act, more = "") {
  const b = document.createElement("button");
  b.type = "button";
  b.className = `button key ${more}`.trim();
  b.textContent = label;
  b.addEventListener("click", act);
  return b;
}

function row(keys) {
  const r = document.createElement("div");
  r.className = "keys-row";
  r.append(...keys);
  return r;
}

function keyboard(field) {
  const kind = rowsOf[field.dataset.keys] ? field.dataset.keys : "text";
  const panel = document.createElement("div");
  panel.className = "keys";
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", words.open);
  for (const keys of rowsOf[kind]) {
    panel.append(row([...keys].map((key) => keyButton(key, () => write(field, (v) => letter(field, v, key))))));
  }
  if (kind === "text") {
    const marks = Object.entries(tones).map(([mark, label]) => keyButton(label, () => write(field, (v) => (v + mark).normalize("NFC")), "tone"));
    panel.append(row(marks));
  }
  const last = [keyButton(words.back, () => write(field, (v) => [...v].slice(0, -1).join("")), "wide")];
  if (kind === "text") last.push(keyButton(words.space, () => write(field, (v) => `${v} `), "wide"));
  last.push(keyButton(words.close, () => { close(); field.focus(); }, "wide primary"));
  panel.append(row(last));
  return panel;
}

function toggle(field, button) {
  const mine = open?.button === button;
  close();
  if (mine) return;
  open = { panel: keyboard(field), button };
  button.setAttribute("aria-expanded", "true");
  button.after(open.panel);
  open.panel.scrollIntoView({ block: "nearest" });
}

if (words) {
  for (const field of document.querySelectorAll("main input:is([type=text],[type=search],[type=tel],:not([type])):not([readonly])")) {
    if (!field.offsetParent) continue;
    const button = keyButton(words.open, () => toggle(field, button), "keys-open");
    button.setAttribute("aria-expanded", "false");
    (field.closest(".search") ?? field).after(button);
  }
}
