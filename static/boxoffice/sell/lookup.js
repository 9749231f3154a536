/** A booking that somebody comes back with: found, printed again, refunded, changed. */

import { fill, h, place } from "#sell/dom";
import { dialog, wordsOf } from "#sell/dialogs";
import { amountOf, minorOf } from "#sell/money";
import { ask } from "#sell/api";
import { printReceipt } from "#sell/paper";
import { orderText, say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Booking, Kind, OfflineSale, Paid} from "./types.d.ts" */

/** @typedef {{booking: Booking, event: {id: number, name: string, utc_starts_at: string}, items: Record<string, string>, payments: Paid[]}} Match */

// Of the device's own sales, while nobody else can be asked.
const SHOWN = 20;
const KINDS = /** @type {Kind[]} */ (["CASH", "CARD", "UPI", "ON_ACCOUNT", "COMPLIMENTARY"]);

/** With the tickets that a booking still has. @param {Match} match @returns {Match} */
function left(match) {
  const lines = match.booking.lines.map((line) => ({ ...line, quantity: line.quantity - line.refunded }));
  return { ...match, booking: { ...match.booking, lines: lines.filter((line) => line.quantity > 0) } };
}

/** @param {Paid} paid */
function paidText({ receipt, kind, amount }) {
  const text = `${say(`kind-${kind}`)} ${amount}`;
  return receipt ? `${receipt}: ${text}` : text;
}

export class LookUp {
  /** @param {Counter} counter */
  constructor(counter) {
    this.counter = counter;
    this.element = dialog("#lookup");
    /** @type {Match[] | null} */
    this.matches = null;
    /** @type {{match: Match, what: "refund" | "change"} | null} */
    this.work = null;
    /** @type {OfflineSale[]} */
    this.own = [];
    this.said = "";
    this.problem = "";
    const form = /** @type {HTMLFormElement} */ (place("#lookup form"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.work = null;
      this.said = "";
      void this.#do(() => this.#find(String(new FormData(form).get("q")).trim()));
    });
  }

  async open() {
    this.own = this.counter.online ? [] : ((await this.counter.store?.newest(SHOWN)) ?? []);
    this.matches = null;
    this.work = null;
    this.said = this.problem = "";
    this.element.showModal();
    this.draw();
  }

