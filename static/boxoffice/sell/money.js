/** Money as whole minor units; on the wire it is text with two decimals. */

const AMOUNT = /^\d{1,10}(?:\.(\d{1,2})?)?$/;

/**
 * @param {string} text as the server writes it, or as a clerk types it: "400", "400.5", "400.50"
 * @returns {number | null} minor units; `null` where it is no amount
 */
export function minorOf(text) {
  const clean = text.replaceAll(",", "").trim();
  if (!AMOUNT.test(clean)) return null;
  const [whole = "0", part = ""] = clean.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
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
