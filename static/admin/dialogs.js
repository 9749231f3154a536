/** The keyboard of a page: an open dialog keeps it inside; closed, it gives it back to what opened it, and after an
 *  act the page that is loaded anew does. A menu of actions is walked by arrows and by Tab. */

(() => {
  const REACHABLE =
    "a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex='0']";
  const RETURN_TO = "finlo-return-to";
  let opener = null;

  const reachableIn = (place) =>
    [...place.querySelectorAll(REACHABLE)].filter((one) => one.checkVisibility());

  /** The button of the menu in which it stands. */
  const menuButtonOf = (one) =>
    document.getElementById(one?.closest("[data-opened-by]")?.dataset.openedBy ?? "");

  /** What opened it; where that is hidden by now, as in a closed menu, what opens the menu or stands nearest. */
  const placeToReturnTo = () => {
    let place = opener?.isConnected ? opener : null;
    if (place?.checkVisibility()) return place;
    const button = menuButtonOf(place);
    if (button) return button;
    for (place = place?.parentElement; place; place = place.parentElement) {
      const [first] = reachableIn(place);
      if (first) return first;
    }
    return null;
  };

  /** How an element is found again on the same page, loaded anew. */
  const addressOf = (one) => {
    if (one?.id) return `#${CSS.escape(one.id)}`;
    for (const name of ["href", "name"]) {
      const value = one?.getAttribute(name);
      if (value && value !== "#") return `${one.localName}[${name}="${CSS.escape(value)}"]`;
    }
    return null;
  };

  /** Before an act that loads the page anew. */
  const remember = (one) => {
    const places = [addressOf(one), addressOf(menuButtonOf(one))].filter(Boolean);
    sessionStorage.setItem(RETURN_TO, JSON.stringify({ path: location.pathname, places }));
  };

  /** To what the act began with; where that is no more, to the page's content, and not to the menu again. */
  const returnKeyboard = () => {
    const kept = JSON.parse(sessionStorage.getItem(RETURN_TO) ?? "null");
    sessionStorage.removeItem(RETURN_TO);
    if (kept?.path !== location.pathname || document.activeElement !== document.body) return;
    const found = kept.places.map((place) => document.querySelector(place));
    const place = found.find((one) => one?.checkVisibility());
    (place ?? document.getElementById("main-content"))?.focus();
  };

  const openDialog = () =>
    [...document.querySelectorAll("#dialog, [data-keeps-keyboard]")].find((one) =>
      one.checkVisibility(),
    );

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content") opener = event.detail.elt;
    if (event.detail.elt.matches("#dialog form")) remember(opener);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#dialog")) remember(event.submitter);
  });

  // It is also said of a dialog that has come and is not shown yet: what opened it is still to be known then.
  document.addEventListener("dialog-closed", () => {
    // Whoever has gone on to something else by then stays there.
    const now = document.activeElement;
    const isLost = !now || now === document.body || now.closest("#modal-content") || !now.checkVisibility();
    if (isLost) placeToReturnTo()?.focus();
  });

  document.addEventListener("keydown", (event) => {
    const dialog = openDialog();
    if (event.key !== "Tab" || !dialog) return;
    const reachable = reachableIn(dialog);
    const [first, last] = [reachable[0], reachable.at(-1)];
    const now = document.activeElement;
    const isOutside = now === dialog || !dialog.contains(now);
    if (event.shiftKey ? now === first || isOutside : now === last || !dialog.contains(now)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  });

  // A menu stands at the end of the page: whoever leaves it goes on from its button.
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("[data-opened-by]");
    if (!menu) return;
    const all = reachableIn(menu);
    const at = all.indexOf(event.target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      all.at(next % all.length).focus();
    } else if (event.key === "Tab" && at === (event.shiftKey ? 0 : all.length - 1)) {
      if (event.shiftKey) event.preventDefault();
      menu.dispatchEvent(new CustomEvent("menu-close"));
    }
  });

  window.addEventListener("load", returnKeyboard);
})();
