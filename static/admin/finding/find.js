/**
 * Find anything: a dialog that asks the server as a person types, and leads to what is chosen.
 *
 * The box keeps the focus, and says by `aria-activedescendant` which line is chosen. The server words everything.
 */
"use strict";

/** @typedef {{href: string, icon: string, title: string, about: string[]}} Row */
/** @typedef {{groups: {heading: string, rows: Row[]}[], said: string}} Found */

const PAUSE = 60; // milliseconds between the last key and the question
const MOST_OPENED = 8;
const PAGE = /^\/admin\/(\w+)\/(\w+)\/(\d{1,18})\/change\/$/;
// Where a key writes, chooses or is pressed, it opens nothing.
const CONTROLS =
  "input, textarea, select, button, summary, [contenteditable]:not([contenteditable='false']), [role=textbox], [role=combobox], [role=listbox], [role=menu], dialog[open], #dialog";

/** @template {Element} T @param {string} selector @param {new () => T} kind @returns {T} */
function part(selector, kind) {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`);
  return found;
}

const dialog = part("#find", HTMLDialogElement);
const typed = part("#find-typed", HTMLInputElement);
const list = part("#find-list", HTMLElement);
const said = part("#find-said", HTMLElement);
const failed = part("#find .find-failed", HTMLElement);
const slash = part("#find-slash", HTMLInputElement);

const person = dialog.dataset.person ?? "";
const openedKey = `finlo-opened-${person}`;
const slashKey = `finlo-no-slash-${person}`;

/** What a browser may refuse to keep is kept for this page. @type {Map<string, string>} */
const here = new Map();

/** @param {string} key @returns {string} */
function read(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return here.get(key) ?? "";
  }
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    here.set(key, value);
  }
}

// --- What was opened last: numbers alone stay on the device, and the server says what they are called ---

function noteThisPage() {
  const [, app, model, number] = location.pathname.match(PAGE) ?? [];
  if (!app) return;
  const name = `${app}.${model}:${number}`;
  const others = read(openedKey)
    .split(",")
    .filter((other) => other && other !== name);
  keep(openedKey, [name, ...others].slice(0, MOST_OPENED).join(","));
}

// --- Asking ---

let question = 0;
let timer = 0;
/** @type {AbortController | null} */
let asking = null;
/** Whether Enter was pressed before the answer was there, and where it shall open. @type {"" | "here" | "tab"} */
let wanted = "";

/** Whatever is still on its way answers nothing any more. */
function forget() {
  question += 1;
  clearTimeout(timer);
  asking?.abort();
  asking = null;
  wanted = "";
}

/** What the lines were found for is not what is typed by now. @param {boolean} isOld */
function mark(isOld) {
  list.setAttribute("aria-busy", String(isOld));
}

async function ask() {
  const before = wanted;
  forget();
  wanted = before;
  const own = question;
  const text = typed.value.trim();
  const query = new URLSearchParams(text ? { typed: text } : { opened: read(openedKey) });
  asking = new AbortController();
  const slow = setTimeout(() => own === question && say(dialog.dataset.asking ?? ""), 400);
  try {
    const answer = await fetch(`${dialog.dataset.find}?${query}`, {
      signal: asking.signal,
      headers: { Accept: "application/json" },
    });
    if (own !== question) return;
    if (answer.redirected || answer.status === 403) return fail(dialog.dataset.signedOut);
    if (!answer.ok) return fail(answer.status < 500 ? dialog.dataset.refused : dialog.dataset.failed);
    /** @type {Found} */
    const found = await answer.json();
    if (own === question) show(found);
  } catch {
    if (own === question) fail(dialog.dataset.failed);
  } finally {
    clearTimeout(slow);
  }
}

/** What was found before is no answer to what is typed now. @param {string | undefined} why */
function fail(why) {
  wanted = "";
  clear();
  say("");
  failed.textContent = why ?? "";
  failed.hidden = false;
}

/** @param {string} text */
function say(text) {
  if (said.textContent !== text) said.textContent = text;
}

function clear() {
  mark(false);
  list.replaceChildren();
  list.hidden = true;
  typed.setAttribute("aria-expanded", "false");
  typed.removeAttribute("aria-activedescendant");
}

/** @param {Found} found */
function show(found) {
  clear();
  failed.hidden = true;
  failed.textContent = "";
  say(found.said);
  found.groups.forEach((group, at) => {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", `find-group-${at}`);
    const heading = document.createElement("div");
    heading.id = `find-group-${at}`;
    heading.className = "find-heading";
    heading.textContent = group.heading;
    box.append(heading, ...group.rows.map((row, place) => line(row, `find-${at}-${place}`)));
    list.append(box);
  });
  list.hidden = found.groups.length === 0;
  typed.setAttribute("aria-expanded", String(!list.hidden));
  list.scrollTop = 0;
  choose(options()[0]);
  if (wanted) go(wanted);
}

/** @param {Row} row @param {string} id */
function line(row, id) {
  const link = document.createElement("a");
  link.id = id;
  link.href = row.href;
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  link.tabIndex = -1;
  link.className = "find-line";
  const icon = document.createElement("span");
  icon.className = "material-symbols-outlined";
  icon.setAttribute("aria-hidden", "true");
  icon.textContent = row.icon;
  const text = document.createElement("span");
  text.className = "find-text";
  text.append(apart(row.title, "find-title"));
  if (row.about.length) {
    const about = document.createElement("span");
    about.className = "find-about";
    row.about.forEach((one, at) => about.append(at ? " · " : " ", apart(one, "")));
    text.append(about);
  }
  link.append(icon, text);
  return link;
}

/** A name from right to left turns nothing beside it. @param {string} text @param {string} name */
function apart(text, name) {
  const element = document.createElement("bdi");
  if (name) element.className = name;
  element.textContent = text;
  return element;
}

// --- Choosing ---

/** @returns {HTMLAnchorElement[]} */
const options = () => [...list.querySelectorAll("a")];
const chosen = () => list.querySelector("a[aria-selected=true]");

/** @param {HTMLAnchorElement | undefined} option */
function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  typed.setAttribute("aria-activedescendant", option.id);
  // With the heading of the first of a group.
  const first = option.previousElementSibling;
  (first?.className === "find-heading" ? first : option).scrollIntoView({ block: "nearest" });
  option.scrollIntoView({ block: "nearest" });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.isComposing) return;
  const all = options();
  const at = all.findIndex((option) => option === chosen());
  const next = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (next !== undefined && all.length && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    choose(all[next]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const where = event.ctrlKey || event.metaKey ? "tab" : "here";
    // Who types a name and presses Enter at once means that name, and not what was found before.
    if (list.getAttribute("aria-busy") === "true") wanted = where;
    else go(where);
  }
}

/** Open what is chosen. @param {"here" | "tab"} where */
function go(where) {
  wanted = "";
  const option = chosen();
  if (!(option instanceof HTMLAnchorElement)) return;
  if (where === "tab") window.open(option.href, "_blank", "noopener");
  else location.assign(option.href);
}

// --- The dialog ---

function open() {
  if (dialog.open) return typed.select();
  typed.value = "";
  clear();
  say("");
  failed.hidden = true;
  dialog.showModal(); // and gives the focus back when it closes
  typed.focus();
  void ask();
}

document.addEventListener(
  "keydown",
  (event) => {
    const { key, target } = event;
    const byK = key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const bySlash =
      key === "/" &&
      slash.checked &&
      !(event.ctrlKey || event.metaKey || event.altKey) &&
      !(target instanceof Element && target.closest(CONTROLS)) &&
      !document.querySelector("#dialog")?.checkVisibility();
    if (!byK && !bySlash) return;
    event.preventDefault();
    event.stopPropagation();
    open();
  },
  { capture: true },
);

// The theme listens on the window, and would lead to a list's own search box: from a button or a list of choices, too.
document.addEventListener("keydown", (event) => {
  if (event.key === "/") event.stopPropagation();
});

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-find-open]")) open();
});

dialog.addEventListener("click", (event) => {
  const isClose = event.target instanceof Element && event.target.closest(".find-close");
  if (isClose || event.target === dialog) dialog.close();
});
dialog.addEventListener("close", forget);
typed.addEventListener("keydown", onKey);
typed.addEventListener("input", () => {
  forget();
  mark(true);
  timer = window.setTimeout(ask, PAUSE);
});
list.addEventListener("pointermove", (event) => {
  const option = event.target instanceof Element ? event.target.closest("a") : null;
  if (option && option !== chosen()) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    typed.setAttribute("aria-activedescendant", option.id);
  }
});

slash.checked = read(slashKey) !== "1";
slash.addEventListener("change", () => keep(slashKey, slash.checked ? "" : "1"));
noteThisPage();
