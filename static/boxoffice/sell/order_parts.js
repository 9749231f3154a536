/** What the steps of an order share: lines, total, buttons, and why something is refused. */

import { h } from "#sell/dom";
import * as flows from "#sell/flow";
import { amountOf, minorOf } from "#sell/money";
import { elsewhere, lacking } from "#sell/offers";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Child} from "#sell/dom" */

/**
 * What the page does for a touch.
 * @typedef {object} Hands
 * @property {(meaning: string) => void} press
 * @property {(form: HTMLFormElement) => void} transfer
 * @property {(form: HTMLFormElement) => void} openTill
 */

// Of those who have units of the pool.
const MOST_SHOWN = 6;

/** @param {string} text */
export const key = (text) => h("kbd", { "aria-hidden": "true" }, text);

/** @param {string} name @param {string} label @param {string} shortcut @param {() => void} onclick @param {Record<string, unknown>} [more] */
export function button(name, label, shortcut, onclick, more = {}) {
  const keys = shortcut ? { "aria-keyshortcuts": shortcut } : {};
  return h(
    `button.${name}`,
    { type: "button", "data-key": name, onclick, ...keys, ...more },
    h("span", {}, label),
    key(shortcut === "Enter" ? "⏎" : shortcut === "Escape" ? "Esc" : shortcut),
  );
}

/** @param {Counter} counter @param {boolean} editable */
export function drawLines(counter, editable) {
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
              h(
                "button",
                {
                  type: "button",
                  "data-key": `fewer-${at}`,
                  "aria-label": say("fewer", { item: name }),
                  onclick: () => counter.become(flows.change(counter.flow, -1, at)),
                },
                "−",
              ),
              h("b", {}, String(line.quantity)),
              h(
                "button",
                {
                  type: "button",
                  "data-key": `more-${at}`,
                  "aria-label": say("more", { item: name }),
                  onclick: () => counter.become(flows.change(counter.flow, 1, at)),
                },
                "+",
              ),
            )
          : h("span.count", {}, `${line.quantity} ×`),
        free
          ? h("input.price", {
              type: "text",
              inputmode: "decimal",
              value: amountOf(line.price),
              "data-key": `price-${at}`,
              "aria-label": say("priceOf", {
                item: name,
                floor: item.pricing?.floor ?? "",
                ceiling: item.pricing?.ceiling ?? "",
              }),
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
export function drawTotal(counter) {
  return h("p.total", {}, h("span", {}, say("total")), h("b", {}, counter.money(flows.due(counter.flow))));
}

/** Why not, who else has some, and what can be done. @param {Counter} counter @param {Hands} hands */
export function drawRefusal(counter, hands) {
  const { refusal } = counter.flow;
  if (!refusal) return null;
  const detail =
    refusal.errors?.length && refusal.code === "VALIDATION"
      ? refusal.errors.map((fault) => fault.detail).join(" ")
      : refusal.detail;
  /** @type {Child[]} */
  const content = [h("p", {}, detail || refusal.title || refusal.code)];
  if (refusal.limited_by) content.push(h("p.quiet", {}, say(`limit-${refusal.limited_by}`)));
  if (refusal.code === "SOLD_OUT" && counter.online) content.push(...drawElsewhere(counter, hands));
  return h("div.refusal", { role: "alert" }, ...content);
}

/** @param {Counter} counter @param {Hands} hands */
function drawElsewhere(counter, hands) {
  const { refusal, lines } = counter.flow;
  const lacks = refusal ? lacking(refusal, lines, counter.items, counter.numbers, counter.channel) : [];
  const need = lacks[0];
  const names = new Map(counter.names.pools.map((pool) => [pool.pool, pool.name]));
  if (!need || !names.has(need.pool)) return [];
  const numbers = { rows: counter.numbers.rows, ...counter.names };
  const others = elsewhere(numbers, counter.channel).filter((row) => row.pool === need.pool);
  const likely = others.find((row) => row.free >= need.missing) ?? others[0];
  return [
    h("h3", {}, say("elsewhere", { pool: names.get(need.pool) ?? "" })),
    others.length || !numbers.rows.size ? null : h("p.quiet", {}, say("nowhere")),
    h(
      "form.stack.transfer",
      {
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          hands.transfer(/** @type {HTMLFormElement} */ (event.target));
        },
      },
      h("input", { type: "hidden", name: "pool", value: need.pool }),
      h(
        "ul.elsewhere",
        { role: "list" },
        ...others.slice(0, MOST_SHOWN).map((row) =>
          h(
            "li",
            {},
            h(
              "label",
              {},
              h("input", {
                type: "radio",
                name: "source",
                value: row.stock,
                checked: row === likely,
                "data-key": `source-${row.stock}`,
              }),
              h("span", {}, row.open ? say("openStock") : row.name),
              h("b", {}, String(row.free)),
            ),
          ),
        ),
      ),
      h(
        "label",
        {},
        say("units"),
        h("input", {
          name: "units",
          type: "number",
          min: 1,
          value: need.missing,
          required: true,
          "data-key": "units",
        }),
      ),
      h(
        "label",
        {},
        say("why"),
        h("input", {
          name: "reason",
          required: true,
          maxlength: 300,
          value: say("transferReason"),
          "data-key": "why",
        }),
      ),
      refusal?.answer ? h("p", { role: "alert" }, refusal.answer) : null,
      h("button", { type: "submit" }, say("askTransfer")),
    ),
  ];
}
