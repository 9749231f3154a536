/** Elements, without markup in text. */

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * @param {string} tag with classes: "p.quiet"
 * @param {Record<string, unknown>} [attributes] `onclick` and the like are listeners; `true` is an empty attribute, `false`
 *   and `null` none
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name = "div", ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...shown(children));
  return element;
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function shown(children) {
  return children.filter((child) => child instanceof Node || typeof child === "string");
}

/**
 * Put new content in its place; who was writing or had the keyboard's focus there still has it. A part that is the same as
 * before is left alone, so that nothing flickers and no click gets lost.
 * @param {Element} place @param {Child[]} content
 */
export function fill(place, content) {
  const draft = document.createElement("div");
  draft.append(...shown(content));
  if (place.innerHTML === draft.innerHTML) return;
  const active = document.activeElement;
  const key = active && place.contains(active) ? active.getAttribute("data-key") : null;
  const typed = typedIn(place);
  const caret = active instanceof HTMLInputElement && key ? active.selectionStart : null;
  place.replaceChildren(...draft.childNodes);
  for (const [name, { before, value }] of typed) {
    const field = place.querySelector(`[data-key="${CSS.escape(name)}"]`);
    if (isField(field) && asDrawn(field) === before) put(field, value);
  }
  if (!key) return;
  const again = place.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!(again instanceof HTMLElement)) return;
  again.focus();
  if (again instanceof HTMLInputElement && caret !== null && again.type === "text") {
    again.setSelectionRange(caret, caret);
  }
}

/**
 * What somebody has written into fields that nobody has taken notice of yet.
 * @param {Element} place @returns {Map<string, {before: string, value: string}>}
 */
function typedIn(place) {
  const found = new Map();
  for (const field of place.querySelectorAll("input[data-key], select[data-key]")) {
    if (!isField(field) || asItIs(field) === asDrawn(field)) continue;
    found.set(field.getAttribute("data-key"), { before: asDrawn(field), value: asItIs(field) });
  }
  return found;
}

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/** @param {Element | null} element @returns {element is Field} */
const isField = (element) => element instanceof HTMLInputElement || element instanceof HTMLSelectElement;

/** @param {Field} field @returns {string} */
function asDrawn(field) {
  if (field instanceof HTMLSelectElement) {
    return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
  }
  return field.type === "radio" ? String(field.defaultChecked) : field.defaultValue;
}

/** @param {Field} field @returns {string} */
function asItIs(field) {
  return field.type === "radio" ? String(/** @type {HTMLInputElement} */ (field).checked) : field.value;
}

/** @param {Field} field @param {string} value */
function put(field, value) {
  if (field.type === "radio") /** @type {HTMLInputElement} */ (field).checked = value === "true";
  else field.value = value;
}

/** @param {string} selector @returns {HTMLElement} */
export function place(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(selector);
  return found;
}
