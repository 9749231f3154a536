/** The order as it is put together, sold, or run out: the right side of the screen. */

import { h } from "#sell/dom";
import { button, drawLines, drawRefusal, drawTotal, key } from "#sell/order_parts";
import { drawPayment } from "#sell/payment";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Child} from "#sell/dom" */
/** @import {Hands} from "#sell/order_parts" */

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
      h(
        "label",
        {},
        say("terminal"),
        h("input", {
          name: "terminal",
          required: true,
          maxlength: 100,
          "data-key": "terminal",
          "aria-describedby": "terminal-why",
          autocomplete: "off",
        }),
        h("span.quiet", { id: "terminal-why" }, say("terminalWhy")),
      ),
      h(
        "label",
        {},
        say("float"),
        h("input", {
          name: "float",
          required: true,
          inputmode: "decimal",
          value: "0",
          "data-key": "float",
          autocomplete: "off",
        }),
      ),
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
      h(
        "ol.steps",
        {},
        h("li", {}, key("1"), "–", key("9"), " ", say("stepItem")),
        h("li", {}, key("⏎"), " ", say("stepHold")),
        h("li", {}, key("C"), " ", say("stepCash")),
      ),
    ];
  }
  const busy = flow.step === "holding";
  return [
    h("h2", {}, say("newOrder")),
    drawLines(counter, true),
    drawTotal(counter),
    drawRefusal(counter, hands),
    button(
      "primary",
      busy ? say("holding") : say(counter.sellsFromLease ? "takePayment" : "hold"),
      "Enter",
      () => hands.press("hold"),
      { disabled: busy },
    ),
    h(
      "div.row",
      {},
      button("another", say("another"), "N", () => hands.press("another"), { disabled: busy }),
      button("clear", say("clear"), "Escape", () => hands.press("clear"), { disabled: busy }),
    ),
  ];
}

/** @param {Counter} counter @param {Hands} hands */
function drawSold(counter, hands) {
  const { sold } = counter.flow;
  if (!sold) return [];
  return [
    h(
      "div.sold",
      {},
      h("span.tick", { "aria-hidden": "true" }, "✓"),
      h("h2", {}, say("sold")),
      h("p.receipt", {}, say("receipt", { number: sold.receipt })),
      sold.change
        ? h(
            "p.quiet",
            {},
            say("soldFor", { kind: say(`kind-${sold.kind}`), amount: counter.money(sold.total) }),
          )
        : null,
    ),
    sold.change
      ? h("p.due", {}, h("span", {}, say("changeDue")), h("b", {}, counter.money(sold.change)))
      : h("p.due", {}, h("span", {}, say(`kind-${sold.kind}`)), h("b", {}, counter.money(sold.total))),
    sold.offline ? h("p.quiet", {}, say("soldOffline")) : null,
    button("primary", say("next"), "Enter", () => hands.press("next")),
    h(
      "div.row",
      {},
      button("print", say("print"), "P", () => hands.press("print")),
    ),
  ];
}

/** @param {Counter} counter @param {Hands} hands */
function drawLapsed(counter, hands) {
  return [
    h("div.lapsed", {}, h("h2", {}, say("lapsed")), h("p", {}, say("lapsedWhy"))),
    drawLines(counter, false),
    drawTotal(counter),
    button("primary", say("holdAgain"), "Enter", () => hands.press("hold")),
    h(
      "div.row",
      {},
      button("clear", say("clear"), "Escape", () => hands.press("clear")),
    ),
  ];
}
