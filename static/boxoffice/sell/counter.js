/** The counter: a sale from the hold to the payment, online and from the terminal's lease. */

import { NoAnswer, Refused, ask } from "#sell/api";
import * as flows from "#sell/flow";
import { amountOf, minorOf } from "#sell/money";
import { isOver } from "#sell/offers";
import { NotLeased, StorageFull, shortage } from "#sell/store";
import { Terminal } from "#sell/terminal";
import { say } from "#sell/words";

/** @import {Booking, Kind, Payment} from "./types.d.ts" */

// The end of a hold is the server's to say; a payment that is begun a moment before it is too late anyway.
const NEARLY_MS = 500;

export class Counter extends Terminal {
  async start() {
    await super.start();
    await this.resumeHold();
    this.changed();
  }

  /** Sell in this tab instead of another one, which says so; what that one holds goes on here. */
  async takeOver() {
    await this.lock.take(true);
    await this.refresh();
    await this.resumeHold();
    this.changed();
  }

  // --- Holding ------------------------------------------------------------------------------

  async hold() {
    const flow = flows.holding(this.flow);
    if (flow === this.flow || !this.lock.isMine) return;
    this.become(flow);
    if (this.sellsFromLease) {
      await this.#takeFromLease();
      return;
    }
    const lines = flows.orderLines(flow.lines, this.items, amountOf);
    const body = { channel: this.channel, event: flow.event, lines };
    try {
      // With a lease there is something else to sell: nobody waits long for a network that may be gone.
      const manner = { hurry: this.lease !== undefined };
      const booking = await this.change("hold", "/api/v1/bookings/", body, "", undefined, manner);
      await this.keepHold(booking);
      this.become(flows.held(this.flow, booking));
      this.announce(say("heldSaid", { number: booking.number }));
    } catch (error) {
      // The hold that may have been made ends by itself; the lease has tickets at once.
      if (error instanceof NoAnswer && this.lease) await this.#takeFromLease();
      else this.refuse(error, "noAnswerHold");
      if (this.flow.refusal?.code === "SOLD_OUT") await this.learnPools();
    }
  }

  /** Of which pools a transfer could be asked for, where the live socket has not told. */
  async learnPools() {
    if (this.names.pools.length || !this.flow.event) return;
    try {
      const query = `event=${this.flow.event}&channel=${this.channel}`;
      const { pools } = await ask("GET", `/api/v1/allocation/?${query}`);
      this.names.pools = pools.map((/** @type {any} */ pool) => ({ pool: pool.id, name: pool.name }));
      this.changed();
    } catch {
      // Whom to ask, the refusal itself does not say; the sale is refused all the same.
    }
  }

  /** @param {import("./types.d.ts").Line[]} lines */
  leaseHas(lines) {
    const { lease } = this;
    return lease !== undefined && !isOver(lease, this.clock.now()) && shortage(lease, lines) === null;
  }

  async #takeFromLease() {
    const { lease } = this;
    const refuse = (/** @type {string} */ code, /** @type {string} */ detail) =>
      this.become(flows.refuse(this.flow, { code, detail }));
    if (!lease) {
      refuse("OFFLINE", say("noLease"));
      return;
    }
    if (isOver(lease, this.clock.now())) {
      refuse("LEASE_OVER", say("leaseOver"));
      return;
    }
    const short = shortage(lease, this.flow.lines);
    if (short) {
      refuse("LEASE_SHORT", this.#shortWords(short));
      return;
    }
    try {
      await this.store?.requireRoom();
    } catch (error) {
      this.refuse(error, "noAnswer");
      return;
    }
    const prices = new Map(lease.lines.map((line) => [line.item, minorOf(line.unit_price) ?? 0]));
    const lines = this.flow.lines.map((line) => ({ ...line, price: prices.get(line.item) ?? line.price }));
    this.become(flows.held({ ...this.flow, lines }, null));
  }

