/** What the page says; `{name}` is filled in. */

/** @type {Record<string, string>} */
let words = {};

/** @param {Record<string, string>} given */
export function takeWords(given) {
  words = given;
}

// Where text turns its direction.
const TURNS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name within a sentence: one from right to left turns nothing of what stands beside it. @param {string} text */
export function nameOf(text) {
  return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}

/** How an order reads: "2 × Ticket, 1 × Family pack". @param {{quantity: number, name: string}[]} lines */
export function orderText(lines) {
  return lines.map((line) => `${line.quantity} × ${nameOf(line.name)}`).join(", ");
}

/**
 * Of a `count` of one in its own words, where there are some.
 * @param {string} key @param {Record<string, string | number>} [values] @returns {string}
 */
export function say(key, values = {}) {
  const text = (values.count === 1 ? words[`${key}-1`] : undefined) ?? words[key] ?? key;
  return text.replace(/{(\w+)}/g, (whole, name) => nameOf(String(values[name] ?? whole)));
}
