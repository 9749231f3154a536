/** Hides what a form does not ask with the values that it has (backoffice/kit/shown_when.py). Reads them only. */

(() => {
  /** The value of a field as a condition names it; undefined where the form does not have the field. */
  const valueOf = (form, name) => {
    const field = form.elements.namedItem(name);
    if (field === null) return undefined;
    return field.type === "checkbox" ? String(field.checked) : field.value;
  };

  const fits = (form, values) =>
    Object.entries(values).every(([name, accepted]) => {
      const value = valueOf(form, name);
      return value === undefined || accepted.includes(value);
    });

  const redraw = () => {
    for (const place of document.querySelectorAll("form [data-shown-when]")) {
      const cases = JSON.parse(place.dataset.shownWhen);
      place.hidden = !cases.some((values) => fits(place.closest("form"), values));
    }
  };

  document.addEventListener("DOMContentLoaded", redraw);
  document.addEventListener("change", redraw);
  document.addEventListener("htmx:load", redraw);
  // A browser fills a form again when somebody goes back to it.
  window.addEventListener("pageshow", redraw);
})();
