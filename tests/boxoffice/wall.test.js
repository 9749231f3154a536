/** What a wall knows without a page: the time, the doors, and what fits. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "#clock";
import { doorsAt, howLong } from "#doors";
import { fit } from "#fit";
import { doorsLine, signOf } from "#sign_word";
import { fill } from "#text";

const words = { days: "{n} days", hoursMinutes: "{h} h {m} min" };

test("the clock is the server's, and the message that came quickest sets it", () => {
  let passed = 0;
  const clock = new ServerClock(() => passed);
  clock.hear("2026-01-01T00:00:10.000Z");
  passed = 5_000;
  clock.hear("2026-01-01T00:00:14.500Z"); // half a second late
  assert.equal(clock.now(), Date.parse("2026-01-01T00:00:15.000Z"));
  clock.hear("2026-01-01T00:00:15.100Z"); // quicker than the first
  assert.equal(clock.now(), Date.parse("2026-01-01T00:00:15.100Z"));
  clock.hear("2025-12-31T23:00:00.000Z"); // the server's clock was set back
  assert.equal(clock.now(), Date.parse("2025-12-31T23:00:00.000Z"));
  clock.hear("no moment");
  assert.equal(clock.now(), Date.parse("2025-12-31T23:00:00.000Z"));
});

/** @param {number} opens @param {number} closes */
const opening = (opens, closes) => ({
  opens,
  closes,
  opens_text: "",
  closes_text: "",
  opens_on: "",
  day_text: "",
});

test("doors are before, open, closed for the night, and over, each to the millisecond", () => {
  const nights = [opening(100, 200), opening(300, 400)];
  const at = (/** @type {number} */ now) => {
    const { phase, left } = doorsAt(nights, now);
    return [phase, left];
  };
  assert.deepEqual(at(99), ["before", 1]);
  assert.deepEqual(at(100), ["open", 100]);
  assert.deepEqual(at(200), ["closed", 100]);
  assert.deepEqual(at(399), ["open", 1]);
  assert.deepEqual(at(400), ["over", 0]);
  assert.equal(doorsAt([], 0).phase, "over");
});

test("how long is told in the unit that matters", () => {
  const hour = 3_600_000;
  assert.equal(howLong(48 * hour, words), "2 days");
  assert.equal(howLong(48 * hour - 1, words), "47 h 59 min");
  assert.equal(howLong(hour, words), "1 h 00 min");
  assert.equal(howLong(hour - 1_000, words), "59:59");
  assert.equal(howLong(1, words), "0:01");
  assert.equal(howLong(-1, words), "0:00");
});

test("a name that looks like a place to fill in stays as it is", () => {
  assert.equal(fill("{channel}: {n} sold", { channel: "Box {n} $& $'", n: 3 }), "Box {n} $& $': 3 sold");
});

const space = { width: 1240, height: 560, rows: 6, columns: 11, digits: 3, smallest: 36, largest: 115 };

test("counts are as large as the fewest pages allow, and never too small to be read", () => {
  const found = fit(space);
  assert.ok(found.count >= space.smallest);
  assert.equal(found.rowPages * found.columnPages, 2);
  assert.deepEqual([found.rows, found.columns], [6, 6]);
  assert.ok(fit({ ...space, columns: 2, rows: 1 }).count > found.count);
  assert.ok(fit({ ...space, columns: 1, rows: 1 }).count <= space.largest);
});

test("however little room there is, each cell comes on some page", () => {
  for (const width of [50, 360, 3840]) {
    for (const height of [0, 200, 2160]) {
      const found = fit({ ...space, width, height, digits: 6 });
      assert.ok(found.rows * found.rowPages >= space.rows);
      assert.ok(found.columns * found.columnPages >= space.columns);
    }
  }
  assert.deepEqual(fit({ ...space, rows: 0, columns: 0 }).rowPages, 1);
});

test("a sign says the word that the server says of the same levels", async () => {
  const { readFile } = await import(/** @type {string} */ ("node:fs/promises"));
  const table = JSON.parse(await readFile(new URL("signs.json", import.meta.url), "utf8"));
  for (const { levels, sign } of table) assert.equal(signOf(levels), sign);
  assert.ok(table.length > 5);
});

test("a line about doors names the day only if it is another one", () => {
  const evening = { ...opening(100, 200), opens_text: "19:30", closes_text: "22:00", opens_on: "2026-12-31", day_text: "Thursday" };
  const says = { doors: "Doors open at {time}", starts: "Starts at {time}", open: "Open until {time}", started: "Started at {time}", over: "Over" };
  const at = (/** @type {number} */ now, allDay = true, today = "2026-12-31") => {
    const { line, day } = doorsLine([evening], now, allDay, today, says);
    return [line, day];
  };
  assert.deepEqual(at(0), ["Doors open at 19:30", ""]);
  assert.deepEqual(at(0, false), ["Starts at 19:30", ""]);
  assert.deepEqual(at(0, true, "2026-12-30"), ["Doors open at 19:30", "Thursday"]);
  assert.deepEqual(at(150), ["Open until 22:00", ""]);
  assert.deepEqual(at(150, false), ["Started at 19:30", ""]);
  assert.deepEqual(at(200), ["Over", ""]);
});
