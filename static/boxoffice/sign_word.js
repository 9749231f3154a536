/** Which word a sign for visitors says. No page and no clock. */

import { doorsAt } from "#doors";
import { fill } from "#text";

/** @typedef {import("#doors").Opening} Opening */

// The word of the best that any channel can do; the same as `BY_LEVEL` on the server, in its order.
/** @type {[string, string][]} */
const BY_LEVEL = [
  ["plenty", "available"],
  ["limited", "available"],
  ["few", "few"],
  ["stopped", "stopped"],
  ["none", "none"],
  ["closed", "closed"],
];

/** @param {string[]} levels of the listings that the sign speaks of */
export function signOf(levels) {
  return BY_LEVEL.find(([level]) => levels.includes(level))?.[1] ?? "closed";
}

/**
 * A line about the doors: when they open, until when they are open, or that it is over; and the day, if it is
 * another one than today.
 * @param {Opening[]} openings
 * @param {number} now
 * @param {boolean} allDay
 * @param {string} today on the venue's calendar, as 2026-12-31
 * @param {Record<string, string>} words
 */
export function doorsLine(openings, now, allDay, today, words) {
  const { phase, opening } = doorsAt(openings, now);
  const say = (/** @type {string} */ word, /** @type {string} */ time) =>
    fill(words[word] ?? "", { time });
  if (!opening || phase === "over") return { line: say("over", ""), day: "" };
  if (phase === "open") {
    const line = allDay ? say("open", opening.closes_text) : say("started", opening.opens_text);
    return { line, day: "" };
  }
  return {
    line: say(allDay ? "doors" : "starts", opening.opens_text),
    day: opening.opens_on === today ? "" : opening.day_text,
  };
}
