/** Writes numbers into the page that the server has drawn. Text only, never markup. */

import { levelOf } from "#state";
import { fill, write } from "#text";

/** @typedef {import("#state").State} State */

const MOTION_MS = 300;

/** As on every other page: 12,345. */
const grouping = new Intl.NumberFormat("en");
/** @param {number} units */
const grouped = (units) => grouping.format(units);

export class View {
  /** @type {HTMLElement[]} the cells that have changed last */
  latest = [];

  /**
   * @param {HTMLElement} root
   * @param {Record<string, any>} words
   * @param {string | undefined} zone
   */
  constructor(root, words, zone) {
    this.words = words;
    this.minute = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: zone });
    this.day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: zone });
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = root;
    this.adopt(root);
  }

  /**
   * Find the places for the numbers, again after the server has drawn the page anew.
   * @param {HTMLElement} root
   */
  adopt(root) {
    this.root = root;
    this.rows = byId(root, "[data-stock]", "stock");
    this.cells = byId(root, "[data-listing]", "listing");
    this.pools = byId(root, "[data-pool]", "pool");
    this.late = byId(root, "[data-late]", "late");
    this.latest = [];
  }

  /**
   * Show what has changed of the state.
   * @param {State} state
   * @param {{rows: Set<number>, listings: Set<number>, late: Set<number>}} changed
   * @param {{highlight: boolean}} how
   */
  show(state, changed, { highlight }) {
    /** @type {Set<number>} */
    const pools = new Set();
    for (const id of changed.rows) {
      const row = state.rows.get(id);
      if (!row) continue;
      if (row.pool !== undefined) pools.add(row.pool);
      for (const place of this.rows?.get(id) ?? []) this.#row(place, row);
    }
    for (const id of new Set([...changed.rows, ...changed.late])) {
      for (const place of this.late?.get(id) ?? []) this.#late(place, state, id);
    }
    for (const id of pools) {
      for (const place of this.pools?.get(id) ?? []) this.#pool(place, state.pool(id));
    }
    /** @type {[HTMLElement, number][]} */
    const moved = [];
    for (const id of changed.listings) {
      const listing = state.listings.get(id);
      if (!listing) continue;
      for (const place of this.cells?.get(id) ?? []) {
        const delta = this.#cell(place, listing);
        if (delta) moved.push([place, delta]);
      }
    }
    if (highlight && moved.length) this.#highlight(moved);
  }

  /** @param {HTMLElement} place @param {import("#state").Row} row */
  #row(place, row) {
    const free = row.quantity - row.sold - row.held;
    /** @type {Record<string, any>} */
    const numbers = { ...row, free };
    for (const cell of place.querySelectorAll("[data-number]")) {
      const name = cell.getAttribute("data-number") ?? "";
      if (row.kind === "OPEN" && name !== "free") continue;
      write(cell, grouped(numbers[name]));
    }
    bar(place, [row.sold, row.held, free]);
  }

  /**
   * What a channel that reports late has sold; the same as `_late` on the server.
   * @param {HTMLElement} place
   * @param {State} state
   * @param {number} id
   */
  #late(place, state, id) {
    const estimate = state.unreported.get(id);
    const sold = state.rows.get(id)?.sold;
    place.hidden = !estimate || sold === undefined;
    if (!estimate || sold === undefined) return;
    const at = new Date(estimate.utc_reported_at);
    const today = this.#dayOf(new Date(state.asOf ?? 0));
    const day = this.#dayOf(at) === today ? "" : `${this.#dayOf(at)} `;
    const known = estimate.about !== null;
    const values = {
      reported: grouped(sold),
      time: day + this.minute.format(at),
      about: grouped(sold + (estimate.about ?? 0)),
      low: grouped(sold + estimate.low),
      high: grouped(sold + estimate.high),
    };
    const word = known ? this.words.estimated : this.words.notEstimated;
    const text = fill(word, values);
    write(place, place.dataset.poolName ? `${place.dataset.poolName}: ${text}` : text);
  }

  /**
   * As the server writes it: 5 Sep.
   * @param {Date} moment
   */
  #dayOf(moment) {
    const parts = Object.fromEntries(
      this.day.formatToParts(moment).map((part) => [part.type, part.value]),
    );
    return `${parts.day} ${parts.month}`;
  }

  /** @param {HTMLElement} place @param {ReturnType<State["pool"]>} sums */
  #pool(place, sums) {
    /** @type {Record<string, number>} */
    const numbers = sums;
    for (const cell of place.querySelectorAll("[data-sum]")) {
      write(cell, grouped(numbers[cell.getAttribute("data-sum") ?? ""] ?? 0));
    }
    bar(place, [sums.sold, sums.held, sums.free, sums.open]);
  }

  /**
   * Returns by how much the number of a cell has moved.
   * @param {HTMLElement} place
   * @param {import("#state").Listing} listing
   */
  #cell(place, listing) {
    const level = levelOf(listing);
    const count = place.querySelector("[data-count]");
    const before = Number(count?.textContent?.replaceAll(",", "") ?? 0);
    write(count, grouped(listing.sellable));
    place.dataset.level = level;
    place.title = listing.detail;
    write(place.querySelector("[data-word]"), this.words.levels[level]);
    bar(place, [listing.sold, listing.held, listing.left]);
    return listing.sellable - before;
  }

  /** @param {[HTMLElement, number][]} moved */
  #highlight(moved) {
    for (const place of this.latest) {
      delete place.dataset.latest;
      write(place.querySelector("[data-delta]"), "");
    }
    this.latest = moved.map(([place]) => place);
    for (const [place, delta] of moved) {
      place.dataset.latest = delta < 0 ? "down" : "up";
      write(place.querySelector("[data-delta]"), delta < 0 ? `−${grouped(-delta)}` : `+${grouped(delta)}`);
      if (this.still.matches) continue;
      place
        .querySelector("[data-count]")
        ?.animate(
          [{ transform: `translateY(${delta < 0 ? "-" : ""}0.35em)`, opacity: 0.2 }, {}],
          { duration: MOTION_MS, easing: "ease-out" },
        );
    }
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 * @param {string} name
 */
function byId(root, selector, name) {
  /** @type {Map<number, HTMLElement[]>} */
  const found = new Map();
  for (const place of root.querySelectorAll(selector)) {
    if (!(place instanceof HTMLElement)) continue;
    const id = Number(place.dataset[name]);
    found.set(id, [...(found.get(id) ?? []), place]);
  }
  return found;
}

/**
 * Set the widths of a place's own bar, in the order of its parts.
 * @param {HTMLElement} place
 * @param {number[]} parts
 */
function bar(place, parts) {
  const drawn = place.querySelector("[data-bar]");
  if (!drawn) return;
  const total = parts.reduce((sum, units) => sum + units, 0);
  let start = 0;
  drawn.querySelectorAll("[data-part]").forEach((part, index) => {
    const units = parts[index] ?? 0;
    part.setAttribute("x", `${percent(start, total)}%`);
    part.setAttribute("width", `${percent(units, total)}%`);
    start += units;
  });
}

/** @param {number} units @param {number} total */
function percent(units, total) {
  return (total ? (100 * units) / total : 0).toFixed(3);
}
