/** What the sell screen knows without a page, a network or a database. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, countdown } from "#sell/clock";
import { matches } from "#sell/events";
import * as flows from "#sell/flow";
import { meaning } from "#sell/keys";
import { amountOf, minorOf } from "#sell/money";
import { elsewhere, isOver, lacking, leaseFor, leasedOffers, liveOffers, shutBecause } from "#sell/offers";
import { upiLink } from "#sell/qr";
import { shortage } from "#sell/store";
import { batchOf, keyOf, reportOf, send, verdictsOf } from "#sell/sync";
import { say, takeWords } from "#sell/words";

const TICKET = {
  ...{ id: 7, listing: 70, name: "Ticket", takes: "GA", price: "400.00", pricing: null, min: 1, max: 10 },
  ...{ sellable: 37, status: "LIMITED", why: "", detail: "", limited_by: "stock" },
};
const LOT = { ...TICKET, id: 8, listing: 80, name: "Lot", price: "50.50", min: 2 };
const BOOKING = /** @type {any} */ ({ id: "b", number: "7KQM-3X9F", event: 1, total: "800.00", lines: [] });

/** @param {import("#sell/flow")["begin"] extends () => infer F ? F : never} flow @param {string} keys */
function type(flow, keys) {
  return [...keys].reduce((now, key) => flows.digit(now, key, [TICKET, LOT]), flow);
}

test("an amount is read and written without losing a paisa", () => {
  assert.deepEqual(["400", "400.5", "1,000.05", "1,00,000", "0"].map(minorOf), [40000, 40050, 100005, 10000000, 0]);
  assert.deepEqual(["", ".5", "-1", "1.234", "1e3", "four", "500,50", "1,5"].map(minorOf), Array(8).fill(null));
  assert.deepEqual([40000, 5, -150].map(amountOf), ["400.00", "0.05", "-1.50"]);
});

test("three keys make a sale for exact cash", () => {
  const chosen = type(flows.begin(1), "1");
  assert.equal(meaning(chosen, "Enter", false), "hold");
  const held = flows.held(flows.holding(chosen), { ...BOOKING, total: "400.00" });
  assert.equal(meaning(held, "c", false), "pay-CASH");
  const paid = flows.payBy(held, "CASH");
  assert.equal(flows.missing(paid), "");
  assert.deepEqual(flows.payment(paid, amountOf), { kind: "CASH", tendered: "400.00" });
  assert.equal(flows.selling(paid).step, "selling");
});

test("digits after the item are its quantity, and another item begins with its number again", () => {
  let flow = type(flows.begin(1), "112");
  assert.deepEqual(flow.lines, [{ item: 7, quantity: 12, price: 40000 }]);
  flow = type(flows.another(flow), "23");
  assert.deepEqual(flow.lines[1], { item: 8, quantity: 3, price: 5050 });
  flow = flows.backspace(flow);
  assert.equal(flow.lines.length, 1);
  assert.deepEqual(type(flows.begin(1), "9").lines, []);
});

test("an item begins with the fewest that may be sold, and one less than one takes it out", () => {
  const flow = type(flows.begin(1), "2");
  assert.equal(flow.lines[0]?.quantity, 2);
  assert.deepEqual(flows.change(flows.change(flow, -1), -1).lines, []);
});

test("what is held cannot be changed, and no other customer begins", () => {
  const held = flows.held(flows.holding(type(flows.begin(1), "1")), BOOKING);
  assert.equal(flows.change(held, 1), held);
  assert.equal(flows.chooseItem(held, LOT), held);
  assert.equal(flows.chooseEvent(held, 2), held);
  assert.equal(type(held, "2").tendered, "2");
});

test("cash: change is due, and too little is no sale", () => {
  const held = flows.held(flows.holding(type(flows.begin(1), "12")), BOOKING);
  const enough = flows.payBy(flows.tender(held, "1000"), "CASH");
  assert.equal(flows.changeDue(enough), 20000);
  const little = flows.payBy(flows.tender(held, "799.99"), "CASH");
  assert.equal(flows.missing(little), "tendered");
  assert.equal(flows.selling(little), little);
});

