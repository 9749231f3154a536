// Nothing that was typed into a plan is lost unseen: while a request rewrites the form nobody can
// type into it, and a page with unsaved changes asks before it is left.
const form = document.querySelector("form.plan");
const failure = document.getElementById("plan-failure");
let leaving = false;

const body = () => document.getElementById("plan-body");

function busy(is) {
  body().inert = is;
  body().setAttribute("aria-busy", String(is));
  form.classList.toggle("plan-busy", is);
}

// --- While the form is rewritten ---------------------------------------------------------------

// What was pressed and which cards there were, until the new form stands.
let asked = null;

const rewrites = (event) => event.detail.target?.id === "plan-body";

form.addEventListener("htmx:beforeSend", (event) => {
  if (!rewrites(event)) return;
  const cards = new Set([...form.querySelectorAll(".plan-card")].map((card) => card.id));
  asked = { pressed: event.detail.elt.id, then: event.detail.elt.dataset.then, cards };
  failure.hidden = true;
  busy(true); // what is sent has been read already
});

// Another page, such as the one to sign in, is no form to put in this one's place.
form.addEventListener("htmx:beforeSwap", (event) => {
  if (!rewrites(event) || event.detail.xhr.responseText.includes('id="plan-body"')) return;
  event.detail.shouldSwap = false;
  event.detail.isError = true;
});

// Also when it failed: then the form stands as it was.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!rewrites(event)) return;
  busy(false);
  if (event.detail.successful) return;
  failure.hidden = false;
  document.getElementById(asked?.pressed)?.focus();
  asked = null;
});

document.body.addEventListener("htmx:afterSettle", () => {
  if (!asked || !rewrites(event)) return;
  const { pressed, then, cards } = asked;
  asked = null;
  const added = [...form.querySelectorAll(".plan-card")].find((card) => !cards.has(card.id));
  // From Add to what was added; from what is gone to where it was.
  const next =
    (pressed.startsWith("add") && added?.querySelector("input:not([type=hidden])")) ||
    document.getElementById(pressed) ||
    document.getElementById(then);
  next?.focus();
});

// --- Before it is left -------------------------------------------------------------------------

// ``data-typed``: the form holds what has been typed and not saved, as the server wrote it.
function isUnsaved() {
  return body().hasAttribute("data-typed") || [...form.elements].some(isChanged);
}

function isChanged(field) {
  if (field.dataset.choice !== undefined) return false; // for a button beside it
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return "defaultValue" in field && field.value !== field.defaultValue;
  const first = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}

addEventListener("beforeunload", (event) => {
  if (!leaving && isUnsaved()) event.preventDefault();
});

form.addEventListener("submit", () => {
  leaving = true;
  // The browser reads the form after this; what is typed from now on would not be in it.
  busy(true);
});

// A dialog that leads elsewhere has been confirmed.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const answer = event.detail.xhr;
  if (answer.getResponseHeader("HX-Redirect") || answer.getResponseHeader("HX-Refresh")) leaving = true;
});

// Back again, as it was left.
addEventListener("pageshow", () => {
  leaving = false;
  busy(false);
});
