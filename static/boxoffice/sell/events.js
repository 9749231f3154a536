/** The events to choose from: a row that scrolls and shows that it does, with a search where there are many. */

import { whenText } from "#sell/dates";
import { fill, h, place } from "#sell/dom";
import * as flows from "#sell/flow";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {CounterEvent} from "./types.d.ts" */

// More than these are not looked through at a glance.
export const MANY = 6;
// Of what is seen of the row, as far as one press moves it.
const STEP = 0.8;

/** Without case and accents. @param {string} text */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Whether each word of `wanted` begins a word of the event's name or date.
 * @param {CounterEvent} event @param {string} wanted @param {string | undefined} timeZone
 */
export function matches(event, wanted, timeZone) {
  const own = fold(`${event.name} ${whenText(event, timeZone)}`).split(/[\s,]+/);
  return fold(wanted)
    .split(/[\s,]+/)
    .every((word) => own.some((one) => one.startsWith(word)));
}

export class EventRow {
  /** @param {Counter} counter */
  constructor(counter) {
    this.counter = counter;
    this.wanted = "";
    this.chosen = 0;
    this.scroller = place("[data-events]");
    this.row = place("[data-event-row]");
    this.scroller.addEventListener("scroll", () => this.#edges(), { passive: true });
    new ResizeObserver(() => {
      this.#show(this.chosen);
      this.#edges();
    }).observe(this.scroller);
    for (const button of this.row.querySelectorAll("[data-scroll]")) {
      const by = Number(/** @type {HTMLElement} */ (button).dataset.scroll) * STEP;
      button.addEventListener("click", () =>
        this.scroller.scrollBy({ left: by * this.scroller.clientWidth, behavior: "smooth" }),
      );
    }
  }

  draw() {
    const { counter } = this;
    const more = counter.catalog?.more_events ?? 0;
    const isMany = counter.events.length > MANY || more > 0 || counter.search !== "";
    if (!isMany) this.wanted = "";
    fill(place("[data-event-find]"), isMany ? [this.#find(more)] : []);
    fill(this.scroller, this.#buttons());
    this.#edges();
    const chosen = counter.flow.event ?? 0;
    if (chosen !== this.chosen && this.#show(chosen)) this.chosen = chosen;
  }

  get shown() {
    const { counter, wanted } = this;
    const zone = counter.catalog?.venue.time_zone;
    return wanted ? counter.events.filter((event) => matches(event, wanted, zone)) : counter.events;
  }

  #buttons() {
    const { counter } = this;
    const free = flows.isFree(counter.flow);
    if (counter.condition === "ready" && !this.shown.length)
      return [h("p.empty", {}, say(counter.search || this.wanted ? "noSuchEvent" : "noEvents"))];
    return this.shown.map((event) =>
      h(
        "button.event",
        {
          type: "button",
          "data-key": `event-${event.id}`,
          "aria-pressed": String(event.id === counter.flow.event),
          disabled: !free && event.id !== counter.flow.event,
          onclick: () => counter.become(flows.chooseEvent(counter.flow, event.id)),
        },
        h("b", {}, event.name),
        h(
          "span.quiet",
          {},
          whenText(event, counter.catalog?.venue.time_zone),
          event.status === "ON_SALE" ? "" : ` · ${say("stopped")}`,
        ),
      ),
    );
  }

  /** What is typed sorts out at once. Enter takes the first, or asks the server where it has more. @param {number} more */
  #find(more) {
    const label = more ? `${say("findEvent")}, ${say("moreEvents", { count: more })}` : say("findEvent");
    const field = h("input", {
      name: "q",
      type: "text",
      maxlength: 100,
      value: this.counter.search,
      "aria-label": label,
      "aria-keyshortcuts": "/",
      placeholder: label,
      "data-key": "event-search",
      autocomplete: "off",
      oninput: (/** @type {InputEvent} */ event) =>
        this.#want(/** @type {HTMLInputElement} */ (event.target).value),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape") return;
        const own = /** @type {HTMLInputElement} */ (event.target);
        own.value = "";
        this.#want("");
        if (this.counter.search) this.#ask("");
        own.blur();
      },
    });
    return h(
      "form.event-search",
      {
        role: "search",
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          const own = /** @type {HTMLFormElement} */ (event.target).elements.namedItem("q");
          const text = /** @type {HTMLInputElement} */ (own).value.trim();
          const [first] = this.shown;
          if ((more || this.counter.search) && this.counter.online) this.#ask(text);
          else if (first && flows.isFree(this.counter.flow)) {
            this.counter.become(flows.chooseEvent(this.counter.flow, first.id));
            /** @type {HTMLInputElement} */ (own).blur();
          }
        },
      },
      field,
    );
  }

  /** To the search, where there is one. */
  focus() {
    const field = document.querySelector('[data-key="event-search"]');
    if (field instanceof HTMLInputElement) field.select();
  }

  /** @param {string} text */
  #want(text) {
    this.wanted = text.trim();
    this.scroller.scrollLeft = 0;
    this.counter.changed();
  }

  /** @param {string} text */
  #ask(text) {
    this.wanted = "";
    this.counter.search = text;
    void this.counter.refresh();
  }

  /** Into sight, in the middle of the row; whether it stands there. @param {number} id */
  #show(id) {
    const button = this.scroller.querySelector(`[data-key="event-${id}"]`);
    if (!(button instanceof HTMLElement)) return false;
    const { scroller } = this;
    const middle = button.offsetLeft - (scroller.clientWidth - button.offsetWidth) / 2;
    scroller.scrollTo({ left: middle, behavior: "instant" });
    return true;
  }

  /** Which edge hides something: there it fades, and a button leads on. */
  #edges() {
    const { scrollLeft, scrollWidth, clientWidth } = this.scroller;
    const before = scrollLeft > 1;
    const after = scrollLeft + clientWidth < scrollWidth - 1;
    this.row.toggleAttribute("data-before", before);
    this.row.toggleAttribute("data-after", after);
    for (const button of this.row.querySelectorAll("[data-scroll]")) {
      const own = /** @type {HTMLButtonElement} */ (button);
      own.hidden = scrollWidth <= clientWidth + 1 && !before;
      own.disabled = !(own.dataset.scroll === "1" ? after : before);
    }
  }
}
