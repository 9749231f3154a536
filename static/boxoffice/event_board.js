/** One event on a page: hears of its changes, shows them, and lets the server draw it anew when its set-up changes. */

import { ServerClock } from "#clock";
import { Connection, EVENT_SILENCE_MS } from "#connection";
import { State } from "#state";
import { Trust } from "#trust";
import { View } from "#view";

const LAYOUT_RETRY_MS = 5_000;
const SLEPT_MS = 3_000;
const REST_MS = 500; // after a drawing that went well

export class EventBoard {
  #drawing = false;
  #drawAgainAt = 0;

  /**
   * `onDrawn` is called when the server has drawn parts of it anew, `onNews` with each message.
   * @param {HTMLElement} root
   * @param {Record<string, any>} words
   * @param {{onDrawn?: () => void, onNews?: () => void}} [calls]
   */
  constructor(root, words, { onDrawn = () => {}, onNews = () => {} } = {}) {
    this.root = root;
    this.onDrawn = onDrawn;
    this.onNews = onNews;
    this.state = new State();
    this.clock = new ServerClock();
    if (root.dataset.asOf) this.clock.hear(root.dataset.asOf);
    this.view = new View(root, words, root.dataset.zone);
    this.connection = new Connection(
      root.dataset.socket ?? "",
      EVENT_SILENCE_MS,
      (message) => this.#hear(message),
      () => this.trust.tell(),
    );
    this.trust = new Trust(root, words, this.connection, this.state);
    addEventListener("online", () => this.connection.hurry());
    document.addEventListener("visibilitychange", () => {
      const silence = performance.now() - this.connection.heardAt;
      if (!document.hidden && silence > SLEPT_MS) this.connection.refresh();
    });
    setInterval(() => this.#tick(), 1000);
    this.connection.open();
  }

  /** @param {import("#state").Message} message */
  #hear(message) {
    const changed = this.state.apply(message);
    // While it is not live, it says as of when the numbers are, and not what time it is.
    if (message.live && message.database && message.as_of) this.clock.hear(message.as_of);
    this.view.show(this.state, changed, { highlight: message.type === "changes" });
    if (this.#isOld()) this.redraw();
    this.trust.tell();
    this.onNews();
  }

  #tick() {
    const isOld = this.#isOld() || this.trust.pageOldSince !== null;
    if (this.connection.state === "open" && isOld) this.redraw();
    this.trust.tell();
  }

  /** The set-up has changed since it was drawn, or the clock has made the event's state another. */
  #isOld() {
    if (this.state.config !== "" && this.state.config !== this.root.dataset.config) return true;
    const turns = this.root.querySelector("[data-turns-at]")?.getAttribute("data-turns-at");
    return Boolean(turns) && this.clock.now() >= Date.parse(turns ?? "");
  }

  /** Let the server draw the page anew, and take the parts of this event over. */
  async redraw() {
    if (this.#drawing || performance.now() < this.#drawAgainAt) return;
    this.#drawing = true;
    this.#drawAgainAt = performance.now() + LAYOUT_RETRY_MS;
    try {
      const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const drawn = fresh.getElementById(this.root.id);
      if (drawn) this.#take(drawn, fresh.title);
      this.#drawAgainAt = performance.now() + REST_MS;
      this.trust.pageOldSince = null;
    } catch {
      // The socket may well be open: what has changed of the set-up is not on the page.
      this.trust.pageOldSince ??= performance.now();
      this.trust.tell();
    } finally {
      this.#drawing = false;
    }
  }

  /** What it sells, for who cannot see it, once it has changed. @param {string | undefined} sales */
  #say(sales) {
    const { root } = this;
    if (sales === undefined || root.dataset.sales === sales) return;
    root.dataset.sales = sales;
    const said = root.querySelector("[data-state-announcer]");
    if (said) said.textContent = root.querySelector("[data-layout=state] strong")?.textContent ?? "";
  }

  /**
   * @param {HTMLElement} drawn
   * @param {string} title
   */
  #take(drawn, title) {
    const { root, state } = this;
    const open = [...root.querySelectorAll("[data-pool]:has(details[open])")];
    const opened = new Set(open.map((one) => one.getAttribute("data-pool")));
    for (const part of root.querySelectorAll("[data-layout]")) {
      const name = part.getAttribute("data-layout");
      const fresh = drawn.querySelector(`[data-layout="${name}"]`);
      if (fresh) part.replaceWith(fresh);
    }
    for (const one of root.querySelectorAll("[data-pool]")) {
      const details = one.querySelector("details");
      if (details) details.open = opened.has(one.getAttribute("data-pool"));
    }
    document.title = title;
    root.dataset.config = drawn.dataset.config;
    this.#say(drawn.dataset.sales);
    this.view.adopt(root);
    const all = {
      rows: new Set(state.rows.keys()),
      listings: new Set(state.listings.keys()),
      late: new Set(state.unreported.keys()),
    };
    this.view.show(state, all, { highlight: false });
    this.onDrawn();
  }
}
