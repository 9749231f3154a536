/** What time it is where the numbers come from, however wrong this device's own clock is. */

// What is said while live is at most so late on its way; if it is later, the server's clock was set.
const LATE_MS = 2_000;

export class ServerClock {
  /** @param {() => number} [monotonic] milliseconds that only go forward */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    /** @type {number | null} */
    this.offset = null;
  }

  /**
   * The server's clock shows `moment` now, or showed it as long ago as the message took.
   * @param {string} moment
   */
  hear(moment) {
    const offset = Date.parse(moment) - this.monotonic();
    if (Number.isNaN(offset)) return;
    // The message that came quickest is the nearest to the truth.
    if (this.offset === null || offset > this.offset || offset < this.offset - LATE_MS) {
      this.offset = offset;
    }
  }

  /** Milliseconds since 1970. */
  now() {
    return this.offset === null ? Date.now() : this.monotonic() + this.offset;
  }
}