  draw() {
    if (!this.element.open) return;
    const { work, matches } = this;
    fill(place("[data-lookup]"), [
      this.problem ? h("p.refusal", { role: "alert" }, this.problem) : null,
      this.said ? h("p.done", { role: "status" }, this.said) : null,
      ...this.#own(),
      ...(work
        ? this.#form(work.match, work.what)
        : matches === null
          ? []
          : matches.length
            ? matches.map((match) => this.#match(match))
            : [h("p.empty", { role: "status" }, say("nothingFound"))]),
    ]);
  }

  /** @param {() => Promise<unknown>} work */
  async #do(work) {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      this.problem = wordsOf(error);
    }
    this.draw();
  }

  /** @param {string} text */
  async #find(text) {
    if (!text) return;
    const body = { channel: this.counter.channel, q: text };
    const { results } = await ask("POST", "/counter/bookings/find/", body);
    this.matches = results.map(left);
  }

  /** What this device has sold from its leases, to be printed again. @returns {Node[]} */
  #own() {
    if (!this.own.length) return [];
    return [
      h("h3", {}, say("ownSales")),
      ...this.own.map((sale) =>
        h(
          "section.panel.lease",
          {},
          h(
            "h3",
            {},
            say("receipt", { number: sale.receipt }),
            " · ",
            this.counter.money(minorOf(sale.total) ?? 0),
          ),
          h("p.quiet", {}, orderText(sale.lines)),
          h(
            "div.row",
            {},
            h(
              "button",
              {
                type: "button",
                "data-key": `paper-${sale.clientId}`,
                onclick: () => printReceipt(this.counter, sale),
              },
              say("print"),
            ),
          ),
        ),
      ),
    ];
  }

  /** @param {Match} match @returns {Node} */
  #match(match) {
    const { booking, payments } = match;
    const last = payments.findLast((paid) => paid.receipt);
    const isSold = booking.status === "CONFIRMED";
    const mayRefund = this.counter.catalog?.clerk.may_refund && this.counter.catalog.shift;
    const begin = (/** @type {"refund" | "change"} */ what) => () => {
      this.work = { match, what };
      this.said = this.problem = "";
      this.draw();
    };
    return h(
      "section.panel.lease",
      {},
      h("h3", {}, booking.number, " · ", this.counter.money(minorOf(booking.total) ?? 0)),
      h(
        "p.quiet",
        {},
        match.event.name,
        isSold ? "" : ` · ${say(`status-${booking.status}`)}`,
        booking.reference ? ` · ${booking.reference}` : "",
      ),
      h(
        "ul.lines",
        { role: "list" },
        ...booking.lines.map((line) =>
          h(
            "li",
            {},
            h("span.name", {}, match.items[String(line.item)] ?? ""),
            h("span.amount", {}, `${line.quantity} × ${this.counter.money(minorOf(line.unit_price) ?? 0)}`),
          ),
        ),
      ),
      payments.length
        ? h(
            "p.quiet",
            {},
            payments.map(paidText).join(", "),
          )
        : null,
      h(
        "div.row",
        {},
        last
          ? h(
              "a.button",
              {
                href: `/counter/receipts/${last.id}/`,
                target: "_blank",
                rel: "noopener",
                "data-key": `print-${booking.id}`,
              },
              say("print"),
            )
          : null,
        isSold && mayRefund
          ? h(
              "button",
              { type: "button", "data-key": `refund-${booking.id}`, onclick: begin("refund") },
              say("refund"),
            )
          : null,
        isSold && this.counter.catalog?.shift
          ? h(
              "button",
              { type: "button", "data-key": `change-${booking.id}`, onclick: begin("change") },
              say("changeBooking"),
            )
          : null,
      ),
    );
  }

  /** @param {Match} match @param {"refund" | "change"} what @returns {Node[]} */
  #form(match, what) {
    const { counter } = this;
    const { booking, payments } = match;
    const isRefund = what === "refund";
    const mayRefund = counter.catalog?.clerk.may_refund;
    const paidBy = payments.find((paid) => Number(paid.amount) > 0)?.kind ?? "CASH";
    const event = counter.events.find((one) => one.id === booking.event);
    const sum = h(
      "p.total",
      {},
      h("span", {}, say(isRefund ? "givesBack" : "difference")),
      h("b", { "data-sum": "" }),
    );
    const form = /** @type {HTMLFormElement} */ (
      h(
        "form.stack",
        {
          oninput: () => this.#sum(form, match, isRefund),
          onsubmit: (/** @type {SubmitEvent} */ submit) => {
            submit.preventDefault();
            void this.#do(() => (isRefund ? this.#refund(form, match) : this.#change(form, match)));
          },
        },
        ...booking.lines.map((line) =>
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
        ),
        ...(isRefund
          ? []
          : (event?.items ?? [])
              .filter((item) => item.sellable > 0)
              .map((item) =>
                h(
                  "label.quantity",
                  {},
                  h("span", {}, say("add", { item: item.name })),
                  h("input", {
                    name: `add-${item.id}`,
                    type: "number",
                    min: 0,
                    max: item.sellable,
                    inputmode: "numeric",
                    "data-key": `add-${item.id}`,
                  }),
                ),
              )),
        h(
          "label",
          {},
          say(isRefund ? "givenBackBy" : "paidBy"),
          h(
            "select",
            { name: "kind", "data-key": "kind" },
            ...KINDS.map((kind) =>
              h("option", { value: kind, selected: kind === paidBy }, say(`kind-${kind}`)),
            ),
          ),
        ),
        isRefund
          ? h(
              "label",
              {},
              say("why"),
              h("input", {
                name: "reason",
                required: true,
                maxlength: 300,
                autocomplete: "off",
                "data-key": "refund-why",
              }),
            )
          : h(
              "label",
              {},
              say("payerReference"),
              h("input", { name: "reference", maxlength: 100, autocomplete: "off", "data-key": "reference" }),
            ),
        sum,
        h("button.primary", { type: "submit" }, say(isRefund ? "refund" : "changeBooking")),
        h(
          "button",
          {
            type: "button",
            "data-key": "back",
            onclick: () => {
              this.work = null;
              this.draw();
            },
          },
          say("back"),
        ),
      )
    );
    this.#sum(form, match, isRefund);
    return [h("h3", {}, say(isRefund ? "refundOf" : "changeOf", { number: booking.number })), form];
  }

  /** What it comes to, while it is typed. @param {HTMLFormElement} form @param {Match} match @param {boolean} isRefund */
  #sum(form, match, isRefund) {
    const place = form.querySelector("[data-sum]");
    if (place) place.textContent = this.counter.money(this.#amount(form, match, isRefund));
  }

  /** @param {HTMLFormElement} form @param {string} name */
  #count(form, name) {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? Math.trunc(Number(field.value)) || 0 : 0;
  }

  /** @param {HTMLFormElement} form @param {Match} match @param {boolean} isRefund @returns {number} */
  #amount(form, match, isRefund) {
    let sum = 0;
    for (const line of match.booking.lines) {
      const count = this.#count(form, `line-${line.line}`);
      sum += (minorOf(line.unit_price) ?? 0) * (isRefund ? count : count - line.quantity);
    }
    const event = this.counter.events.find((one) => one.id === match.booking.event);
    for (const item of isRefund ? [] : (event?.items ?? [])) {
      sum += (minorOf(item.price) ?? 0) * this.#count(form, `add-${item.id}`);
    }
    return sum;
  }

  /** @param {HTMLFormElement} form @param {Match} match */
  async #refund(form, match) {
    const { booking } = match;
    const fields = new FormData(form);
    const lines = booking.lines
      .map((line) => ({ line: line.line, quantity: this.#count(form, `line-${line.line}`) }))
      .filter((line) => line.quantity > 0);
    const body = {
      channel: this.counter.channel,
      booking: booking.id,
      lines,
      kind: fields.get("kind"),
      reason: String(fields.get("reason")).trim(),
    };
    const said = say("refundOf", { number: booking.number });
    await this.#send("refund", "/counter/refunds/", body, said);
  }

  /** @param {HTMLFormElement} form @param {Match} match */
  async #change(form, match) {
    const { booking } = match;
    const fields = new FormData(form);
    const lines = booking.lines
      .map((line) => ({
        line: line.line,
        quantity: this.#count(form, `line-${line.line}`),
        before: line.quantity,
      }))
      .filter((line) => line.quantity !== line.before)
      .map(({ line, quantity }) => ({ line, quantity }));
    const event = this.counter.events.find((one) => one.id === booking.event);
    const add = (event?.items ?? [])
      .map((item) => ({ item: item.id, quantity: this.#count(form, `add-${item.id}`) }))
      .filter((line) => line.quantity > 0);
    const due = this.#amount(form, match, false);
    const kind = String(fields.get("kind"));
    const reference = String(fields.get("reference")).trim();
    const tendered = kind === "CASH" && due > 0 ? { tendered: amountOf(due) } : {};
    const payment = { kind, ...tendered, ...(reference ? { reference } : {}) };
    const body = { channel: this.counter.channel, booking: booking.id, lines, add, payment };
    await this.#send("change", "/counter/changes/", body, say("changeOf", { number: booking.number }));
  }

  /** @param {"refund" | "change"} what @param {string} url @param {unknown} body @param {string} said */
  async #send(what, url, body, said) {
    const answer = await this.counter.change(what, url, body, said);
    this.work = null;
    this.said = say(`${what}Done`, {
      receipt: answer.payment?.receipt ?? "",
      amount: answer.payment?.amount ?? "0.00",
    });
    await this.#find(answer.booking.number);
    void this.counter.refresh();
  }
}
