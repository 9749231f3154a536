/** What the theme's scripts leave out for whoever has no screen: names for what they make, icons that are not read
 *  aloud, and messages that are. */

(() => {
  const REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

  /** An icon is written as its name, which is no word for a person. */
  const hideIcons = () => {
    for (const icon of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
      icon.setAttribute("aria-hidden", "true");
    }
  };

  /** A place that scrolls is no landmark of the page, and a stop of the keyboard only where nothing in it is one. */
  const settleScrolled = () => {
    for (const place of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
      place.removeAttribute("role");
      place.removeAttribute("aria-label");
      if (place.querySelector(REACHABLE)) place.removeAttribute("tabindex");
    }
  };

  /** A select with a search is called as its field is: the label names an element that nobody sees. */
  const nameSelects = () => {
    for (const box of document.querySelectorAll(".select2-selection:not([data-named])")) {
      const select = box.closest(".select2")?.previousElementSibling;
      const label = select?.labels?.[0]?.textContent.trim();
      if (!label) continue;
      box.dataset.named = label;
      box.removeAttribute("aria-labelledby");
      const chosen = box.querySelector(".select2-selection__rendered");
      const name = () => {
        const value = chosen.title || chosen.textContent.trim();
        box.setAttribute("aria-label", value ? `${label}: ${value}` : label);
      };
      chosen.removeAttribute("role");
      chosen.removeAttribute("aria-readonly");
      new MutationObserver(name).observe(chosen, { attributes: true, childList: true });
      name();
    }
    // In a list of what is chosen stand only those: its hint and its cross are for the eye, and a key takes one away.
    for (const one of document.querySelectorAll("ul.select2-selection__rendered > span")) {
      if (!one.ariaHidden) one.ariaHidden = "true";
    }
    for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      field.setAttribute("aria-label", document.getElementById("page").dataset.search);
    }
  };

  const mend = () => {
    hideIcons();
    settleScrolled();
    nameSelects();
  };

  /** A live region reports what is put into it, and not what a page came with. */
  const sayMessages = () => {
    const place = document.getElementById("messages");
    const list = place?.firstElementChild;
    if (list) setTimeout(() => place.replaceChildren(list), 100);
  };

  // The theme asks once, as the page is loaded: at dusk a page that stays open follows.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    const root = document.documentElement;
    if (Alpine.$data(root).adminTheme === "auto") root.classList.toggle("dark", event.matches);
  });

  document.addEventListener("DOMContentLoaded", () => {
    mend();
    sayMessages();
    new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  });
})();
