// The configuration page while somebody types: sliders and numbers go together, and the server is asked what saving
// would do. No rule stands here; what is shown as the outcome is what the server has answered.

const PAUSE_MS = 250;
const SLOW_MS = 1_000;

/** Numbers questions, and says which answers may still be shown: none that is older than what is shown already. */
export class Answers {
  asked = 0;
  shown = 0;

  next() {
    this.asked += 1;
    return this.asked;
  }

  /** @param {number} number */
  take(number) {
    if (!(number > this.shown)) return false;
    this.shown = number;
    return true;
  }

  get isOld() {
    return this.shown < this.asked;
  }
}

/**
 * How far a slider goes while the other parts stay as they are: to what is left open.
 * @param {{ amount: number, isPercent: boolean }[]} parts
 * @param {number} at
 * @param {{ onSale: number, capacity: number }} pool
 */
export function most(parts, at, { onSale, capacity }) {
  const part = parts[at];
  if (!part || capacity <= 0) return 0;
  const units = parts.map(({ amount, isPercent }) => (isPercent ? (amount * capacity) / 100 : amount));
  const others = units.reduce((sum, one, place) => (place === at ? sum : sum + one), 0);
  const left = Math.max(0, onSale - others);
  return part.isPercent ? Math.floor((left / capacity) * 10_000) / 100 : Math.floor(left);
}

/** @param {HTMLFormElement} form */
function start(form) {
  const answers = new Answers();
  const age = /** @type {HTMLElement} */ (document.getElementById("cf-age"));
  const preview = /** @type {HTMLElement} */ (document.getElementById("cf-preview"));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let slow;
  let leaving = false;
  let isTyped = form.hasAttribute("data-typed");

  // --- Sliders -----------------------------------------------------------------------------------

  /** @param {Element} part */
  const inputs = (part) => ({
    slider: /** @type {HTMLInputElement} */ (part.querySelector("input[type=range]")),
    number: /** @type {HTMLInputElement} */ (part.querySelector(".cf-number input")),
  });

  /** @param {HTMLInputElement} slider */
  function slide(slider) {
    const part = /** @type {HTMLElement} */ (slider.closest(".cf-part"));
    const pool = /** @type {HTMLElement} */ (slider.closest(".cf-pool"));
    const all = [...pool.querySelectorAll(".cf-part")];
    const parts = all.map((one) => ({
      amount: Number(inputs(one).number.value) || 0,
      isPercent: /** @type {HTMLElement} */ (one).dataset.unit === "percent",
    }));
    const limit = most(parts, all.indexOf(part), {
      onSale: Number(pool.dataset.onSale),
      capacity: Number(pool.dataset.capacity),
    });
    if (Number(slider.value) > limit) slider.value = String(limit);
    inputs(part).number.value = String(Math.min(Number(slider.value), limit));
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (field.name === "reason" || field.name === "internal_note") {
      isTyped = true;
      return;
    }
    if (field.type === "radio") return;
    const part = field.closest(".cf-part");
    if (part && field instanceof HTMLInputElement) {
      if (field.type === "range") slide(field);
      else if (field.value.trim() !== "" && Number.isFinite(Number(field.value))) inputs(part).slider.value = field.value;
    }
    isTyped = true;
    later();
  });

  // --- Asking ------------------------------------------------------------------------------------

  function later() {
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE_MS);
    preview.classList.add("is-old");
  }

  async function ask() {
    const number = answers.next();
    clearTimeout(slow);
    slow = setTimeout(() => sayOld(false), SLOW_MS);
    const data = new FormData(form);
    data.set("do", "preview");
    data.set("sequence", String(number));
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
      const text = await answer.text();
      if (!answer.ok || !show(text, number)) throw new Error(String(answer.status));
    } catch {
      // A newer question is under way, or has been answered: its answer says more.
      if (number === answers.asked && answers.isOld) {
        clearTimeout(slow);
        sayOld(true);
      }
      return;
    }
    if (!answers.isOld) {
      clearTimeout(slow);
      age.hidden = true;
      preview.classList.remove("is-old");
    }
  }

  /** @param {boolean} hasFailed */
  function sayOld(hasFailed) {
    age.hidden = false;
    preview.classList.add("is-old");
    /** @type {HTMLElement} */ (age.querySelector("[data-slow]")).hidden = hasFailed;
    /** @type {HTMLElement} */ (age.querySelector("[data-failed]")).hidden = !hasFailed;
  }

  document.getElementById("cf-again")?.addEventListener("click", () => void ask());

  // --- Showing -----------------------------------------------------------------------------------

  /**
   * False where it is no answer of ours, such as the page to sign in; one that is older than what is shown is dropped.
   * @param {string} text
   * @param {number} number
   */
  function show(text, number) {
    const answer = new DOMParser().parseFromString(text, "text/html").getElementById("cf-answer");
    if (answer?.dataset.sequence !== String(number)) return false;
    if (!answers.take(number)) return true;
    for (const part of answer.querySelectorAll("[data-for]")) {
      const place = document.getElementById(/** @type {HTMLElement} */ (part).dataset.for ?? "");
      if (!place) continue;
      if (place.classList.contains("plan-bars")) glide(place, part);
      else if (place.innerHTML !== part.innerHTML) place.replaceChildren(...part.childNodes);
    }
    for (const error of form.querySelectorAll(".finlo-error[id^=error-]")) mark(error);
    return true;
  }

  /** A bar whose parts are the same goes on with them, so that their widths glide. @param {Element} place @param {Element} part */
  function glide(place, part) {
    const before = [...place.querySelectorAll("i[id]")];
    const after = [...part.querySelectorAll("i[id]")];
    const isSame = before.map(({ id }) => id).join() === after.map(({ id }) => id).join();
    if (!isSame) {
      place.replaceChildren(...part.childNodes);
      return;
    }
    after.forEach((segment, at) => {
      const old = /** @type {HTMLElement} */ (before[at]);
      old.style.width = /** @type {HTMLElement} */ (segment).style.width;
      if (old.innerHTML !== segment.innerHTML) old.replaceChildren(...segment.childNodes);
    });
    const bars = [...place.querySelectorAll(".plan-bar")];
    [...part.querySelectorAll(".plan-bar")].forEach((bar, at) => {
      const old = bars[at];
      if (!old) return;
      old.setAttribute("aria-label", bar.getAttribute("aria-label") ?? "");
      old.querySelector(".plan-limit")?.remove();
      const limit = bar.querySelector(".plan-limit");
      if (limit) old.append(limit);
    });
  }

  /** @param {Element} error */
  function mark(error) {
    const field = document.getElementById(error.id.slice("error-".length));
    if (error.textContent?.trim()) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }

  // --- Leaving -----------------------------------------------------------------------------------

  addEventListener("beforeunload", (event) => {
    if (isTyped && !leaving) event.preventDefault();
  });
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(pause);
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
  // Back again, the browser has kept what was typed; and the page itself comes without a preview.
  void ask();
}

if (typeof document !== "undefined") {
  const form = document.getElementById("configuration");
  if (form instanceof HTMLFormElement) start(form);
}
