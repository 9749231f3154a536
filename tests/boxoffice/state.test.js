/** The numbers of an event as a screen keeps them: a snapshot and the changes after it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { State, levelOf } from "#state";

const STOCK = [1, 2, 3];

/**
 * Numbers from a seed, so that a failure can be seen again (mulberry32).
 * @param {number} seed
 */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {number} stock
 * @param {number} version
 */
const row = (stock, version) => ({ stock, version, quantity: 100, held: 0, sold: version, drawn: 0 });

/** @param {Partial<import("#state").Message>} [more] */
const snapshot = (more) => ({
  type: "snapshot",
  live: true,
  database: true,
  config_version: 1,
  surroundings: "a",
  rows: STOCK.map((stock) => ({ ...row(stock, 1), kind: "CHANNEL", pool: 7, channel: stock })),
  listings: [],
  unreported: [],
  ...more,
});

/** @param {Partial<import("#state").Message>} more */
const changes = (more) => ({ type: "changes", live: true, database: true, ...more });

test("changes in any order and as often as they come end at the newest numbers", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = randomFrom(seed);
    const newest = 2 + Math.floor(random() * 6);
    const messages = STOCK.flatMap((stock) =>
      Array.from({ length: newest - 1 }, (_, index) => changes({ rows: [row(stock, index + 2)] })),
    );
    const repeated = messages.filter(() => random() < 0.3);
    const delivered = [...messages, ...repeated]
      .map((message) => ({ message, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ message }) => message);
    const state = new State();
    state.apply(snapshot());
    for (const message of delivered) state.apply(message);
    const sold = STOCK.map((stock) => state.rows.get(stock)?.sold);
    assert.deepEqual(sold, [newest, newest, newest], `seed ${seed}`);
    assert.equal(state.pool(7).sold, 3 * newest, `seed ${seed}`);
  }
});

test("a row of an older version says that nothing has changed", () => {
  const state = new State();
  state.apply(snapshot());
  assert.deepEqual([...state.apply(changes({ rows: [row(1, 3)] })).rows], [1]);
  assert.deepEqual([...state.apply(changes({ rows: [row(1, 2)] })).rows], []);
});

test("what a snapshot no longer names is gone", () => {
  const state = new State();
  state.apply(snapshot());
  state.apply(snapshot({ rows: [row(2, 5)], config_version: 2 }));
  assert.deepEqual([...state.rows.keys()], [2]);
  assert.equal(state.config, "2 a");
});

test("a change of a listing keeps what it does not name", () => {
  const listing = {
    ...{ listing: 4, sellable: 9, possible: 10, status: "AVAILABLE", limited_by: "", why: "" },
    ...{ detail: "", sold: 1, held: 0, left: 9, item: 2, channel: 1, price: "10.00" },
  };
  const state = new State();
  state.apply(snapshot({ listings: [listing] }));
  const changed = state.apply(changes({ listings: [{ listing: 4, sellable: 3 }] }));
  assert.deepEqual([...changed.listings], [4]);
  assert.deepEqual(state.listings.get(4), { ...listing, sellable: 3 });
});

test("an estimate that is gone is told as one that has changed", () => {
  const estimate = { stock: 1, about: 4, low: 2, high: 7, utc_reported_at: "2026-06-01T12:00:00Z" };
  const state = new State();
  state.apply(snapshot({ unreported: [estimate] }));
  const changed = state.apply(changes({ unreported: [] }));
  assert.deepEqual([...changed.late], [1]);
  assert.equal(state.unreported.size, 0);
});

test("a message of a kind that is not known changes nothing", () => {
  const state = new State();
  state.apply(snapshot());
  const changed = state.apply({ ...changes({ rows: [row(1, 9)] }), type: "news" });
  assert.deepEqual([...changed.rows], []);
  assert.equal(state.rows.get(1)?.sold, 1);
});

test("what is left of a pool is what channels have free and what is open, without what is out of sale", () => {
  const state = new State();
  const channel = { ...row(1, 1), kind: "CHANNEL", pool: 7, held: 5, sold: 20 };
  const open = { ...row(2, 1), kind: "OPEN", pool: 7, quantity: 30, sold: 0 };
  const out = { ...open, stock: 3, kind: "KILLED", quantity: 8 };
  state.apply(snapshot({ rows: [channel, open, out] }));
  assert.deepEqual(state.pool(7), { sold: 20, held: 5, free: 75, open: 30, out: 8, left: 105, capacity: 130 });
});

test("few are left below a tenth of what could be sold at most", () => {
  const listing = { status: "LIMITED", sellable: 9, possible: 100 };
  assert.equal(levelOf(listing), "few");
  assert.equal(levelOf({ ...listing, sellable: 10 }), "limited");
  assert.equal(levelOf({ ...listing, status: "AVAILABLE", sellable: 60 }), "plenty");
  assert.equal(levelOf({ ...listing, status: "SOLD_OUT", sellable: 0 }), "none");
  assert.equal(levelOf({ ...listing, status: "CLOSED" }), "closed");
});
