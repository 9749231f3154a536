/** Alerts in the admin: keeps the badge of the sidebar right, and on the board the rows. */

// The server speaks every ten seconds at least.
const ALERTS_SILENCE_MS = 25_000;
// "2 hours" is wrong after a while, too.
const ALERTS_REDRAW_MS = 60_000;
const ALERTS_REST_MS = 2_000;

/** The rows of the board, replaced by fresh ones as long as nobody is at work on them. */
class AlertsBoard {
  #drawing = false;
  #drawnAt = 0;
  #again = 0;
  #tally = null;

  constructor() {
    document.querySelector("[data-news-show]").addEventListener("click", () => location.reload());
    setInterval(() => document.hidden || this.#draw(), ALERTS_REDRAW_MS);
  }

  get #head() {
    return document.querySelector("[data-alerts-board]");
  }

  hear(tally) {
    this.#tally = tally;
    this.#catchUp();
  }

  connection(state) {
    const words = this.#head.dataset;
    const chip = document.querySelector("[data-live-state]");
    chip.hidden = false;
    chip.classList.toggle("is-open", state === "open");
    const said = {
      connecting: words.saidConnecting,
      open: words.saidLive,
      waiting: words.saidWaiting,
    };
    document.querySelector("[data-live-word]").textContent = said[state] ?? words.saidEnded;
  }

  /** What the page shows beside what is so now. */
  #catchUp() {
    const { open, standing, newest } = this.#head.dataset;
    const { open: nowOpen, standing: nowStanding, newest: nowNewest } = this.#tally;
    if (Number(open) === nowOpen && Number(standing) === nowStanding && Number(newest) === nowNewest) return;
    if (!this.#busy()) {
      this.#draw();
      return;
    }
    const words = this.#head.dataset;
    this.#news(nowNewest > Number(newest) ? words.saidNew : words.saidChanged);
  }

  #news(text) {
    document.querySelector("[data-alerts-news]").hidden = false;
    const where = document.querySelector("[data-news-text]");
    if (where.textContent !== text) where.textContent = text;
  }

  /** Whether a person would lose something: what is chosen, typed, or has the focus. */
  #busy() {
    const form = document.getElementById("changelist-form");
    const filter = document.getElementById("changelist-filter");
    return Boolean(
      form.querySelector("input.action-select:checked") ||
        form.contains(document.activeElement) ||
        document.getElementById("dialog") ||
        document.activeElement?.matches("#searchbar") ||
        filter?.checkVisibility(),
    );
  }

  async #draw() {
    const rest = this.#drawnAt + ALERTS_REST_MS - performance.now();
    if (this.#drawing || rest > 0) {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#tally && this.#catchUp(), Math.max(rest, 100));
      return;
    }
    this.#drawing = true;
    try {
      const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok) throw new Error(String(answer.status));
      if (this.#busy()) return;
      this.#replace(fresh);
    } catch {
      // The socket may well be open: what it tells of is not in the list.
      this.#news(this.#head.dataset.saidFailed);
    } finally {
      this.#drawing = false;
      this.#drawnAt = performance.now();
    }
  }

  #replace(fresh) {
    const live = document.querySelector("[data-live-state]");
    for (const place of ["[data-alerts-board]", "#changelist-form"]) {
      const drawn = fresh.querySelector(place);
      if (drawn) document.querySelector(place).replaceWith(document.adoptNode(drawn));
    }
    document.querySelector("[data-live-state]").replaceWith(live);
    document.querySelector("[data-alerts-news]").hidden = true;
    const boxes = document.querySelectorAll("tr input.action-select");
    if (boxes.length) window.Actions(boxes);
  }
}

/** The number beside the sidebar's link, in the page's title, and said to whoever cannot see it. */
class AlertsBadge {
  constructor(badge) {
    this.badge = badge;
    this.title = document.title;
    this.status = document.createElement("p");
    this.status.className = "sr-only";
    this.status.setAttribute("role", "status");
    document.body.append(this.status);
    this.show(Number(badge.textContent));
  }

  /** Whether the number is of now. Where it is not it is gray, and says so to who points at it. */
  connection(state) {
    const isOld = state !== "open" && state !== "connecting";
    this.badge.toggleAttribute("data-old", isOld);
    if (isOld) this.badge.title = this.badge.dataset.saidOld;
    else this.badge.removeAttribute("title");
  }

  show(open) {
    const more = this.open !== undefined && open > this.open;
    this.open = open;
    this.badge.textContent = open;
    this.badge.hidden = !open;
    document.title = open ? `(${open}) ${this.title}` : this.title;
    if (more) this.status.textContent = this.badge.dataset.said.replace("{count}", open);
  }
}

document.addEventListener("DOMContentLoaded", async () => {
  const place = document.querySelector("[data-live-badge]");
  if (!place) return;
  const { Connection } = await import(place.dataset.connection);
  const badge = new AlertsBadge(place);
  const board = document.querySelector("[data-alerts-board]") && new AlertsBoard();
  const connection = new Connection(
    place.dataset.liveBadge,
    ALERTS_SILENCE_MS,
    (tally) => {
      badge.show(tally.open);
      board?.hear(tally);
    },
    () => {
      badge.connection(connection.state);
      board?.connection(connection.state);
    },
  );
  connection.open();
  addEventListener("online", () => connection.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || connection.hurry());
});
