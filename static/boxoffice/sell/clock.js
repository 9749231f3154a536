/**
 * The server's time, on a device whose own clock may be wrong.
 *
 * At each contact the difference is noted. From then on the page's own count goes on, which nobody can set; after a
 * restart without a contact only the device's clock and the difference of the last contact are left.
 */

const DAY_MS = 86_400_000;

export class Clock {
  /** @param {() => number} wall @param {() => number} tick */
  constructor(wall = () => Date.now(), tick = () => performance.now()) {
    this.wall = wall;
    this.tick = tick;
    /** Server minus device, in milliseconds. */
    this.offset = 0;
    /** @type {{server: number, wall: number, tick: number} | null} */
    this.contact = null;
  }

  /**
   * The server has said what time it is; half of the way there and back has passed since.
   * @param {string} utcNow @param {number} tookMs
   */
  note(utcNow, tookMs) {
    const said = Date.parse(utcNow);
    if (Number.isNaN(said)) return;
    const server = said + tookMs / 2;
    this.contact = { server, wall: this.wall(), tick: this.tick() };
    this.offset = server - this.contact.wall;
  }

  /** What was noted before the page was opened. @param {number} offset */
  restore(offset) {
    if (!this.contact && Number.isFinite(offset)) this.offset = offset;
  }

  /** @returns {number} milliseconds since 1970, as the server counts them */
  now() {
    if (!this.contact) return this.wall() + this.offset;
    const ticked = this.tick() - this.contact.tick;
    const passed = this.wall() - this.contact.wall;
    // A device that sleeps counts no ticks. A clock that jumps back, or by more than a day, was set.
    const slept = passed > ticked && passed - ticked < DAY_MS;
    return this.contact.server + (slept ? passed : ticked);
  }

  /** @returns {string} */
  utc() {
    return new Date(this.now()).toISOString();
  }
}

/** @param {number} ms @returns {string} minutes and seconds, "0:07" */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
