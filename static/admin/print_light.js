/** A page is printed in light colors, whatever it looks like on the screen. The theme is a class, which no style sheet can take away. */

(() => {
  const root = document.documentElement;
  let wasDark = false;

  matchMedia("print").addEventListener("change", ({ matches }) => {
    if (matches) wasDark = root.classList.contains("dark");
    if (wasDark) root.classList.toggle("dark", !matches);
  });
})();
