// How far a worker is, for who hears the page; and where the keyboard goes on when it is loaded anew.
const frame = document.querySelector("[data-progress]");
if (frame) {
  const waited = `finlo-waited:${location.pathname}`;
  const said = frame.querySelector("[data-progress-said]");

  const say = () => {
    const text = frame.querySelector("[data-progress-text]")?.dataset.progressText ?? "";
    if (text !== said.textContent) said.textContent = text;
    if (text) sessionStorage.setItem(waited, "1");
    return text;
  };

  frame.addEventListener("htmx:afterSwap", say);
  if (!say() && sessionStorage.getItem(waited)) {
    sessionStorage.removeItem(waited);
    document.querySelector("[data-progress-end]")?.focus();
  }
}
