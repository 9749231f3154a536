/** Which key does what. The same table is shown to the clerk. */

/** @import {Flow} from "./types.d.ts" */

const PAYMENTS = /** @type {const} */ ({
  c: "pay-CASH",
  d: "pay-CARD",
  u: "pay-UPI",
  a: "pay-ON_ACCOUNT",
  g: "pay-COMPLIMENTARY",
});

/**
 * What a key means now; "" for nothing of ours. `"digit"` goes with the key itself.
 * @param {Flow} flow @param {string} key @param {boolean} typing in a field: letters and digits are text there
 * @returns {string}
 */
export function meaning(flow, key, typing) {
  if (key === "Enter") return flow.step === "sold" ? "next" : flow.step === "pay" ? "sell" : "hold";
  if (key === "Escape") return typing ? "leave" : flow.step === "pay" ? "release" : "clear";
  if (typing) return "";
  if (/^\d$/.test(key)) return "digit";
  if (flow.step === "pay" && key === ".") return "digit";
  if (key === "Backspace") return "backspace";
  const letter = key.toLowerCase();
  if (flow.step === "pay") {
    if (letter in PAYMENTS) return PAYMENTS[/** @type {keyof typeof PAYMENTS} */ (letter)];
    if (letter === "e") return "extend";
    if (letter === "r") return "release";
    return "";
  }
  if (key === "+" || key === "=") return "more";
  if (key === "-") return "fewer";
  if (key === "," || letter === "n") return "another";
  if (key === "[") return "previous-event";
  if (key === "]") return "next-event";
  if (key === "/") return "find-event";
  if (letter === "p" && flow.step === "sold") return "print";
  if (letter === "l") return "look-up";
  if (letter === "o") return "offline";
  if (key === "?") return "help";
  return "";
}