test("on account needs who owes it, complimentary needs why", () => {
  const held = flows.held(flows.holding(type(flows.begin(1), "1")), BOOKING);
  assert.equal(flows.missing(flows.payBy(held, "ON_ACCOUNT")), "reference");
  const free = flows.write(flows.payBy(held, "COMPLIMENTARY"), "reason", " Artist ");
  assert.deepEqual(flows.payment(free, amountOf), { kind: "COMPLIMENTARY", reason: "Artist" });
});

test("a hold that runs out keeps the order, to be held again", () => {
  const lapsed = flows.lapse(flows.held(flows.holding(type(flows.begin(1), "13")), BOOKING));
  assert.equal(lapsed.step, "lapsed");
  assert.equal(meaning(lapsed, "Enter", false), "hold");
  assert.deepEqual(flows.holding(lapsed).lines, [{ item: 7, quantity: 3, price: 40000 }]);
});

test("letters in a field are text; only its own keys act there", () => {
  const held = flows.held(flows.holding(type(flows.begin(1), "1")), BOOKING);
  assert.equal(meaning(held, "c", true), "");
  assert.equal(meaning(held, "Enter", true), "sell");
});

test("the price is sent only where the counter sets it", () => {
  const free = { ...TICKET, pricing: { floor: "100.00", ceiling: "900.00" } };
  const flow = flows.setPrice(type(flows.begin(1), "1"), 0, 50000);
  const order = (/** @type {any} */ item) => flows.orderLines(flow.lines, new Map([[7, item]]), amountOf);
  assert.deepEqual(order(free), [{ item: 7, quantity: 1, unit_price: "500.00" }]);
  assert.deepEqual(order(TICKET), [{ item: 7, quantity: 1 }]);
});

test("the clock keeps the server's time whatever the device says", () => {
  let [wall, tick] = [1_000_000, 0];
  const clock = new Clock(
    () => wall,
    () => tick,
  );
  clock.note(new Date(50_000_000).toISOString(), 200);
  assert.equal(clock.now(), 50_000_100);
  [wall, tick] = [wall + 5_000, tick + 5_000];
  assert.equal(clock.now(), 50_005_100);
  wall -= 3_600_000; // set back
  assert.equal(clock.now(), 50_005_100);
  wall += 10 * 365 * 86_400_000; // set to another year
  assert.equal(clock.now(), 50_005_100);
});

test("a device that slept is not behind, and one that was restarted goes on from the last contact", () => {
  let wall = 0;
  const clock = new Clock(
    () => wall,
    () => 0,
  );
  clock.note(new Date(1_000).toISOString(), 0);
  wall = 3_600_000;
  assert.equal(clock.now(), 3_601_000);
  const later = new Clock(
    () => wall,
    () => 0,
  );
  later.restore(clock.offset);
  assert.equal(later.now(), 3_601_000);
});

test("a countdown ends at zero", () => {
  assert.deepEqual([899_500, 7_000, 1, -5, 3_661_000].map(countdown), [
    "15:00",
    "0:07",
    "0:01",
    "0:00",
    "1:01:01",
  ]);
});

const LEASE = /** @type {import("../../static/boxoffice/sell/types.d.ts").Lease} */ ({
  ...{
    id: "l",
    number: "AAAA-BBBB",
    event: 1,
    channel: 3,
    terminal: "Gate",
    status: "ACTIVE",
    currency: "INR",
  },
  ...{
    utc_expires_at: "2026-12-01T00:00:00Z",
    utc_hands_back_at: "2026-12-01T02:00:00Z",
    next: 1,
    shift: 5,
    pastEnd: false,
  },
  lines: [{ line: 1, item: 7, quantity: 20, left: 1, unit_price: "350.00" }],
});

