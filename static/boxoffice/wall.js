/** A wall: one or several events on a screen that nobody scrolls. What does not fit comes on the next page. */

import { Beside } from "#beside";
import { tellDoors } from "#countdown";
import { EventBoard } from "#event_board";
import { fit } from "#fit";
import { keepScreen } from "#screen";
import { fill, write } from "#text";

const PAGE_MS = 10_000;
const REDRAW_MS = 60 * 60_000; // the openings of the next days, and what else the server knows better
// Of the shorter side of the screen: what is read from five meters, and what is larger than needed. A letter
// is read from 200 times its height; on a screen of 55 inches digits are then 25 mm high.
const SMALLEST = 0.05;
const LARGEST = 0.16;
const SMALLEST_PX = 22;
const ALERT_WIDTH = 11; // in heights of the smallest count, as the next
const POOL_WIDTH = 9;

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
const all = (root, selector) => [...root.querySelectorAll(selector)].filter(isHtml);
/** @param {Element} element @returns {element is HTMLElement} */
const isHtml = (element) => element instanceof HTMLElement;

/** The part of a wall that is one event's. */
class Panel {
  #page = 0;
  #pages = 1;
  #digits = 0;
  /** @type {import("#fit").Fit | null} */
  #fit = null;

  /** @param {HTMLElement} root @param {any} words @param {number} share of the screen's height */
  constructor(root, words, share) {
    this.root = root;
    this.words = words;
    this.share = share;
    this.beside = new Beside(root, words, { mostAlerts: 1 });
    this.board = new EventBoard(root, words, {
      onDrawn: () => this.#drawn(),
      onNews: () => this.#follow(),
    });
    // A banner or an alert takes room from the counts, and gives it back.
    this.resized = new ResizeObserver(() => this.lay());
    this.#drawn();
  }

  #drawn() {
    this.beside.show();
    this.resized.disconnect();
    for (const place of [this.root, ...all(this.root, ".wall-space")]) this.resized.observe(place);
    this.lay();
  }

  /** Find out what fits, and show it. */
  lay() {
    const { root } = this;
    const shorter = Math.min(innerWidth, innerHeight);
    const smallest = Math.max(SMALLEST_PX, shorter * SMALLEST * this.share);
    root.style.setProperty("--small", `${smallest}px`);
    const space = root.querySelector(".wall-space");
    if (!(space instanceof HTMLElement)) return;
    this.#digits = this.#widest();
    this.#fit = fit({
      width: space.clientWidth,
      height: space.clientHeight,
      rows: all(root, "tr[data-row]").length,
      columns: all(root, "thead [data-column]").length,
      digits: this.#digits,
      smallest,
      largest: Math.max(smallest, shorter * LARGEST * this.share),
    });
    for (const [name, value] of Object.entries({
      "--count": `${this.#fit.count}px`,
      "--label": `${this.#fit.label}px`,
      "--rows": this.#fit.rows,
      "--columns": this.#fit.columns,
    })) {
      root.style.setProperty(name, String(value));
    }
    const alerts = Math.max(1, Math.floor(root.clientWidth / (ALERT_WIDTH * smallest)));
    if (this.beside.mostAlerts !== alerts) {
      this.beside.mostAlerts = alerts;
      this.beside.show();
    }
    const pools = all(root, ".wall-pools > *");
    const poolsFit = Math.max(1, Math.floor(root.clientWidth / (POOL_WIDTH * smallest)));
    this.poolPages = Math.ceil(pools.length / poolsFit) || 1;
    this.poolsShown = Math.ceil(pools.length / this.poolPages);
    this.#pages = this.#fit.rowPages * this.#fit.columnPages;
    this.turn(0);
    this.tick();
  }

  /** @param {number} by how many pages */
  turn(by) {
    if (!this.#fit) return;
    const { rows, columns, columnPages } = this.#fit;
    const most = Math.max(this.#pages, this.poolPages ?? 1);
    this.#page = (this.#page + by + most) % most;
    const page = this.#page % this.#pages;
    const row = Math.floor(page / columnPages) * rows;
    const column = (page % columnPages) * columns;
    const within = (/** @type {number} */ at, /** @type {number} */ from, /** @type {number} */ size) =>
      at >= from && at < from + size;
    for (const place of all(this.root, "tr[data-row]")) {
      place.hidden = !within(Number(place.dataset.row), row, rows);
    }
    for (const place of all(this.root, "[data-column]")) {
      place.hidden = !within(Number(place.dataset.column), column, columns);
    }
    const pool = (this.#page % (this.poolPages ?? 1)) * (this.poolsShown ?? 1);
    for (const [at, place] of all(this.root, ".wall-pools > *").entries()) {
      place.hidden = !within(at, pool, this.poolsShown ?? 1);
    }
    const text = this.#pages > 1 ? fill(this.words.page, { n: page + 1, of: this.#pages }) : "";
    for (const place of all(this.root, "[data-page]")) write(place, text);
  }

  /** Each second. */
  tick() {
    const place = this.root.querySelector(".doors");
    if (place) tellDoors(place, this.board.clock.now(), this.words);
  }

  /** A number that has grown by a digit needs more room. */
  #follow() {
    if (this.#widest() !== this.#digits) this.lay();
  }

  #widest() {
    const lengths = all(this.root, "[data-count]").map((count) => count.textContent?.length ?? 0);
    return Math.max(3, ...lengths);
  }
}

const text = document.getElementById("words")?.textContent ?? "{}";
const words = JSON.parse(text);
keepScreen(words);
const roots = all(document, ".wall-event");
// Two side by side keep the full height; of four each has half of it.
const share = roots.length > 2 ? 0.7 : roots.length > 1 ? 0.85 : 1;
const panels = roots.map((root) => new Panel(root, words, share));

let paused = false;
const pause = document.querySelector("[data-pause]");
/** @param {boolean} now */
function setPaused(now) {
  paused = now;
  pause?.setAttribute("aria-pressed", String(now));
}
pause?.addEventListener("click", () => setPaused(!paused));
addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  setPaused(true);
  for (const panel of panels) panel.turn(step);
});
setInterval(() => {
  if (!paused) for (const panel of panels) panel.turn(1);
}, PAGE_MS);
setInterval(() => {
  for (const panel of panels) panel.tick();
}, 1000);
setInterval(() => {
  for (const panel of panels) panel.board.redraw();
}, REDRAW_MS);
document.fonts.ready.then(() => {
  for (const panel of panels) panel.lay();
});
