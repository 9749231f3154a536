/** The order as it is put together, paid and sold: the right side of the screen. */

import { drawQr, upiLink } from "#sell/qr";
import { h } from "#sell/dom";
import * as flows from "#sell/flow";
import { amountOf, minorOf } from "#sell/money";
import { elsewhere } from "#sell/offers";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Child} from "#sell/dom" */
/** @import {Kind} from "./types.d.ts" */

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

/** @typedef {{press: (meaning: string) => void, transfer: (form: HTMLFormElement) => void, openTill: (form: HTMLFormElement) => void}} Hands */

/** @param {string} text */
const key = (text) => h("kbd", { "aria-hidden": "true" }, text);

/** @param {string} name @param {string} label @param {string} shortcut @param {() => void} onclick @param {Record<string, unknown>} [more] */
function button(name, label, shortcut, onclick, more = {}) {
  const keys = shortcut ? { "aria-keyshortcuts": shortcut } : {};
  return h(`button.${name}`, { type: "button", "data-key": name, onclick, ...keys, ...more }, h("span", {}, label), key(shortcut === "Enter" ? "⏎" : shortcut === "Escape" ? "Esc" : shortcut));
}

/** @param {Counter} counter @param {Hands} hands @returns {Child[]} */
export function drawOrder(counter, hands) {
  const { flow } = counter;
  if (!counter.catalog?.shift && counter.online && flow.step === "choose") return drawTill(counter, hands);
  switch (flow.step) {
    case "choose":
    case "holding":
      return drawChoice(counter, hands);
    case "pay":
    case "selling":
      return drawPayment(counter, hands);
    case "sold":
      return drawSold(counter, hands);
    default:
      return drawLapsed(counter, hands);
  }
}

/** @param {Counter} counter @param {Hands} hands */
function drawTill(counter, hands) {
  return [
    h("h2", {}, say("openTill")),
    h("p.quiet", {}, say("openTillWhy")),
    drawRefusal(counter, hands),
    h(
      "form.stack",
      {
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          hands.openTill(/** @type {HTMLFormElement} */ (event.target));
        },
      },
      h("label", {}, say("terminal"), h("input", { name: "terminal", required: true, maxlength: 100, "data-key": "terminal", autocomplete: "off" })),
      h("label", {}, say("float"), h("input", { name: "float", required: true, inputmode: "decimal", value: "0", "data-key": "float", autocomplete: "off" })),
      h("button.primary", { type: "submit" }, say("open")),
    ),
  ];
}

/** @param {Counter} counter @param {Hands} hands */
function drawChoice(counter, hands) {
  const { flow } = counter;
  if (!flow.lines.length) {
    return [
      h("h2", {}, say("newOrder")),
      h("p.hint", {}, say("chooseHint")),
      drawRefusal(counter, hands),
      h("ol.steps", {}, h("li", {}, key("1"), "–", key("9"), " ", say("stepItem")), h("li", {}, key("⏎"), " ", say("stepHold")), h("li", {}, key("C"), " ", say("stepCash"))),
    ];
  }
  const busy = flow.step === "holding";
  return [
    h("h2", {}, say("newOrder")),
    drawLines(counter, true),
    drawTotal(counter),
    drawRefusal(counter, hands),
    button("primary", busy ? say("holding") : say(counter.sellsFromLease ? "takePayment" : "hold"), "Enter", () => hands.press("hold"), { disabled: busy }),
    h(
      "div.row",
      {},
      button("another", say("another"), "N", () => hands.press("another"), { disabled: busy }),
      button("clear", say("clear"), "Escape", () => hands.press("clear"), { disabled: busy }),
    ),
  ];
}

/** @param {Counter} counter @param {boolean} editable */
function drawLines(counter, editable) {
  const { flow, items } = counter;
  return h(
    "ul.lines",
    { role: "list" },
    ...flow.lines.map((line, at) => {
      const item = items.get(line.item);
      const name = item?.name ?? String(line.item);
      const free = editable && item?.pricing;
      return h(
        "li",
        { "data-active": editable && !flow.adding && at === flow.active },
        h("span.name", {}, name),
        editable
          ? h(
              "span.stepper",
              {},
              h("button", { type: "button", "data-key": `fewer-${at}`, "aria-label": say("fewer", { item: name }), onclick: () => counter.become(flows.change(counter.flow, -1, at)) }, "−"),
              h("b", {}, String(line.quantity)),
              h("button", { type: "button", "data-key": `more-${at}`, "aria-label": say("more", { item: name }), onclick: () => counter.become(flows.change(counter.flow, 1, at)) }, "+"),
            )
          : h("span.count", {}, `${line.quantity} ×`),
        free
          ? h("input.price", {
              type: "text",
              inputmode: "decimal",
              value: amountOf(line.price),
              "data-key": `price-${at}`,
              "aria-label": say("priceOf", { item: name, floor: item.pricing?.floor ?? "", ceiling: item.pricing?.ceiling ?? "" }),
              onchange: (/** @type {Event} */ event) => {
                const price = minorOf(/** @type {HTMLInputElement} */ (event.target).value);
                if (price !== null) counter.become(flows.setPrice(counter.flow, at, price));
              },
            })
          : h("span.amount", {}, counter.money(line.price * line.quantity)),
      );
    }),
  );
}

/** @param {Counter} counter */
function drawTotal(counter) {
  return h("p.total", {}, h("span", {}, say("total")), h("b", {}, counter.money(flows.due(counter.flow))));
}

