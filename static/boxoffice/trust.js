/** Says how far a board's numbers can be trusted: live, or since when not, and why. */

import { fill, write } from "#text";

/** @typedef {import("#connection").Connection} Connection */
/** @typedef {import("#state").State} State */

/** @typedef {"live" | "connecting" | "noRedis" | "noDatabase" | "noPage" | "noSocket" | "signedOut" | "refused" | "gone"} Condition */

/**
 * Which of the troubles it is, if any.
 * @param {Connection} connection
 * @param {State} state
 * @param {boolean} isPageOld
 * @returns {Condition}
 */
function conditionOf(connection, state, isPageOld) {
  if (connection.state === "open") {
    if (!state.database) return "noDatabase";
    if (!state.live) return "noRedis";
    return isPageOld ? "noPage" : "live";
  }
  if (
    connection.state === "signedOut" ||
    connection.state === "refused" ||
    connection.state === "gone"
  ) {
    return connection.state;
  }
  return connection.heardAt || connection.retryAt ? "noSocket" : "connecting";
}

export class Trust {
  /** @type {string | null} since when the numbers have not been live, as a time of day */
  #trouble = null;
  #asOf = "";
  /** @type {number | null} since when the server would have drawn it otherwise, and could not be asked */
  pageOldSince = null;
  #asOfSince = 0; // when the page learned it; its own clock and the server's may differ

  /**
   * @param {HTMLElement} root
   * @param {Record<string, any>} words
   * @param {Connection} connection
   * @param {State} state
   */
  constructor(root, words, connection, state) {
    this.root = root;
    this.words = words;
    this.connection = connection;
    this.state = state;
    this.#asOf = root.dataset.asOf ?? "";
    const zone = root.dataset.zone;
    this.clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: zone });
    root
      .querySelector("[data-retry]")
      ?.addEventListener("click", () => connection.hurry());
  }

  /** Say how things stand; to be called with each message and each second. */
  tell() {
    const { root, words, state } = this;
    if (state.asOf && state.asOf !== this.#asOf) {
      this.#asOf = state.asOf;
      this.#asOfSince = performance.now();
    }
    const now = conditionOf(this.connection, state, this.pageOldSince !== null);
    const fine = now === "live" || now === "connecting";
    const time = this.#asOf ? this.clock.format(new Date(this.#asOf)) : "";
    if (fine) this.#trouble = null;
    else this.#trouble ??= time;
    const word = fine ? words[now] : fill(words.stale, { time: this.#trouble });
    this.#say("as-of-time", time);
    const shown = root.querySelector("[data-as-of-time]");
    if (shown instanceof HTMLTimeElement) shown.dateTime = this.#asOf;
    this.#say("connection-word", word);
    const banner = root.querySelector("[data-banner]");
    if (banner instanceof HTMLElement) this.#banner(banner, now, fine);
    if (root.dataset.connection !== now) {
      root.dataset.connection = now;
      // Spoken once: the age that grows each second is to be seen and not to be heard.
      this.#say("announcer", word);
    }
  }

  /**
   * @param {HTMLElement} banner
   * @param {Condition} now
   * @param {boolean} fine
   */
  #banner(banner, now, fine) {
    banner.hidden = fine;
    if (fine) return;
    this.#say("banner-text", fill(this.words[now], { age: this.#age(now === "noPage" ? (this.pageOldSince ?? 0) : this.#asOfSince) }));
    this.#say("banner-retry", this.#retrying());
    const retry = banner.querySelector("[data-retry]");
    if (retry instanceof HTMLElement) retry.hidden = this.connection.state !== "waiting";
  }

  #retrying() {
    if (this.connection.state === "connecting") return this.words.reconnecting;
    if (this.connection.state !== "waiting") return "";
    const wait = Math.ceil((this.connection.retryAt - performance.now()) / 1000);
    return fill(this.words.retrying, { seconds: Math.max(0, wait) });
  }

  /** @param {number} since */
  #age(since) {
    const seconds = Math.round((performance.now() - since) / 1000);
    if (seconds < 60) return fill(this.words.seconds, { n: seconds });
    if (seconds < 3600) return fill(this.words.minutes, { n: Math.floor(seconds / 60) });
    return fill(this.words.hours, { n: Math.floor(seconds / 3600) });
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #say(name, text) {
    write(this.root.querySelector(`[data-${name}]`), text);
  }
}
