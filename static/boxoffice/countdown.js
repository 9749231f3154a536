/** Writes when an event's doors open, are open, or were, by the server's clock. */

import { doorsAt, howLong } from "#doors";
import { write } from "#text";

/** @typedef {Record<"startsIn" | "startedAt" | "opensIn" | "openUntil" | "over" | "days" | "hoursMinutes", string>} Words */

/**
 * @param {Element} place `[data-all-day]`, with the openings beside the places for word and time
 * @param {number} now
 * @param {Words} words
 */
export function tellDoors(place, now, words) {
  const openings = JSON.parse(place.querySelector("script")?.textContent ?? "[]");
  const allDay = place.getAttribute("data-all-day") === "yes";
  const { phase, left, opening } = doorsAt(openings, now);
  place.setAttribute("data-phase", phase);
  let word = allDay ? words.opensIn : words.startsIn;
  let time = howLong(left, words);
  if (phase === "open") {
    word = allDay ? words.openUntil : words.startedAt;
    time = (allDay ? opening?.closes_text : opening?.opens_text) ?? "";
  } else if (phase === "over") {
    word = words.over;
    time = opening?.closes_text ?? "";
  }
  write(place.querySelector("[data-doors-word]"), word);
  write(place.querySelector("[data-doors-time]"), time);
}
