/** The live board of one event. */

import { EventBoard } from "#event_board";

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const root = document.getElementById("board");
if (root) new EventBoard(root, words);