test("a lease sells what it has left, at its own price", () => {
  const event = /** @type {any} */ ({ id: 1, items: [TICKET, LOT] });
  const [only, ...rest] = leasedOffers(LEASE, event);
  assert.deepEqual([only?.item.name, only?.price, only?.sellable, only?.level], ["Ticket", 35000, 1, "few"]);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    shortage(LEASE, [
      { item: 7, quantity: 1 },
      { item: 7, quantity: 1 },
    ]),
    { item: 7, left: 1 },
  );
  assert.deepEqual(shortage(LEASE, [{ item: 8, quantity: 1 }]), { item: 8, left: 0 });
  assert.equal(shortage(LEASE, [{ item: 7, quantity: 1 }]), null);
});

test("a lease is over at its end, unless the clerk knows that the clock is wrong", () => {
  const end = Date.parse(LEASE.utc_expires_at);
  assert.deepEqual([isOver(LEASE, end - 1), isOver(LEASE, end)], [false, true]);
  assert.equal(isOver({ ...LEASE, pastEnd: true }, end), false);
});

test("an event is sold from a lease of it that has something left", () => {
  const empty = { ...LEASE, id: "e", lines: [] };
  assert.equal(leaseFor([empty, LEASE], 3, 1)?.id, "l");
  assert.equal(leaseFor([empty], 3, 1)?.id, "e");
  assert.equal(leaseFor([LEASE, { ...LEASE, status: "LAPSED" }], 3, 2), undefined);
  assert.equal(leaseFor([LEASE], 4, 1), undefined);
});

test("what the socket tells comes before the catalog", () => {
  const event = /** @type {any} */ ({ id: 1, items: [TICKET, LOT] });
  const told = { listing: 70, sellable: 0, possible: 100, status: "SOLD_OUT", why: "", detail: "" };
  const offers = liveOffers(event, new Map([[70, told]]));
  assert.deepEqual(
    offers.map((offer) => [offer.sellable, offer.level, offer.isOpen]),
    [
      [0, "none", false],
      [37, "limited", true],
    ],
  );
});

test("what somebody has stopped is not shown as closed", () => {
  const stopped = { ...TICKET, status: "CLOSED", why: "STOP_SELL", sellable: 0 };
  const closed = { ...TICKET, status: "CLOSED", why: "OUTSIDE_SALES_WINDOW", sellable: 0 };
  const event = /** @type {any} */ ({ id: 1, items: [stopped, closed] });
  assert.deepEqual(
    liveOffers(event, new Map()).map((offer) => offer.level),
    ["stopped", "closed"],
  );
});

test("a whole event that nobody can buy says why once", () => {
  const why = { status: "CLOSED", why: "STOP_SELL", detail: "The event is stopped: Rain", sellable: 0 };
  const shut = (/** @type {object[]} */ ...items) => shutBecause(liveOffers(/** @type {any} */ ({ id: 1, items }), new Map()));
  assert.equal(shut({ ...TICKET, ...why }, { ...LOT, ...why }), "The event is stopped: Rain");
  assert.equal(shut({ ...TICKET, ...why }, LOT), "");
  assert.equal(shut({ ...TICKET, ...why }, { ...LOT, ...why, detail: "“Lot” is stopped: Flood" }), "");
  assert.equal(shut({ ...TICKET, sellable: 0, status: "SOLD_OUT" }), "");
  assert.equal(shut(), "");
});

test("who else has some is told without the counter itself", () => {
  const rows = new Map([
    [1, { kind: "CHANNEL", pool: 1, channel: 3, quantity: 9, held: 0, sold: 0 }],
    [2, { kind: "CHANNEL", pool: 1, channel: 4, quantity: 9, held: 1, sold: 3 }],
    [3, { kind: "OPEN", pool: 1, channel: null, quantity: 2, held: 0, sold: 0 }],
    [4, { kind: "CHANNEL", pool: 1, channel: 5, quantity: 3, held: 0, sold: 3 }],
    [5, { kind: "LIMIT", pool: null, channel: null, quantity: 50, held: 0, sold: 3 }],
  ]);
  const names = { pools: [{ pool: 1, name: "GA" }], channels: [{ channel: 4, name: "Web" }] };
  const found = elsewhere({ rows, ...names }, 3);
  assert.deepEqual(
    found.map((row) => [row.open, row.name, row.free]),
    [
      [true, "", 2],
      [false, "Web", 5],
    ],
  );
});

