// Prints a receipt or its tickets, and has each printing noted: the next one is a copy.

const paper = /** @type {HTMLElement} */ (document.getElementById("paper"));
const note = /** @type {HTMLElement} */ (paper.querySelector("[data-note]"));
const token = /** @type {HTMLInputElement} */ (paper.querySelector("[name=csrfmiddlewaretoken]"));

for (const button of paper.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => {
    paper.dataset.only = /** @type {HTMLElement} */ (button).dataset.print ?? "";
    window.print();
  });
}

// However it is asked for, also by the browser's own menu.
window.addEventListener("beforeprint", async () => {
  try {
    const answer = await fetch(paper.dataset.printings ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": token.value },
      keepalive: true,
    });
    note.textContent = answer.ok ? "" : paper.dataset.failed ?? "";
  } catch {
    note.textContent = paper.dataset.failed ?? "";
  }
});

window.addEventListener("afterprint", () => {
  paper.dataset.only = "";
});

if (new URLSearchParams(location.search).has("print")) {
  window.print();
}
