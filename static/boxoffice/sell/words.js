/** What the page says; `{name}` is filled in. */

/** @type {Record<string, string>} */
let words = {};

/** @param {Record<string, string>} given */
export function takeWords(given) {
  words = given;
}

/** @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
export function say(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/{(\w+)}/g, (whole, name) => String(values[name] ?? whole));
}