/** @param {Counter} counter @param {Hands} hands */
function drawPayment(counter, hands) {
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
      : h("div.hold", {}, h("h2", {}, say("fromLease", { number: counter.lease?.number ?? "" })), h("p.quiet", {}, say("fromLeaseWhy"))),
    drawLines(counter, false),
    drawTotal(counter),
    h(
      "div.kinds",
      { role: "group", "aria-label": say("paidBy") },
      ...kinds.map(([kind, shortcut]) =>
        button(`kind-${kind}`, say(`kind-${kind}`), shortcut, () => hands.press(`pay-${kind}`), { disabled: busy, "aria-pressed": String(flow.kind === kind) }),
      ),
    ),
    drawKind(counter, busy),
    drawRefusal(counter, hands),
    flow.kind && flow.kind !== "CASH"
      ? button("primary", busy ? say("selling") : say(flow.kind === "COMPLIMENTARY" ? "giveAway" : "paid"), "Enter", () => hands.press("sell"), { disabled: busy })
      : null,
    h(
      "div.row",
      {},
      held ? button("extend", say("extend"), "E", () => hands.press("extend"), { disabled: busy }) : null,
      button("release", held ? say("release") : say("back"), "R", () => hands.press("release"), { disabled: busy }),
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
          oninput: (/** @type {Event} */ event) => counter.become(flows.tender(counter.flow, /** @type {HTMLInputElement} */ (event.target).value)),
        }),
      ),
      h("div.notes", {}, ...notes.map((note) => h("button", { type: "button", "data-key": `note-${note}`, disabled: busy, onclick: () => counter.become(flows.tender(counter.flow, String(note))) }, counter.money(note * 100)))),
      h("p.change", { role: "status" }, back === null ? say("tooLittle", { total: counter.money(total) }) : flow.tendered ? say("change", { amount: counter.money(back) }) : say("exact")),
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

/** @param {Counter} counter @param {Hands} hands */
function drawSold(counter, hands) {
  const { sold } = counter.flow;
  if (!sold) return [];
  return [
    h("div.sold", {}, h("span.tick", { "aria-hidden": "true" }, "✓"), h("h2", {}, say("sold")), h("p.receipt", {}, say("receipt", { number: sold.receipt }))),
    sold.change
      ? h("p.due", {}, h("span", {}, say("changeDue")), h("b", {}, counter.money(sold.change)))
      : h("p.due", {}, h("span", {}, say(`kind-${sold.kind}`)), h("b", {}, counter.money(sold.total))),
    sold.offline ? h("p.quiet", {}, say("soldOffline")) : null,
    button("primary", say("next"), "Enter", () => hands.press("next")),
    h("div.row", {}, button("print", say("print"), "P", () => hands.press("print"))),
  ];
}

/** @param {Counter} counter @param {Hands} hands */
function drawLapsed(counter, hands) {
  return [
    h("div.lapsed", {}, h("h2", {}, say("lapsed")), h("p", {}, say("lapsedWhy"))),
    drawLines(counter, false),
    drawTotal(counter),
    button("primary", say("holdAgain"), "Enter", () => hands.press("hold")),
    h("div.row", {}, button("clear", say("clear"), "Escape", () => hands.press("clear"))),
  ];
}

/** Why not, who else has some, and what can be done. @param {Counter} counter @param {Hands} hands */
function drawRefusal(counter, hands) {
  const { refusal } = counter.flow;
  if (!refusal) return null;
  const detail = refusal.errors?.length && refusal.code === "VALIDATION" ? refusal.errors.map((fault) => fault.detail).join(" ") : refusal.detail;
  const content = [h("p", {}, detail || refusal.title || refusal.code)];
  if (refusal.limited_by) content.push(h("p.quiet", {}, say(`limit-${refusal.limited_by}`)));
  if (refusal.code === "SOLD_OUT" && counter.online) content.push(...drawElsewhere(counter, hands));
  return h("div.refusal", { role: "alert" }, ...content);
}

/** @param {Counter} counter @param {Hands} hands */
function drawElsewhere(counter, hands) {
  const numbers = { rows: counter.numbers.rows, ...counter.names };
  const others = elsewhere(numbers, counter.channel);
  const pools = counter.names.pools;
  const { asked, sellable } = counter.flow.refusal ?? {};
  const missing = Math.max(1, Number(asked ?? 1) - Number(sellable ?? 0));
  if (!pools.length) return [];
  return [
    h("h3", {}, say("elsewhere")),
    others.length
      ? h("ul.elsewhere", { role: "list" }, ...others.slice(0, 5).map((row) => h("li", {}, h("span", {}, row.open ? say("openStock") : row.name, pools.length > 1 ? ` · ${row.poolName}` : ""), h("b", {}, String(row.free)))))
      : h("p.quiet", {}, say("nowhere")),
    h(
      "form.stack.transfer",
      {
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          hands.transfer(/** @type {HTMLFormElement} */ (event.target));
        },
      },
      pools.length > 1
        ? h("label", {}, say("pool"), h("select", { name: "pool", "data-key": "pool" }, ...pools.map((pool) => h("option", { value: pool.pool }, pool.name))))
        : h("input", { type: "hidden", name: "pool", value: pools[0]?.pool ?? "" }),
      h("label", {}, say("units"), h("input", { name: "units", type: "number", min: 1, value: missing, required: true, "data-key": "units" })),
      h("label", {}, say("why"), h("input", { name: "reason", required: true, maxlength: 300, value: say("transferReason"), "data-key": "why" })),
      h("button", { type: "submit" }, say("askTransfer")),
    ),
  ];
}
