/** How long until an event's doors open or close. No page and no clock. */

import { fill } from "#text";

/**
 * Moments in milliseconds; the texts are the same on the venue's clock and calendar.
 * @typedef {{opens: number, closes: number, opens_text: string, closes_text: string, opens_on: string,
 *   day_text: string}} Opening
 *
 * `phase` names the sentence: before, open, closed (for the night) or over. `left`: milliseconds until it changes.
 * @typedef {{phase: "before" | "open" | "closed" | "over", left: number, opening: Opening | null}} Doors
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * @param {Opening[]} openings soonest first
 * @param {number} now
 * @returns {Doors}
 */
export function doorsAt(openings, now) {
  const next = openings.findIndex((one) => one.closes > now);
  const opening = openings[next];
  if (!opening) return { phase: "over", left: 0, opening: openings.at(-1) ?? null };
  if (opening.opens <= now) return { phase: "open", left: opening.closes - now, opening };
  return { phase: next > 0 ? "closed" : "before", left: opening.opens - now, opening };
}

/**
 * How long, in the unit that matters: days, hours and minutes, or minutes and seconds in the last hour.
 * @param {number} left milliseconds
 * @param {{days: string, hoursMinutes: string}} words
 */
export function howLong(left, words) {
  if (left >= 2 * DAY) return fill(words.days, { n: Math.floor(left / DAY) });
  if (left >= HOUR) {
    const minutes = Math.floor(left / MINUTE);
    return fill(words.hoursMinutes, { h: Math.floor(minutes / 60), m: two(minutes % 60) });
  }
  const seconds = Math.max(0, Math.ceil(left / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");
