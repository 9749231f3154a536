// The guest list while somebody types: the part below the search is fetched anew and replaced. Without this script
// the same forms bring whole pages.
const WAIT_MS = 120;

const find = /** @type {HTMLFormElement} */ (document.querySelector("[data-find]"));
const text = /** @type {HTMLInputElement} */ (find.elements.namedItem("text"));
const results = /** @type {HTMLElement} */ (document.getElementById("results"));

let latest = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Send a form and show what comes back; of several answers the one to what was sent last.
 * @param {FormData} data
 * @returns {Promise<boolean>} Whether this answer is the one that is shown.
 */
async function send(data) {
  const number = ++latest;
  results.setAttribute("aria-busy", "true");
  let part = "";
  try {
    const answer = await fetch(location.pathname, {
      method: "POST",
      body: data,
      headers: { "X-Part": "1" },
      redirect: "error",
    });
    part = answer.ok ? await answer.text() : "";
  } catch {
    part = "";
  }
  if (number !== latest) {
    return false;
  }
  results.removeAttribute("aria-busy");
  if (part === "") {
    const failed = document.createElement("p");
    failed.className = "note problem";
    failed.setAttribute("role", "alert");
    failed.textContent = results.dataset.failed ?? "";
    results.querySelector(".said")?.replaceChildren(failed);
    return false;
  }
  results.innerHTML = part;
  return true;
}

function firstButton() {
  return /** @type {HTMLButtonElement | null} */ (results.querySelector("[data-hand-out]"));
}

text.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => void send(new FormData(find)), WAIT_MS);
});

find.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  if (await send(new FormData(find))) {
    firstButton()?.focus();
  }
});

results.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  event.preventDefault();
  clearTimeout(timer);
  const data = new FormData(form);
  data.set("text", text.value);
  if (await send(data)) {
    text.focus();
    text.select();
  }
});
