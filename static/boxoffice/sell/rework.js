/** The form in which a booking is refunded or changed. */

import { h } from "#sell/dom";
import { amountOf, minorOf, signedOf } from "#sell/money";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Item, Kind, Match, Paid} from "./types.d.ts" */

const MONEY = /** @type {Kind[]} */ (["CASH", "CARD", "UPI"]);

/**
 * In which kinds something can be given back: money in any kind of money, what is on account or was given away as that.
 * @param {Paid[]} payments @returns {Kind[]}
 */
export function kindsBack(payments) {
  /** @param {Kind[]} kinds */
  const paid = (kinds) =>
    payments.reduce((sum, one) => sum + (kinds.some((kind) => kind === one.kind) ? signedOf(one.amount) : 0), 0);
  const families = [MONEY, /** @type {Kind[]} */ (["ON_ACCOUNT"]), /** @type {Kind[]} */ (["COMPLIMENTARY"])];
  return families.filter((family) => paid(family) > 0).flat();
}

/**
 * In which kinds a change can be paid or given back.
 * @param {Paid[]} payments @param {boolean} mayGiveAway @returns {Kind[]}
 */
export function kindsOfChange(payments, mayGiveAway) {
  const back = kindsBack(payments);
  const free = /** @type {Kind[]} */ (mayGiveAway || back.includes("COMPLIMENTARY") ? ["COMPLIMENTARY"] : []);
  return [...MONEY, "ON_ACCOUNT", ...free];
}

export class Rework {
  /** @param {Counter} counter @param {Match} match @param {"refund" | "change"} what */
  constructor(counter, match, what) {
    this.counter = counter;
    this.match = match;
    this.isRefund = what === "refund";
    this.mayRefund = Boolean(counter.catalog?.clerk.may_refund);
    this.title = say(`${what}Of`, { number: match.booking.number });
  }

