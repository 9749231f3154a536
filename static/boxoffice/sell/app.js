/** The sell screen of one counter: keys, touches and the clock that drives them. */

import { Connection, EVENT_SILENCE_MS } from "#connection";
import { csrfToken } from "#sell/api";
import { Counter } from "#sell/counter";
import { OfflineDialog, dialog, wordsOf } from "#sell/dialogs";
import { fill, h, place } from "#sell/dom";
import * as flows from "#sell/flow";
import { meaning } from "#sell/keys";
import { leave } from "#sell/leases";
import { LookUp } from "#sell/lookup";
import { amountOf, minorOf } from "#sell/money";
import { printReceipt } from "#sell/paper";
import { lastHere } from "#sell/store";
import { View } from "#sell/view";
import { say, takeWords } from "#sell/words";

/** @import {Kind} from "./types.d.ts" */

// The catalog tells of new prices and events, and that the server can be reached.
const REFRESH_MS = 30_000;
const LOOK_AGAIN_MS = 4_000;
const TICK_MS = 250;

takeWords(JSON.parse(place("#words").textContent ?? "{}"));
const root = place("#sell");
const channel = Number(/^\/sell\/(\d+)\//.exec(location.pathname)?.[1] ?? 0);
// The installed app begins at /sell/, which only a server can answer with the counters of a person.
const last = channel ? null : await lastHere();
if (last) location.replace(`/sell/${last.channel}/`);
const announcer = place("[data-announcer]");
let drawing = false;

const counter = new Counter(channel, changed, (text) => {
  announcer.textContent = text;
});
const view = new View(counter, { press: (what) => void press(what, ""), transfer, openTill });
const lookUp = new LookUp(counter);
const offline = new OfflineDialog(counter, root.dataset.conflicts ?? "");

/** Draw once for all that has changed in this turn. */
function changed() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    follow();
    view.draw();
    offline.draw();
  });
}

// --- Live numbers -------------------------------------------------------------------------------

/** @type {Connection | null} */
let connection = null;
let followed = 0;

/** Listen to the chosen event. */
function follow() {
  const event = counter.event?.id ?? 0;
  if (event === followed || !counter.lock.isMine) return;
  followed = event;
  connection?.close();
  counter.numbers.rows.clear();
  counter.numbers.listings.clear();
  if (!event) return;
  connection = new Connection(`${root.dataset.live}/ws/events/${event}/`, EVENT_SILENCE_MS, hear, () => {
    // What is not live any more counts less than the catalog.
    if (connection?.state === "waiting") counter.numbers.listings.clear();
  });
  connection.open();
}

/** @param {any} message */
function hear(message) {
  counter.numbers.apply(message);
  if (message.type === "snapshot") {
    counter.names = { pools: message.pools, channels: message.channels };
    // Prices, windows or items have changed since the catalog was read.
    const config = `${counter.event?.config_version} ${counter.event?.surroundings}`;
    if (counter.event && counter.numbers.config !== config) void counter.refresh();
  }
  changed();
}

// --- What a key or a touch does -------------------------------------------------------------------

/** @param {string} what @param {string} key @returns {Promise<void>} */
async function press(what, key) {
  const { flow } = counter;
  if (what.startsWith("pay-")) counter.pay(/** @type {Kind} */ (what.slice(4)));
  else if (what === "digit")
    counter.become(
      flows.digit(
        flow,
        key,
        counter.offers.filter(Boolean).map((offer) => offer.item),
      ),
    );
  else if (what === "backspace") counter.become(flows.backspace(flow));
  else if (what === "more") counter.become(flows.change(flow, 1));
  else if (what === "fewer") counter.become(flows.change(flow, -1));
  else if (what === "another") counter.become(flows.another(flow));
  else if (what === "clear" || what === "next")
    counter.become(flows.isFree(flow) ? flows.begin(flow.event) : flow);
  else if (what === "hold") await counter.hold();
  else if (what === "sell") await counter.sell();
  else if (what === "extend") await counter.extend();
  else if (what === "release") await counter.release();
  else if (what === "previous-event") chooseEvent(-1);
  else if (what === "next-event") chooseEvent(1);
  else if (what === "find-event") view.events.focus();
  else if (what === "print") printSold();
  else if (what === "look-up") await lookUp.open();
  else if (what === "offline") await offline.open();
  else if (what === "help") dialog("#help").showModal();
}