test("a refusal leads to the pool that is short, with the units that are missing, and a limit to none", () => {
  const rows = new Map([
    [1, { pool: 1, channel: 3, quantity: 50, held: 0, sold: 0 }],
    [2, { pool: 2, channel: 3, quantity: 5, held: 1, sold: 3 }],
    [3, { pool: 2, channel: 4, quantity: 90, held: 0, sold: 0 }],
  ]);
  const items = new Map([
    [7, { units: { 1: 1 } }],
    [8, { units: { 1: 1, 2: 4 } }],
  ]);
  const lines = [
    { item: 7, quantity: 1, price: 0 },
    { item: 8, quantity: 3, price: 0 },
  ];
  /** @param {object} refusal */
  const lacks = (refusal) =>
    lacking(/** @type {any} */ (refusal), lines, /** @type {any} */ (items), { rows }, 3);
  const errors = [{ field: "lines[1].quantity", detail: "" }];
  assert.deepEqual(lacks({ limited_by: "stock", asked: 3, sellable: 1, errors }), [
    { pool: 2, missing: 8 },
    { pool: 1, missing: 2 },
  ]);
  assert.deepEqual(lacks({ limited_by: "open", asked: 14, sellable: 1, errors: [{ field: "lines", detail: "" }] })[0], {
    pool: 2,
    missing: 13,
  });
  assert.deepEqual(lacks({ limited_by: "item", asked: 3, sellable: 1, errors }), []);
});

/** @param {number} number @param {string} lease */
const sale = (number, lease = "l") =>
  /** @type {any} */ ({
    ...{
      clientId: `${lease}-${number}-x`,
      lease,
      channel: 3,
      number,
      receipt: `AAAA-BBBB-${number}`,
      event: 1,
    },
    ...{
      soldAt: "2026-11-30T12:00:00.000Z",
      lines: [{ item: 7, quantity: 2, unit_price: "350.00", name: "Ticket" }],
    },
    ...{
      total: "700.00",
      payment: { kind: "CASH", tendered: "700.00" },
      change: "0.00",
      shift: 5,
      state: "QUEUED",
    },
  });

test("a call reports the sales of one lease in their order, always under the same key", () => {
  const queued = [sale(1), sale(2), sale(1, "m"), sale(3)];
  const batch = batchOf(queued);
  assert.deepEqual(
    batch.map((one) => one.clientId),
    ["l-1-x", "l-2-x", "l-3-x"],
  );
  assert.equal(keyOf(batch), keyOf(batchOf([...queued])));
  assert.notEqual(keyOf(batch), keyOf(batch.slice(0, 2)));
  assert.deepEqual(reportOf(sale(1)).lines, [{ item: 7, quantity: 2, unit_price: "350.00" }]);
  assert.equal(reportOf(sale(1)).receipt, "AAAA-BBBB-1");
});

test("a duplicate is what became of the first; what has no stock needs somebody", () => {
  const verdicts = verdictsOf({
    results: [
      { client_id: "1", outcome: "ACCEPTED" },
      { client_id: "2", outcome: "CONFLICT", conflict: "c", problem: { detail: "Sold out" } },
    ],
  });
  assert.equal(verdicts.get("1")?.state, "ACCEPTED");
  assert.deepEqual(verdicts.get("2"), { state: "CONFLICT", detail: "Sold out", conflict: "c" });
});

test("a sale whose stock somebody keeps stays in the queue, and all others are sent", async () => {
  /** @type {string[][]} */
  const calls = [];
  const queued = new Map([1, 2, 3].map((number) => [sale(number).clientId, sale(number)]));
  const store = /** @type {any} */ ({
    queued: () => Promise.resolve([...queued.values()]),
    settle: (/** @type {Map<string, unknown>} */ verdicts) => {
      calls.push([...verdicts.keys()]);
      for (const id of verdicts.keys()) queued.delete(id);
      return Promise.resolve();
    },
    refreshLease: () => Promise.resolve(),
  });
  const stuck = sale(2).clientId;
  const results = [...queued.keys()].map((id) =>
    id === stuck
      ? { client_id: id, outcome: "LATER", problem: { code: "BUSY", detail: "Kept." } }
      : { client_id: id, outcome: "ACCEPTED" },
  );
  const told = [Response.json({ results }), Response.json({})];
  await answered(told, async () => {
    await assert.rejects(send(store), (/** @type {Error} */ error) => error.message === "Kept.");
  });
  assert.deepEqual(calls, [[sale(1).clientId, sale(3).clientId]]);
  assert.deepEqual([...queued.keys()], [stuck]);
});