  /** Items that the booking can have besides; what it has at the same price grows in its own line. @returns {Item[]} */
  get #others() {
    const { booking } = this.match;
    if (this.isRefund) return [];
    const event = this.counter.events.find((one) => one.id === booking.event);
    const grows = (/** @type {Item} */ item) =>
      this.mayRefund &&
      booking.lines.some((line) => line.item === item.id && minorOf(line.unit_price) === minorOf(item.price));
    return (event?.items ?? []).filter((item) => item.sellable > 0 && !grows(item));
  }

  /** @param {(form: HTMLFormElement) => void} done @param {() => void} back @returns {Node[]} */
  draw(done, back) {
    const form = h(
      "form.stack",
      {
        oninput: (/** @type {Event} */ event) =>
          this.count(/** @type {HTMLFormElement} */ (event.currentTarget)),
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          done(/** @type {HTMLFormElement} */ (event.currentTarget));
        },
      },
      ...this.#lines(),
      ...this.#others.map((item) =>
        h(
          "label.quantity",
          {},
          h(
            "span",
            {},
            say("add", { item: item.name }),
            " ",
            h("span.quiet", {}, say("each", { price: this.counter.money(minorOf(item.price) ?? 0) })),
          ),
          h("input", {
            name: `add-${item.id}`,
            type: "number",
            min: 0,
            max: item.sellable,
            inputmode: "numeric",
            "data-key": `add-${item.id}`,
          }),
        ),
      ),
      ...this.#payment(),
      h("p.total", {}, h("span", { "data-sum-label": "" }), h("b", { "data-sum": "" })),
      h("button.primary", { type: "submit" }, say(this.isRefund ? "refund" : "changeBooking")),
      h("button", { type: "button", "data-key": "back", onclick: back }, say("back")),
    );
    return [h("h3", {}, this.title), form];
  }

  #lines() {
    const { isRefund, mayRefund, match } = this;
    return match.booking.lines.map((line) =>
      h(
        "label.quantity",
        {},
        h(
          "span",
          {},
          match.items[String(line.item)] ?? "",
          " ",
          h("span.quiet", {}, say(isRefund ? "ofSold" : "keeps", { count: line.quantity })),
        ),
        h("input", {
          name: `line-${line.line}`,
          type: "number",
          min: 0,
          max: isRefund || !mayRefund ? line.quantity : 999,
          value: line.quantity,
          inputmode: "numeric",
          required: true,
          disabled: !isRefund && !mayRefund,
          "data-key": `line-${line.line}`,
        }),
      ),
    );
  }

  #payment() {
    const { isRefund, match } = this;
    const mayGiveAway = Boolean(this.counter.catalog?.clerk.may_give_away);
    const kinds = isRefund ? kindsBack(match.payments) : kindsOfChange(match.payments, mayGiveAway);
    const paidBy = match.payments.find((paid) => signedOf(paid.amount) > 0)?.kind ?? "CASH";
    const text = isRefund
      ? { name: "reason", required: true, maxlength: 300, "data-key": "refund-why" }
      : { name: "reference", maxlength: 100, "data-key": "reference" };
    return [
      h(
        "label",
        {},
        say(isRefund ? "givenBackBy" : "paidBy"),
        h(
          "select",
          { name: "kind", "data-key": "kind" },
          ...(kinds.length ? kinds : MONEY).map((kind) =>
            h("option", { value: kind, selected: kind === paidBy }, say(`kind-${kind}`)),
          ),
        ),
      ),
      h("label", {}, say(isRefund ? "why" : "payerReference"), h("input", { autocomplete: "off", ...text })),
    ];
  }

  /** Show what it comes to. @param {HTMLFormElement} form */
  count(form) {
    const amount = this.#amount(form);
    const back = this.isRefund || amount < 0;
    const label = form.querySelector("[data-sum-label]");
    const sum = form.querySelector("[data-sum]");
    if (label) label.textContent = say(back ? "givesBack" : "difference");
    if (sum) sum.textContent = this.counter.money(Math.abs(amount));
  }

  /** @param {HTMLFormElement} form @param {string} name */
  #number(form, name) {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? Math.trunc(Number(field.value)) || 0 : 0;
  }

  /** Of a refund what it gives back; of a change what is to be paid. @param {HTMLFormElement} form @returns {number} */
  #amount(form) {
    let sum = 0;
    for (const line of this.match.booking.lines) {
      const count = this.#number(form, `line-${line.line}`);
      sum += (minorOf(line.unit_price) ?? 0) * (this.isRefund ? count : count - line.quantity);
    }
    for (const item of this.#others) {
      sum += (minorOf(item.price) ?? 0) * this.#number(form, `add-${item.id}`);
    }
    return sum;
  }

  /** What the server is sent. @param {HTMLFormElement} form */
  body(form) {
    const { booking } = this.match;
    const fields = new FormData(form);
    const own = { channel: this.counter.channel, booking: booking.id };
    const kind = String(fields.get("kind"));
    const lines = booking.lines.map((line) => ({
      line: line.line,
      quantity: this.#number(form, `line-${line.line}`),
      before: line.quantity,
    }));
    const named = (/** @type {typeof lines} */ some) => some.map(({ line, quantity }) => ({ line, quantity }));
    if (this.isRefund) {
      const given = named(lines.filter((line) => line.quantity > 0));
      return { ...own, lines: given, kind, reason: String(fields.get("reason")).trim() };
    }
    const add = this.#others
      .map((item) => ({ item: item.id, quantity: this.#number(form, `add-${item.id}`) }))
      .filter((line) => line.quantity > 0);
    const due = this.#amount(form);
    const reference = String(fields.get("reference")).trim();
    const tendered = kind === "CASH" && due > 0 ? { tendered: amountOf(due) } : {};
    const payment = { kind, ...tendered, ...(reference ? { reference } : {}) };
    return { ...own, lines: named(lines.filter((line) => line.quantity !== line.before)), add, payment };
  }
}