/** @param {number} by */
function chooseEvent(by) {
  const { events, flow } = counter;
  const at = events.findIndex((event) => event.id === flow.event);
  const next = events[(at + by + events.length) % events.length];
  if (next) counter.become(flows.chooseEvent(flow, next.id));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || counter.condition !== "ready" || !counter.lock.isMine) return;
  const at = event.target instanceof HTMLElement ? event.target : document.body;
  const field = at.closest("input, select, textarea");
  const inForm = at.closest("form");
  // Elements do with Enter what they always do.
  if (event.key === "Enter" && (inForm || at.closest("button, a, summary"))) return;
  if (inForm && field) return;
  // Where money is typed, letters still choose how it is paid.
  const typing =
    field !== null && !(field.hasAttribute("data-digits") && !/^[\d.]$|^Backspace$/.test(event.key));
  const what = meaning(counter.flow, event.key, typing);
  if (!what || event.repeat) return;
  event.preventDefault();
  if (what === "leave") at.blur();
  else void press(what, event.key);
});

/** @param {HTMLFormElement} form */
async function openTill(form) {
  const fields = new FormData(form);
  const float = minorOf(String(fields.get("float")));
  try {
    if (float === null) throw new RangeError();
    const terminal = String(fields.get("terminal")).trim();
    const body = { channel, terminal, opening_float: amountOf(float) };
    await counter.change("hold", "/counter/shifts/", body);
    await counter.store?.remember("terminal", terminal);
    await counter.refresh();
    counter.announce(say("tillOpen"));
  } catch (error) {
    const detail = error instanceof RangeError ? say("notAnAmount") : wordsOf(error);
    counter.become(flows.refuse(counter.flow, { code: "TILL", detail }));
  }
}

/** @param {HTMLFormElement} form */
async function transfer(form) {
  const fields = new FormData(form);
  const body = {
    event: counter.flow.event,
    channel,
    pool: Number(fields.get("pool")),
    ...(fields.get("source") ? { source: Number(fields.get("source")) } : {}),
    units: Number(fields.get("units")),
    reason: String(fields.get("reason")),
  };
  const { refusal } = counter.flow;
  try {
    const transfer = await counter.change("hold", "/counter/transfers/", body);
    const detail = say(transfer.status === "EXECUTED" ? "transferDone" : "transferAsked", { units: body.units });
    counter.become(flows.refuse(counter.flow, { code: "ASKED", detail }));
  } catch (error) {
    const forbidden = /** @type {any} */ (error)?.status === 403;
    const answer = forbidden ? say("transferForbidden") : wordsOf(error);
    // Another row or fewer units may do.
    if (refusal && refusal === counter.flow.refusal) {
      counter.become(flows.refuse(counter.flow, { ...refusal, answer }));
    }
  }
}

// --- Receipts ---------------------------------------------------------------------------------------

function printSold() {
  const { sold } = counter.flow;
  if (!sold) return;
  if (sold.payment !== null) open(`/counter/receipts/${sold.payment}/`, "_blank", "noopener");
  else if (counter.lastOffline) printReceipt(counter, counter.lastOffline);
}

// --- Beginning and end --------------------------------------------------------------------------------

for (const element of document.querySelectorAll("[data-press]")) {
  element.addEventListener(
    "click",
    () => void press(/** @type {HTMLElement} */ (element).dataset.press ?? "", ""),
  );
}
for (const element of document.querySelectorAll("dialog [data-close]")) {
  element.addEventListener("click", () => element.closest("dialog")?.close());
}
const signOutForm = /** @type {HTMLFormElement} */ (place("[data-sign-out]"));
signOutForm.addEventListener("submit", (event) => {
  event.preventDefault();
  void signOut();
});

/** Leave nothing on the device, and then the server; or say why not yet. */
async function signOut() {
  const why = await leave(counter);
  if (why) {
    counter.announce(why);
    fill(place("[data-stays]"), [h("p.refusal", { role: "alert" }, why)]);
    return;
  }
  const field = /** @type {HTMLInputElement} */ (signOutForm.elements.namedItem("csrfmiddlewaretoken"));
  field.value = csrfToken();
  signOutForm.submit();
}

addEventListener("online", () => void counter.refresh());
addEventListener("offline", () => {
  counter.lost();
  changed();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void counter.refresh();
});
// Nothing is lost by it: the order is not held yet.
setInterval(() => view.tick(), TICK_MS);
let refreshed = 0;
setInterval(() => {
  const every = counter.online && !counter.queued ? REFRESH_MS : LOOK_AGAIN_MS;
  if (performance.now() - refreshed < every || !counter.lock.isMine) return;
  refreshed = performance.now();
  void counter.refresh();
}, 1_000);

await navigator.serviceWorker?.register("/sell/worker.js", { scope: "/sell/" }).catch(() => {
  // Without HTTPS there is none: the screen sells, and cannot be opened offline.
  root.dataset.noWorker = "";
});
// Where a link of ours leads while there is no network. Nobody waits for it.
for (const link of document.querySelectorAll("[data-needs-network]")) {
  const scope = /** @type {HTMLAnchorElement} */ (link).pathname;
  void navigator.serviceWorker?.register("/sell/away-worker.js", { scope }).catch(() => {});
}
await counter.start();
// From another page, whose sign-out ends here.
if (location.hash === "#sign-out") await signOut();
