/** What stands beside an event's counts: how fast each channel sells, and the open alerts. Asked for twice a minute. */

import { fill, write } from "#text";

const EVERY_MS = 30_000;
const SPREAD_MS = 5_000; // a hundred screens that were started together must not ask together
const SVG = "http://www.w3.org/2000/svg";
const SMALLEST_SCALE = 4; // tickets: else a single one would look like a rush
const SIGNS = { CRITICAL: "!", WARNING: "!", INFO: "i" };

/**
 * @typedef {{channel: number, slots: number[], last_hour: number}} ChannelPace
 * @typedef {{id: string, title: string, severity: "CRITICAL" | "WARNING" | "INFO", severity_text: string, since: string,
 *   address: string | null}} OpenAlert
 * @typedef {{pace: {slots: number, channels: ChannelPace[]}, alerts: OpenAlert[]}} Answer
 */

export class Beside {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {Set<string> | null} the alerts that were there before */
  #seen = null;

  /**
   * @param {HTMLElement} root with the address in `data-beside`
   * @param {Record<string, any>} words
   * @param {{mostAlerts: number}} how
   */
  constructor(root, words, { mostAlerts }) {
    this.root = root;
    this.words = words;
    this.mostAlerts = mostAlerts;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#ask();
    });
    this.#again();
    this.#ask();
  }

  #again() {
    setTimeout(() => {
      this.#again();
      if (!document.hidden) this.#ask();
    }, EVERY_MS + Math.random() * SPREAD_MS);
  }

  async #ask() {
    try {
      const answer = await fetch(this.root.dataset.beside ?? "", { redirect: "error", cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#answer = await answer.json();
      this.#old(false);
      this.show();
    } catch {
      // The socket may well be open: it tells nothing of these.
      this.#old(true);
    }
  }

  /** @param {boolean} is */
  #old(is) {
    this.root.toggleAttribute("data-beside-old", is);
    for (const place of this.root.querySelectorAll("[data-beside-said]")) {
      if (place instanceof HTMLElement) place.hidden = !is;
    }
  }

  /** Show what was heard last, also after the server has drawn the page anew. */
  show() {
    if (!this.#answer) return;
    const paces = new Map(this.#answer.pace.channels.map((pace) => [pace.channel, pace]));
    for (const place of this.root.querySelectorAll("[data-pace]")) {
      this.#pace(place, paces.get(Number(place.getAttribute("data-pace"))));
    }
    this.#alerts(this.#answer.alerts);
  }

  /** @param {Element} place @param {ChannelPace | undefined} pace */
  #pace(place, pace) {
    const slots = pace?.slots ?? Array(this.#answer?.pace.slots ?? 0).fill(0);
    const sold = pace?.last_hour ?? 0;
    const picture = place.querySelector("svg");
    const name = place.getAttribute("data-name") ?? "";
    picture?.setAttribute("aria-label", fill(this.words.pace, { channel: name, n: sold }));
    picture?.replaceChildren(...bars(slots));
    write(place.querySelector("[data-pace-number]"), `${sold}/h`);
  }

  /** @param {OpenAlert[]} alerts */
  #alerts(alerts) {
    const place = this.root.querySelector("[data-alerts]");
    const list = place?.querySelector("ul");
    if (!(place instanceof HTMLElement) || !list) return;
    const isNew = (/** @type {OpenAlert} */ alert) => this.#seen !== null && !this.#seen.has(alert.id);
    const fresh = alerts.filter(isNew);
    const shown = alerts.slice(0, this.mostAlerts).map((alert) => row(alert, isNew(alert)));
    const more = alerts.length - shown.length;
    if (more > 0) {
      const rest = document.createElement("li");
      rest.className = "alerts-more";
      rest.textContent = fill(this.words.moreAlerts, { n: more });
      shown.push(rest);
    }
    place.hidden = !alerts.length;
    // What a person is about to open must not be taken away from under the finger.
    if (list.textContent !== shown.map((one) => one.textContent).join("") || fresh.length) {
      list.replaceChildren(...shown);
    }
    const said = place.parentElement?.querySelector("[data-alert-announcer]");
    if (said && fresh[0]) said.textContent = fill(this.words.newAlert, { title: fresh[0].title });
    this.#seen = new Set(alerts.map((alert) => alert.id));
  }
}

/** @param {OpenAlert} alert @param {boolean} fresh */
function row(alert, fresh) {
  const place = document.createElement("li");
  place.dataset.severity = alert.severity;
  if (fresh) place.dataset.fresh = "";
  place.title = `${alert.title} · ${alert.since}`;
  const sign = document.createElement("span");
  sign.className = "alert-sign";
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = SIGNS[alert.severity];
  const severity = document.createElement("span");
  severity.className = "hidden";
  severity.textContent = `${alert.severity_text}: `;
  const title = document.createElement(alert.address ? "a" : "span");
  title.className = "alert-title";
  if (title instanceof HTMLAnchorElement && alert.address) title.href = alert.address;
  title.textContent = alert.title;
  place.append(sign, severity, title);
  return place;
}

/**
 * One bar a slot, as high as the busiest allows; the running slot is drawn lighter.
 * @param {number[]} slots
 */
function bars(slots) {
  const most = Math.max(SMALLEST_SCALE, ...slots);
  const width = 100 / (slots.length || 1);
  return slots.map((tickets, index) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = tickets ? Math.max((100 * tickets) / most, 8) : 4;
    bar.setAttribute("class", tickets ? "pace-sold" : "pace-none");
    if (index === slots.length - 1) bar.setAttribute("data-running", "");
    bar.setAttribute("x", `${(index * width).toFixed(2)}%`);
    bar.setAttribute("width", `${(width * 0.78).toFixed(2)}%`);
    bar.setAttribute("y", `${(100 - height).toFixed(2)}%`);
    bar.setAttribute("height", `${height.toFixed(2)}%`);
    return bar;
  });
}
