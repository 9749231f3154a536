/** How an order is paid. */

import { h } from "#sell/dom";
import * as flows from "#sell/flow";
import { amountOf } from "#sell/money";
import { button, drawLines, drawRefusal, drawTotal } from "#sell/order_parts";
import { drawQr, upiLink } from "#sell/qr";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Hands} from "#sell/order_parts" */
/** @import {Kind} from "./types.d.ts" */

// What the button says of kinds in which nothing is paid now.
/** @type {Record<string, string>} */
const DONE = { COMPLIMENTARY: "giveAway", ON_ACCOUNT: "putOnAccount" };

/** @type {[Kind, string][]} */
const KINDS = [
  ["CASH", "C"],
  ["CARD", "D"],
  ["UPI", "U"],
  ["ON_ACCOUNT", "A"],
  ["COMPLIMENTARY", "G"],
];

/** What customers hand over: the next round sums. @param {number} total in minor units @returns {number[]} */
function roundSums(total) {
  const steps = total < 50_000 ? [50, 100, 500] : total < 200_000 ? [100, 500, 1000] : [500, 1000, 2000];
  const sums = steps.map((step) => Math.ceil((total + 1) / (step * 100)) * step);
  return [...new Set(sums)];
}

/** @param {Counter} counter @param {Hands} hands */
export function drawPayment(counter, hands) {
  const { flow } = counter;
  const busy = flow.step === "selling";
  const held = flow.booking;
  const kinds = KINDS.filter(([kind]) => counter.takes(kind));
  return [
    held
      ? h(
          "div.hold",
          {},
          h("h2", {}, say("held", { number: held.number })),
          h("p.left", {}, h("b", { "data-countdown": "" }), " ", say("left")),
          h("progress", { "data-progress": "", max: 1, "aria-label": say("left") }),
        )
      : h(
          "div.hold",
          {},
          h("h2", {}, say("fromLease", { number: counter.lease?.number ?? "" })),
          h("p.quiet", {}, say("fromLeaseWhy")),
        ),
    drawLines(counter, false),
    drawTotal(counter),
    h(
      "div.kinds",
      { role: "group", "aria-label": say("paidBy") },
      ...kinds.map(([kind, shortcut]) =>
        button(`kind-${kind}`, say(`kind-${kind}`), shortcut, () => hands.press(`pay-${kind}`), {
          disabled: busy,
          "aria-pressed": String(flow.kind === kind),
        }),
      ),
    ),
    drawKind(counter, busy),
    drawRefusal(counter, hands),
    flow.kind && flow.kind !== "CASH"
      ? button(
          "primary",
          busy ? say("selling") : say(DONE[flow.kind] ?? "paid"),
          "Enter",
          () => hands.press("sell"),
          { disabled: busy },
        )
      : null,
    h(
      "div.row",
      {},
      held ? button("extend", say("extend"), "E", () => hands.press("extend"), { disabled: busy }) : null,
      button("release", held ? say("release") : say("back"), "R", () => hands.press("release"), {
        disabled: busy,
      }),
    ),
  ];
}

/** @param {Counter} counter @param {boolean} busy */
function drawKind(counter, busy) {
  const { flow } = counter;
  const total = flows.due(flow);
  if (flow.kind === null || flow.kind === "CASH") {
    const back = flows.changeDue(flow);
    const notes = roundSums(total);
    return h(
      "div.cash",
      {},
      h(
        "label",
        {},
        say("given"),
        h("input", {
          type: "text",
          inputmode: "decimal",
          autocomplete: "off",
          "data-key": "tendered",
          "data-digits": "",
          value: flow.tendered,
          placeholder: amountOf(total),
          disabled: busy,
          oninput: (/** @type {Event} */ event) =>
            counter.become(flows.tender(counter.flow, /** @type {HTMLInputElement} */ (event.target).value)),
        }),
      ),
      h(
        "div.notes",
        {},
        ...notes.map((note) =>
          h(
            "button",
            {
              type: "button",
              "data-key": `note-${note}`,
              disabled: busy,
              onclick: () => counter.become(flows.tender(counter.flow, String(note))),
            },
            counter.money(note * 100),
          ),
        ),
      ),
      h(
        "p.change",
        { role: "status" },
        back === null
          ? say("tooLittle", { total: counter.money(total) })
          : flow.tendered
            ? say("change", { amount: counter.money(back) })
            : say("exact"),
      ),
    );
  }
  // Without an address of the venue the customer pays to the code that stands at the counter.
  const upi = counter.catalog?.venue.upi;
  if (flow.kind === "UPI" && upi) {
    const label = say("qr", { amount: counter.money(total), name: upi.name });
    const link = upiLink(upi, amountOf(total), flow.booking?.number ?? counter.lease?.number ?? "");
    return h("div.upi", {}, drawQr(link, label), h("p.quiet", {}, say("upiWhy", { name: upi.name })));
  }
  const field = flow.kind === "COMPLIMENTARY" ? "reason" : "reference";
  return h(
    "label.stack",
    {},
    say(`${field}-${flow.kind}`),
    h("input", {
      type: "text",
      maxlength: field === "reason" ? 300 : 100,
      autocomplete: "off",
      "data-key": field,
      "data-wanted": "",
      value: flow[field],
      disabled: busy,
      // Not drawn anew while somebody writes.
      oninput: (/** @type {Event} */ event) => {
        counter.flow = flows.write(counter.flow, field, /** @type {HTMLInputElement} */ (event.target).value);
      },
    }),
  );
}