/** @param {(Response | Error)[]} answers @param {(ask: typeof import("#sell/api").ask) => Promise<void>} work @returns {Promise<string[]>} the keys that were sent */
async function answered(answers, work) {
  /** @type {string[]} */
  const keys = [];
  const before = { fetch: globalThis.fetch, document: globalThis.document, navigator: globalThis.navigator };
  const define = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("document", { cookie: "csrftoken=t" });
  define("navigator", { onLine: true });
  define("fetch", async (/** @type {string} */ _url, /** @type {any} */ request) => {
    keys.push(request.headers["Idempotency-Key"]);
    const answer = answers.shift();
    if (!(answer instanceof Response)) throw answer;
    return answer;
  });
  try {
    await work((await import("#sell/api")).ask);
  } finally {
    for (const [name, value] of Object.entries(before)) define(name, value);
  }
  return keys;
}

/** @param {number} status @param {object} body */
const said = (status, body) => new Response(JSON.stringify(body), { status });
const BUSY = () => said(503, { code: "BUSY", detail: "Try again." });

test("a request is repeated under its key until there is an answer", async () => {
  const keys = await answered([new TypeError("cut"), BUSY(), said(201, { id: 1 })], async (ask) => {
    assert.deepEqual(await ask("POST", "/counter/sales/", {}, "k"), { id: 1 });
  });
  assert.deepEqual(keys, ["k", "k", "k"]);
});

test("what may have been done is never called refused", async () => {
  await answered([new TypeError("cut"), BUSY(), BUSY()], async (ask) => {
    await assert.rejects(
      ask("POST", "/counter/sales/", {}, "k"),
      (error) => error.constructor.name === "NoAnswer",
    );
  });
  await answered([BUSY(), BUSY(), BUSY()], async (ask) => {
    await assert.rejects(
      ask("POST", "/counter/sales/", {}, "k"),
      (error) => error.constructor.name === "Refused",
    );
  });
  await answered([said(409, { code: "SOLD_OUT", detail: "2 are left." })], async (ask) => {
    await assert.rejects(ask("POST", "/counter/sales/", {}, "k"), { message: "2 are left." });
  });
});

test("a UPI app is told whom to pay, how much and for what", () => {
  assert.equal(
    upiLink({ vpa: "bluehall@bank", name: "Blue Hall & Sons" }, "400.00", "7KQM-3X9F"),
    "upi://pay?pa=bluehall%40bank&pn=Blue%20Hall%20%26%20Sons&am=400.00&cu=INR&tn=7KQM-3X9F",
  );
});

test("an event is found by the beginnings of words of its name and date", () => {
  const event = /** @type {any} */ ({ name: "Séance of Jazz", utc_starts_at: "2026-12-02T14:00:00Z" });
  const found = (/** @type {string} */ text) => matches(event, text, "Asia/Kolkata");
  assert.deepEqual(["seance", "jaz sea", "2 dec", "19:30", ""].map(found), Array(5).fill(true));
  assert.deepEqual(["azz", "jazz rock", "3 dec"].map(found), Array(3).fill(false));
});

test("one has words of its own, where there are some", () => {
  takeWords({ leased: "{count} tickets", "leased-1": "1 ticket", sent: "Sent: {count}" });
  const said = [0, 1, 2].map((count) => [say("leased", { count }), say("sent", { count })]);
  takeWords({});
  assert.deepEqual(said, [
    ["0 tickets", "Sent: 0"],
    ["1 ticket", "Sent: 1"],
    ["2 tickets", "Sent: 2"],
  ]);
});
