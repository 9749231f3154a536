/** The live board of one event. */

import { Beside } from "#beside";
import { EventBoard } from "#event_board";

const MOST_ALERTS = 4;

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const root = document.getElementById("board");
if (root) {
  const beside = new Beside(root, words, { mostAlerts: MOST_ALERTS });
  new EventBoard(root, words, { onDrawn: () => beside.show() });
}
