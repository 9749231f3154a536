/** When an event begins, by the venue's clock. */

const DAY = /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short" });
const HOUR = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });

/** "Wed 2 Dec, 19:30". @param {{utc_starts_at: string, all_day?: boolean}} event @param {string | undefined} timeZone */
export function whenText(event, timeZone) {
  const format = new Intl.DateTimeFormat("en-GB", { ...DAY, ...(event.all_day ? {} : HOUR), timeZone });
  return format.format(new Date(event.utc_starts_at));
}
