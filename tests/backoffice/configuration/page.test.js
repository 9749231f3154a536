// What the script of the configuration page reckons itself: the order of answers, and how far a slider goes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Answers, most } from "#configuration";

test("An answer that is older than the one that is shown is dropped", () => {
  const answers = new Answers();
  const [first, second, third] = [answers.next(), answers.next(), answers.next()];
  assert.equal(answers.take(second), true);
  assert.equal(answers.isOld, true);
  assert.equal(answers.take(first), false);
  assert.equal(answers.take(third), true);
  assert.equal(answers.isOld, false);
  assert.equal(answers.take(third), false);
});

test("A slider goes as far as the other parts leave open, in its own unit", () => {
  const parts = [
    { amount: 40, isPercent: false },
    { amount: 25, isPercent: true },
  ];
  const pool = { onSale: 180, capacity: 200 };
  assert.equal(most(parts, 0, pool), 130);
  assert.equal(most(parts, 1, pool), 70);
  assert.equal(most([{ amount: 0, isPercent: false }, { amount: 300, isPercent: false }], 0, pool), 0);
  assert.equal(most(parts, 0, { onSale: 0, capacity: 0 }), 0);
});
