/** Keeps one socket open to the live server: notices silence, and tries again with patience. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
// About an event the server speaks every two seconds at least.
export const EVENT_SILENCE_MS = 7_000;
// Close codes after which trying again cannot help.
/** @type {Map<number, ConnectionState>} */
const FINAL = new Map([
  [4401, "signedOut"],
  [4403, "refused"],
  [4404, "gone"],
]);

/** @typedef {"connecting" | "open" | "waiting" | "signedOut" | "refused" | "gone"} ConnectionState */

export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  #wait = FIRST_WAIT_MS;

  /**
   * `silence`: after how many milliseconds without a word nobody is there: the server speaks more
   * often, and a wall's cable can be pulled without one. `onMessage(message)` gets each message,
   * `onChange()` is called when `state` has changed: connecting, open, waiting (until `retryAt`),
   * signedOut, refused or gone.
   * @param {string} url
   * @param {number} silence
   * @param {(message: any) => void} onMessage
   * @param {() => void} onChange
   */
  constructor(url, silence, onMessage, onChange) {
    this.url = url;
    this.silence = silence;
    this.onMessage = onMessage;
    this.onChange = onChange;
    /** @type {ConnectionState} */
    this.state = "connecting";
    this.retryAt = 0;
    this.heardAt = 0;
  }

  open() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#become("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#watch();
    socket.onmessage = (event) => {
      this.heardAt = performance.now();
      this.#wait = FIRST_WAIT_MS;
      this.#watch();
      if (this.state !== "open") this.#become("open");
      this.onMessage(JSON.parse(event.data));
    };
    socket.onclose = (event) => this.#lost(event.code);
  }

  /** Try at once, if it is not open. */
  hurry() {
    if (this.state === "waiting") {
      this.#wait = FIRST_WAIT_MS;
      this.open();
    }
  }

  /** Ask for everything anew, after a time in which this page may have slept. */
  refresh() {
    if (this.state === "open") this.#socket?.send('{"type":"snapshot"}');
    else this.hurry();
  }

  /** For good: nothing is heard any more. */
  close() {
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** @param {number} code */
  #lost(code) {
    this.#drop();
    const end = FINAL.get(code);
    if (end) {
      this.#become(end);
      return;
    }
    // Jitter: a hundred screens that were cut off together must not come back together.
    const wait = this.#wait * (0.5 + Math.random());
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.retryAt = performance.now() + wait;
    this.#timer = setTimeout(() => this.open(), wait);
    this.#become("waiting");
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(0), this.silence);
  }

  /** Let go of the socket; what it still says is not heard. */
  #drop() {
    clearTimeout(this.#watchdog);
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.state = state;
    this.onChange();
  }
}
