/** How the scripts of the boards put words together, and write them into the page. */

/**
 * Each `{name}` is filled in once: what is filled in may have braces and dollar signs of its own.
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text, values) => text.replace(/{(\w+)}/g, (_whole, name) => String(values[name]));

/**
 * Text alone, and only where it is another one: whoever listens to the page hears no repetition.
 * @param {Element | null | undefined} place
 * @param {string} text
 */
export function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}
