// What every part of the page uses: elements made without HTML, so that no text can become markup; the look; copying.

const byId = (id) => document.getElementById(id);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== "") element.append(child);
  }
  return element;
}

// Characters without a picture are shown as what they are: one of them may turn the reading direction round.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function visible(text) {
  return String(text).replace(HIDDEN, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    const code = character.codePointAt(0);
    if (code < 256) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 65536 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
}

// Positions beyond 2^53 come as text; grouping is done on the digits, so none of them is lost.
const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
const span = ([first, last]) => (first === last ? number(first) : `${number(first)}–${number(last)}`);
const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
const when = (time) => visible(time.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC"));

function table(head, rows, caption) {
  return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    make("table", {},
      make("caption", { class: "hidden" }, caption),
      make("thead", {}, make("tr", {}, head.map((title) => make("th", { scope: "col" }, title)))),
      make("tbody", {}, rows.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell)))))));
}

function command(text) {
  return make("li", {}, make("code", {}, visible(text)),
    make("button", { type: "button", class: "copy", "data-copy": true }, "Copy"));
}

// `text`: what is copied where more of it is seen than there is, since characters without a picture are shown.
async function copy(button, text) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(text ?? code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code); // where the browser forbids it, the reader's own keys still copy
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button);
});
for (const each of document.querySelectorAll("[data-copy], .with-script")) each.hidden = false;

const theme = byId("theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `${theme.textContent} look`); };
theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
prefersDark.addEventListener("change", nameTheme);
nameTheme();
theme.hidden = false;

// A link to what is folded away opens it.
addEventListener("hashchange", () => {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
});

// On paper nothing can be opened. What the reader had closed is closed again afterwards. Findings have their insides by
// then as long as they are few; of very many, those that were opened. What a check means stands there once.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open]):not(.finding), .finding[data-made]:not([open])")];
  for (const each of opened) each.open = true;
  const told = new Set();
  for (const each of document.querySelectorAll(".meaning")) {
    each.classList.toggle("told-above", told.has(each.dataset.check));
    told.add(each.dataset.check);
  }
});
addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
