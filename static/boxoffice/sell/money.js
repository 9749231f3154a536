/** Money as whole minor units; on the wire it is text with two decimals. */

// A comma divides thousands or lakhs; "500,50" could be either, and is no amount.
const AMOUNT = /^(?:\d{1,10}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d{1,2})?)?$/;

/**
 * @param {string} text as the server writes it, or as a clerk types it: "400", "400.5", "400.50"
 * @returns {number | null} minor units; `null` where it is no amount
 */
export function minorOf(text) {
  if (!AMOUNT.test(text.trim())) return null;
  const [whole = "0", part = ""] = text.replaceAll(",", "").trim().split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

/** Of what the server writes, which may be given back. @param {string} text */
export function signedOf(text) {
  return text.startsWith("-") ? -(minorOf(text.slice(1)) ?? 0) : (minorOf(text) ?? 0);
}

/** @param {number} minor @returns {string} as the server reads it */
export function amountOf(minor) {
  return `${minor < 0 ? "-" : ""}${Math.floor(Math.abs(minor) / 100)}.${String(Math.abs(minor) % 100).padStart(2, "0")}`;
}

/**
 * In the habit of the currency; whole amounts without decimals, as a counter says them.
 * @param {number} minor @param {string} currency
 */
export function moneyText(minor, currency) {
  return new Intl.NumberFormat(currency === "INR" ? "en-IN" : "en", {
    style: "currency",
    currency,
    minimumFractionDigits: minor % 100 ? 2 : 0,
    maximumFractionDigits: 2,
  }).format(minor / 100);
}
