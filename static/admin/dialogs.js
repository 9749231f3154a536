/** An open dialog keeps the keyboard inside; closed, it gives it back to what opened it.
 *  The keys that lead to a search box do so neither from a dialog nor from a list of choices. */

(() => {
  const REACHABLE =
    "a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex='0']";
  let opener = null;

  const reachableIn = (place) =>
    [...place.querySelectorAll(REACHABLE)].filter((one) => one.checkVisibility());

  /** What opened it; where that is hidden by now, as in a closed menu, what stands nearest before it. */
  const placeToReturnTo = () => {
    let place = opener?.isConnected ? opener : null;
    if (place?.checkVisibility()) return place;
    for (place = place?.parentElement; place; place = place.parentElement) {
      const [first] = reachableIn(place);
      if (first) return first;
    }
    return null;
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content") opener = event.detail.elt;
  });

  document.addEventListener("dialog-closed", () => placeToReturnTo()?.focus());

  // The theme listens on the window and spares text boxes alone. In a list of choices a letter chooses.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "t" && event.key !== "/") return;
    const isInDialog = document.getElementById("dialog")?.checkVisibility();
    if (isInDialog || event.target.closest("select")) event.stopPropagation();
  });

  document.addEventListener("keydown", (event) => {
    const dialog = document.getElementById("dialog");
    if (event.key !== "Tab" || !dialog?.checkVisibility()) return;
    const reachable = reachableIn(dialog);
    const [first, last] = [reachable[0], reachable.at(-1)];
    const now = document.activeElement;
    const isOutside = now === dialog || !dialog.contains(now);
    if (event.shiftKey ? now === first || isOutside : now === last || !dialog.contains(now)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  });
})();
