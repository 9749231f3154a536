/** A screen that nobody sits at: it does not sleep, fills the display, and hides its tools while nothing is touched. */

const IDLE_MS = 4_000;
// A person who works with the keyboard must see for a while where the focus is.
const FOCUSED_MS = 30_000;

/** @param {{awake: string, maySleep: string}} words */
export function keepScreen(words) {
  const tools = document.querySelector("[data-tools]");
  if (!(tools instanceof HTMLElement)) return;
  stayAwake(tools, words);
  fullScreen(tools);
  hideWhenIdle(tools);
}

/**
 * The browser lets go of the lock whenever the page is hidden, so it is asked for again.
 * @param {HTMLElement} tools
 * @param {{awake: string, maySleep: string}} words
 */
function stayAwake(tools, words) {
  const place = tools.querySelector("[data-awake]");
  let asking = false;
  /** @type {WakeLockSentinel | null} */
  let lock = null;

  /** @param {boolean} awake */
  const tell = (awake) => {
    document.documentElement.dataset.awake = awake ? "yes" : "no";
    if (place) place.textContent = awake ? words.awake : words.maySleep;
  };

  async function ask() {
    if (document.hidden || asking || (lock && !lock.released)) return;
    asking = true;
    try {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", ask);
      tell(true);
    } catch {
      // Not over plain HTTP, not while the battery is low, or not in this browser at all.
      tell(false);
    } finally {
      asking = false;
    }
  }
  document.addEventListener("visibilitychange", ask);
  // What was refused because the battery was low may be granted later.
  setInterval(ask, 60_000);
  ask();
}

/** @param {HTMLElement} tools */
function fullScreen(tools) {
  const button = tools.querySelector("[data-full-screen]");
  if (!(button instanceof HTMLElement)) return;
  button.hidden = !document.fullscreenEnabled;
  const toggle = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  };
  button.addEventListener("click", toggle);
  addEventListener("keydown", (event) => {
    const isTyped = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "f" && !isTyped && !event.ctrlKey && !event.metaKey && !event.altKey) toggle();
  });
}

/** @param {HTMLElement} tools */
function hideWhenIdle(tools) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = () => {
    document.documentElement.dataset.idle = "no";
    clearTimeout(timer);
    const isFocused = tools.querySelector(":focus-visible") !== null;
    timer = setTimeout(
      () => {
        document.documentElement.dataset.idle = "yes";
      },
      isFocused ? FOCUSED_MS : IDLE_MS,
    );
  };
  for (const name of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    addEventListener(name, show, { passive: true });
  }
  show();
}
