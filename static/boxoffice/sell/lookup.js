/** A booking that somebody comes back with: found, printed again, refunded, changed. */

import { fill, h, place } from "#sell/dom";
import { dialog, wordsOf } from "#sell/dialogs";
import { minorOf, signedOf } from "#sell/money";
import { ask } from "#sell/api";
import { whenText } from "#sell/dates";
import { printReceipt } from "#sell/paper";
import { Rework } from "#sell/rework";
import { orderText, say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Match, OfflineSale, Paid} from "./types.d.ts" */

// Of the device's own sales, while nobody else can be asked.
const SHOWN = 20;

/** With the tickets that a booking still has. @param {Match} match @returns {Match} */
function left(match) {
  const lines = match.booking.lines.map((line) => ({ ...line, quantity: line.quantity - line.refunded }));
  return { ...match, booking: { ...match.booking, lines: lines.filter((line) => line.quantity > 0) } };
}

/** @param {Counter} counter @param {Paid} paid */
function paidText(counter, { receipt, kind, amount, reference }) {
  const text = [say(`kind-${kind}`), counter.money(signedOf(amount)), reference].filter(Boolean).join(" ");
  return receipt ? `${receipt}: ${text}` : text;
}

/** @param {Element} place @returns {HTMLFormElement} */
function formIn(place) {
  return /** @type {HTMLFormElement} */ (place.querySelector("form"));
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
        ? this.#work(work)
        : matches === null
          ? []
          : matches.length
            ? matches.map((match) => this.#match(match))
            : [h("p.empty", { role: "status" }, say("nothingFound"))]),
    ]);
    // What is typed stays in a form that is drawn anew, and its sum is of that.
    if (work) new Rework(this.counter, work.match, work.what).count(formIn(place("[data-lookup]")));
  }

  /** @param {{match: Match, what: "refund" | "change"}} work @returns {Node[]} */
  #work({ match, what }) {
    const rework = new Rework(this.counter, match, what);
    return rework.draw(
      (form) => void this.#do(() => this.#send(what, rework.body(form), rework.title)),
      () => {
        this.work = null;
        this.problem = "";
        this.draw();
      },
    );
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
        `${match.event.name}, ${whenText(match.event, this.counter.catalog?.venue.time_zone)}`,
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
            payments.map((paid) => paidText(this.counter, paid)).join(" · "),
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

  /** @param {"refund" | "change"} what @param {unknown} body @param {string} said */
  async #send(what, body, said) {
    const answer = await this.counter.change(what, `/counter/${what}s/`, body, said);
    const amount = signedOf(answer.payment?.amount ?? "0.00");
    const done = amount < 0 ? "doneBack" : amount > 0 ? "donePaid" : "doneEven";
    this.work = null;
    this.said = say(done, {
      what: say(`${what}Done`),
      receipt: answer.payment?.receipt ?? "",
      amount: this.counter.money(Math.abs(amount)),
    });
    await this.#find(answer.booking.number);
    void this.counter.refresh();
  }
}
