/** A request that failed says so beside what it was made from, and what it should have renewed is marked old until an answer
 *  comes. For all that htmx asks for; the words stand in admin/network.html. The plan editor says the same of its own form. */

(() => {
  // A preview that takes longer is gray until it comes.
  const SLOW_MS = 1_500;
  const slow = new WeakMap();

  const words = () => document.getElementById("finlo-network")?.dataset ?? {};
  const kindOf = (elt, detail) => {
    if (elt.hasAttribute("data-preview")) return "preview";
    if (isAskedAgain(elt)) return "renewed";
    return detail.requestConfig?.verb === "post" ? "sent" : "opened";
  };
  const isAskedAgain = (elt) => (elt.getAttribute("hx-trigger") ?? "").startsWith("every ");
  const isOwn = (detail) => detail.target?.id === "plan-body";

  /** What shows something that may be out of date now. */
  const shownBy = (elt) => {
    const places = elt.dataset.preview;
    if (places) return [...document.querySelectorAll(places)];
    return elt.hasAttribute("data-preview") || isAskedAgain(elt) ? [elt] : [];
  };

  const markOld = (elt, is) => {
    for (const place of shownBy(elt)) place.classList.toggle("finlo-old", is);
  };

  /** The note of this element; by its id, where the answer before has replaced it. */
  const noteOf = (elt) =>
    [...document.querySelectorAll("[data-network-note]")].find(
      (note) => note.asker === elt || (elt.id && note.dataset.networkNote === elt.id),
    );

  const clear = (elt) => {
    clearTimeout(slow.get(elt));
    markOld(elt, false);
    noteOf(elt)?.remove();
  };

  /** Beside it; above the buttons of a form; what is hidden by now, as in a closed menu, leaves it to what stands around it. */
  const put = (note, elt) => {
    const [first] = shownBy(elt);
    if (first) return first.before(note);
    const row = elt.matches("form") && elt.querySelector("button[type=submit]")?.parentElement;
    if (row) return row.before(note);
    let place = elt;
    while (place.parentElement && !place.checkVisibility()) place = place.parentElement;
    return place === document.body ? place.prepend(note) : place.after(note);
  };

  const tryAgain = (elt) => {
    const trigger = (elt.getAttribute("hx-trigger") ?? "").split(/[ ,]/)[0];
    // A preview hears of its form; whatever it is told itself is not that.
    if (elt.hasAttribute("data-preview")) elt.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
    else window.htmx.trigger(elt, trigger || "click");
  };

  const say = (elt, detail, text) => {
    clear(elt);
    markOld(elt, true);
    const kind = kindOf(elt, detail);
    const note = document.createElement("p");
    note.className = "finlo-failed";
    note.dataset.networkNote = elt.id;
    note.asker = elt;
    note.setAttribute("role", "alert");
    note.append(`${text} ${words()[kind] ?? ""} `);
    if (kind === "preview" || kind === "opened") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words().again ?? "";
      button.addEventListener("click", () => tryAgain(elt));
      note.append(button);
    }
    put(note, elt);
  };

  // --- What htmx tells --------------------------------------------------------------------------

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { elt } = detail;
    if (!elt.hasAttribute("data-preview")) return;
    clearTimeout(slow.get(elt));
    slow.set(elt, setTimeout(() => markOld(elt, true), SLOW_MS));
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail }) => isOwn(detail) || say(detail.elt, detail, words().lost));
  }

  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (isOwn(detail)) return;
    const text = detail.xhr.finloForeign ? words().foreign : detail.xhr.status < 500 ? words().refused : words().failed;
    say(detail.elt, detail, text);
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) clear(detail.elt);
  });

  // A whole page in which the part is missing, such as the one to sign in, is no answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr } = event.detail;
    if (isOwn(event.detail) || xhr.status >= 400) return;
    const part = elt.getAttribute("hx-select") ?? (elt.id ? `#${elt.id}` : "");
    const [, id] = /^#([\w-]+)/.exec(part) ?? [];
    const isPage = /<html/i.test(xhr.responseText);
    if (!id || !isPage || xhr.responseText.includes(`id="${id}"`)) return;
    xhr.finloForeign = true;
    event.detail.shouldSwap = false;
    event.detail.isError = true;
  });

  // It would open a dialog in which nothing stands.
  document.addEventListener(
    "htmx:after-on-load",
    (event) => {
      const { xhr } = event.detail;
      if (xhr.status >= 400 || xhr.finloForeign) event.stopPropagation();
    },
    { capture: true },
  );
})();