  /** @param {{item: number, left: number}} short */
  #shortWords({ item, left }) {
    return say("leaseShort", { left, item: this.items.get(item)?.name ?? "" });
  }

  async extend() {
    const { booking } = this.flow;
    if (!booking) return;
    try {
      const answer = await this.change("hold", `/api/v1/bookings/${booking.id}/extend/`, {});
      this.become({ ...this.flow, booking: answer, refusal: null });
      this.announce(say("extendedSaid"));
    } catch (error) {
      this.refuse(error, "noAnswer");
    }
  }

  async release() {
    const { booking, step } = this.flow;
    if (step !== "pay") return;
    this.become(flows.begin(this.flow.event));
    if (!booking) return;
    await this.keepHold(null);
    try {
      const body = { reason: say("releaseReason") };
      await this.change("hold", `/api/v1/bookings/${booking.id}/cancel/`, body);
      this.announce(say("releasedSaid"));
    } catch {
      // It ends by itself when its time is over.
      this.announce(say("releaseLater"));
    }
    void this.refresh();
  }

  /** Called some times a second. @returns {number} milliseconds that are left of the hold; Infinity without one */
  tick() {
    const until = this.flow.booking?.utc_expires_at;
    if (this.flow.step !== "pay" || !until) return Infinity;
    const left = Date.parse(until) - this.clock.now();
    if (left <= NEARLY_MS) {
      void this.keepHold(null);
      this.become(flows.lapse(this.flow));
      this.announce(say("lapsedSaid"));
    }
    return left;
  }

  /** @param {Booking | null} booking */
  async keepHold(booking) {
    await this.store?.remember(`hold:${this.channel}`, booking?.id ?? null);
  }

  async resumeHold() {
    const id = await this.store?.recall(`hold:${this.channel}`);
    if (!id || !this.online || !this.lock.isMine || this.flow.step !== "choose") return;
    try {
      /** @type {Booking} */
      const booking = await ask("GET", `/api/v1/bookings/${id}/`);
      if (booking.status === "ON_HOLD") this.become(flows.resume(booking));
      else await this.keepHold(null);
    } catch {
      // It ends by itself.
    }
  }

  // --- Selling ------------------------------------------------------------------------------

  /** Whether it is paid so here: UPI is in rupees, and not every clerk gives tickets away. @param {Kind} kind */
  takes(kind) {
    if (kind === "UPI") return this.currency === "INR";
    return kind !== "COMPLIMENTARY" || Boolean(this.catalog?.clerk.may_give_away);
  }

  /** @param {Kind} kind */
  pay(kind) {
    if (!this.takes(kind)) return;
    this.become(flows.payBy(this.flow, kind));
    // Cash that is given exactly, or was typed before, needs no further key.
    if (kind === "CASH") void this.sell();
  }

  async sell() {
    if (this.flow.step !== "pay" || !this.lock.isMine) return;
    const need = flows.missing(this.flow);
    if (need) {
      this.become(flows.refuse(this.flow, { code: "MISSING", detail: say(`missing-${need}`) }));
      return;
    }
    const flow = flows.selling(this.flow);
    const payment = flows.payment(flow, amountOf);
    // Without the network the lease has such tickets too. The hold, of which nothing was sold, ends by itself.
    const leased = flow.booking === null || (!this.online && this.leaseHas(flow.lines));
    this.become(leased ? { ...flow, booking: null } : flow);
    if (flow.booking && !leased) await this.#sellHeld(flow.booking, payment);
    else await this.#sellLeased(payment);
  }

  /** @param {Booking} booking @param {Payment} payment */
  async #sellHeld(booking, payment) {
    const body = { channel: this.channel, booking: booking.id, payment };
    const said = `${this.order}, ${this.money(flows.due(this.flow))}`;
    try {
      const answer = await this.change("sale", "/counter/sales/", body, said);
      await this.keepHold(null);
      this.#sold(answer.payment);
    } catch (error) {
      if (error instanceof NoAnswer) {
        // It may be sold. It is asked again until the server says so; nothing is sold twice.
        await this.keepHold(null);
        await this.recount();
        this.become(flows.begin(this.flow.event));
        this.announce(say("saleWaits"));
      } else if (error instanceof Refused && error.problem.code === "HOLD_EXPIRED") {
        await this.keepHold(null);
        this.become(flows.lapse(this.flow));
        this.announce(say("lapsedSaid"));
      } else this.refuse(error, "noAnswer");
    }
    void this.refresh();
  }

  /** @param {import("./types.d.ts").Paid} paid */
  #sold(paid) {
    const change = paid.change === null ? null : minorOf(paid.change);
    this.become(
      flows.done(this.flow, {
        receipt: paid.receipt,
        total: minorOf(paid.amount) ?? 0,
        change,
        kind: paid.kind,
        payment: String(paid.id),
        offline: false,
      }),
    );
    this.announce(say("soldSaid", { receipt: paid.receipt }));
  }

  /** @param {Payment} payment */
  async #sellLeased(payment) {
    const { lease, store, flow, items } = this;
    const total = flows.due(flow);
    try {
      if (!lease || !store) throw new NotLeased(0, 0);
      const back = payment.kind === "CASH" ? (flows.changeDue(flow) ?? 0) : null;
      const noted = await store.sell(lease.id, {
        soldAt: this.clock.utc(),
        lines: flow.lines.map((line) => ({
          item: line.item,
          quantity: line.quantity,
          unit_price: amountOf(line.price),
          name: items.get(line.item)?.name ?? "",
        })),
        total: amountOf(total),
        payment,
        change: back === null ? null : amountOf(back),
      });
      this.lastOffline = noted;
      await this.recount();
      const { receipt } = noted;
      const sold = { receipt, total, change: back, kind: payment.kind, payment: null, offline: true };
      this.become(flows.done(this.flow, sold));
      this.announce(say("soldSaid", { receipt }));
      if (this.online) void this.sync();
    } catch (error) {
      if (error instanceof StorageFull) {
        this.become(flows.refuse(this.flow, { code: "STORAGE_FULL", detail: say("storageFull") }));
      } else if (error instanceof NotLeased) {
        const detail = this.#shortWords(error);
        await this.recount();
        this.become(flows.refuse(this.flow, { code: "SOLD_OUT", detail }));
      } else {
        this.become(flows.refuse(this.flow, { code: "FAILED", detail: say("notNoted") }));
      }
    }
  }
}
