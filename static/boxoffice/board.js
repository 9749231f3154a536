/** The live board of one event. */

import { Beside } from "#beside";
import { tellDoors } from "#countdown";
import { EventBoard } from "#event_board";

const MOST_ALERTS = 4;

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const root = document.getElementById("board");
if (root) start(root);

/** @param {HTMLElement} root */
function start(root) {
  const beside = new Beside(root, words, { mostAlerts: MOST_ALERTS });
  const doors = () => {
    const place = root.querySelector(".doors");
    if (place) tellDoors(place, board.clock.now(), words);
  };
  const drawn = () => {
    beside.show();
    doors();
  };
  const board = new EventBoard(root, words, { onDrawn: drawn });
  doors();
  setInterval(doors, 1000);
}
