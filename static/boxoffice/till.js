// The pages of a till: adds notes and coins up as they are counted, and prints. Both pages work without it.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-count]"));
const sum = form?.querySelector("[data-sum]");
if (form && sum) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-value]"));
  const add = () => {
    let hundredths = 0;
    let isCounted = false;
    for (const field of fields) {
      const count = field.value.trim();
      if (!/^\d+$/.test(count)) continue;
      isCounted = true;
      hundredths += Math.round(Number(field.dataset.value) * 100) * Number(count);
    }
    sum.textContent = isCounted ? (hundredths / 100).toLocaleString("en", { minimumFractionDigits: hundredths % 100 ? 2 : 0 }) : "–";
  };
  form.addEventListener("input", add);
  // Enter goes on to the next value, as at a counting machine.
  form.addEventListener("keydown", (event) => {
    const place = [...fields].indexOf(/** @type {HTMLInputElement} */ (event.target));
    if (event.key !== "Enter" || place < 0) return;
    const next = fields[place + 1];
    if (next) {
      event.preventDefault();
      next.focus();
      next.select();
    }
  });
  add();
  const compared = /** @type {HTMLElement | null} */ (document.querySelector("[data-focus]"));
  (compared ?? fields[0])?.focus();
}

for (const button of document.querySelectorAll("[data-print]")) {
  /** @type {HTMLElement} */ (button).hidden = false;
  button.addEventListener("click", () => window.print());
}
