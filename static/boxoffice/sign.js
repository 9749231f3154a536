/** A sign for visitors: keeps its one word right, and says what the doors do. */

import { doorsAt } from "#doors";
import { EventBoard } from "#event_board";
import { keepScreen } from "#screen";
import { doorsLine, signOf } from "#sign_word";
import { levelOf } from "#state";
import { write } from "#text";

const REDRAW_MS = 60 * 60_000;

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const root = document.getElementById("board");
keepScreen(words);
if (root) start(root);

/** @param {HTMLElement} root */
function start(root) {
  const zone = root.dataset.zone;
  // As 2026-12-31.
  const calendar = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: zone });
  const show = () => {
    const face = root.querySelector(".sign-face");
    if (!face) return;
    const openings = JSON.parse(face.querySelector("script")?.textContent ?? "[]");
    const now = board.clock.now();
    const allDay = face.getAttribute("data-all-day") === "yes";
    const { line, day } = doorsLine(openings, now, allDay, calendar.format(now), words.sign);
    const sign = word(face, doorsAt(openings, now).phase === "over");
    root.dataset.sign = sign;
    const says = sign === "doors" ? line : words.sign[sign];
    const rest = says === line ? day : [day, line].filter(Boolean).join(" · ");
    write(root.querySelector("[data-sign-word]"), says);
    write(root.querySelector("[data-sign-line]"), rest);
  };

  /** @param {Element} face @param {boolean} isOver */
  const word = (face, isOver) => {
    if (face.getAttribute("data-cancelled") === "yes") return "cancelled";
    if (isOver) return "over";
    if (root.dataset.show === "doors") return "doors";
    const ids = (face.getAttribute("data-listings") ?? "").split(" ").map(Number);
    const listings = ids.flatMap((id) => board.state.listings.get(id) ?? []);
    // Until the first message it is as the server has drawn it.
    return board.state.asOf ? signOf(listings.map(levelOf)) : (root.dataset.sign ?? "closed");
  };

  const board = new EventBoard(root, words, { onDrawn: () => show(), onNews: () => show() });
  show();
  setInterval(show, 1000);
  setInterval(() => board.redraw(), REDRAW_MS);
}
