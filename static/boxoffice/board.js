/** The live board: hears of changes, shows them, and says how far its numbers can be trusted. */

import { Connection } from "#connection";
import { State } from "#state";
import { View } from "#view";

const LAYOUT_RETRY_MS = 5_000;
const SLEPT_MS = 3_000;

const words = JSON.parse(document.getElementById("words").textContent);
const board = document.getElementById("board");
const place = (name) => board.querySelector(`[data-${name}]`);
const say = (name, text) => {
  const where = place(name);
  if (where.textContent !== text) where.textContent = text;
};
const fill = (text, values) => text.replace(/{(\w+)}/g, (_whole, name) => values[name]);

const state = new State();
const view = new View(board, words, board.dataset.zone);
// The server speaks every two seconds at least.
const connection = new Connection(board.dataset.socket, 7_000, hear, tell);
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: board.dataset.zone });
let asOf = board.dataset.asOf;
let asOfSince = 0; // when the page learned it; its own clock and the server's may differ
let trouble = null; // since when the numbers have not been live, as a time of day
let drawing = false;
let drawAgainAt = 0;

function hear(message) {
  const changed = state.apply(message);
  view.show(state, changed, { highlight: message.type === "changes" });
  if (state.asOf !== asOf) {
    asOf = state.asOf;
    asOfSince = performance.now();
  }
  if (state.config !== board.dataset.config) redraw();
  tell();
}

/** The set-up has changed: let the server draw the page anew, and take its parts over. */
async function redraw() {
  if (drawing || performance.now() < drawAgainAt) return;
  drawing = true;
  drawAgainAt = performance.now() + LAYOUT_RETRY_MS;
  try {
    const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const drawn = fresh.getElementById("board");
    board.querySelector("h1").closest("div").replaceWith(drawn.querySelector("h1").closest("div"));
    const open = [...board.querySelectorAll("[data-pool]:has(details[open])")];
    const opened = new Set(open.map((one) => one.dataset.pool));
    for (const part of board.querySelectorAll("[data-layout]")) {
      part.replaceWith(drawn.querySelector(`[data-layout="${part.dataset.layout}"]`));
    }
    for (const one of board.querySelectorAll("[data-pool]")) {
      one.querySelector("details").open = opened.has(one.dataset.pool);
    }
    document.title = fresh.title;
    board.dataset.config = drawn.dataset.config;
    view.adopt(board);
    const all = {
      rows: state.rows.keys(),
      listings: state.listings.keys(),
      late: state.unreported.keys(),
    };
    view.show(state, all, { highlight: false });
  } catch {
    // The web server is away, or the sign-in has ended; the socket will say so.
  } finally {
    drawing = false;
  }
}

/** Which of the troubles it is, if any. */
function condition() {
  if (connection.state === "open") {
    if (!state.database) return "noDatabase";
    return state.live ? "live" : "noRedis";
  }
  if (["signedOut", "refused", "gone"].includes(connection.state)) return connection.state;
  return connection.heardAt || connection.retryAt ? "noSocket" : "connecting";
}

/** Say how things stand; called with each message and each second. */
function tell() {
  const now = condition();
  const fine = now === "live" || now === "connecting";
  if (fine) trouble = null;
  else trouble ??= clock.format(new Date(asOf));
  say("as-of-time", clock.format(new Date(asOf)));
  place("as-of-time").dateTime = asOf;
  say("connection-word", fine ? words[now] : fill(words.stale, { time: trouble }));
  place("banner").hidden = fine;
  if (!fine) {
    say("banner-text", fill(words[now], { age: age() }));
    say("banner-retry", retrying());
    place("retry").hidden = connection.state !== "waiting";
  }
  if (board.dataset.connection !== now) {
    board.dataset.connection = now;
    // Spoken once: the age that grows each second is to be seen and not to be heard.
    say("announcer", fine ? words[now] : fill(words.stale, { time: trouble }));
  }
}

function retrying() {
  if (connection.state === "connecting") return words.reconnecting;
  if (connection.state !== "waiting") return "";
  const seconds = Math.max(0, Math.ceil((connection.retryAt - performance.now()) / 1000));
  return fill(words.retrying, { seconds });
}

function age() {
  const seconds = Math.round((performance.now() - asOfSince) / 1000);
  if (seconds < 60) return fill(words.seconds, { n: seconds });
  if (seconds < 3600) return fill(words.minutes, { n: Math.floor(seconds / 60) });
  return fill(words.hours, { n: Math.floor(seconds / 3600) });
}

place("retry").addEventListener("click", () => connection.hurry());
addEventListener("online", () => connection.hurry());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && performance.now() - connection.heardAt > SLEPT_MS) connection.refresh();
});
setInterval(() => {
  if (connection.state === "open" && state.config !== board.dataset.config) redraw();
  tell();
}, 1000);
connection.open();
