/** The terminal: what it knows and keeps, whether it reaches the server, and what it still has to send. */

import { State } from "#state";
import { NoAnswer, Refused, ask, newKey } from "#sell/api";
import { Clock } from "#sell/clock";
import * as flows from "#sell/flow";
import { TerminalLock } from "#sell/lock";
import { moneyText } from "#sell/money";
import { leaseFor, leasedOffers, leftOf, liveOffers } from "#sell/offers";
import { Store, StorageFull, lastHere, noteHere, othersQueued } from "#sell/store";
import { send } from "#sell/sync";
import { orderText, say } from "#sell/words";

/** @import {Catalog, CounterEvent, Flow, Item, Lease, OfflineSale, Pending} from "./types.d.ts" */
/** @import {Manner} from "#sell/api" */
/** @import {Offer} from "#sell/offers" */

/** @typedef {"starting" | "ready" | "signedOut" | "refused" | "unknown" | "outdated"} Condition */

export class Terminal {
  /** @param {number} channel @param {() => void} changed @param {(text: string) => void} announce */
  constructor(channel, changed, announce) {
    this.channel = channel;
    this.changed = changed;
    this.announce = announce;
    this.clock = new Clock();
    this.flow = flows.begin();
    this.numbers = new State();
    /** @type {{pools: {pool: number, name: string}[], channels: {channel: number, name: string}[]}} */
    this.names = { pools: [], channels: [] };
    /** @type {Condition} */
    this.condition = "starting";
    /** Why the server lets nobody in, in its words. */
    this.detail = "";
    /** @type {Catalog | null} */
    this.catalog = null;
    /** @type {Store | null} */
    this.store = null;
    this.online = true;
    /** Of a counter with many events: what the wanted ones have in their names. */
    this.search = "";
    /** The person signs out: nothing is asked or kept any more. */
    this.hasLeft = false;
    /** The clerk wants to sell from the lease though the network is there. */
    this.prefersLease = false;
    /** @type {Lease[]} */
    this.leases = [];
    this.queued = 0;
    /** @type {OfflineSale[]} */
    this.troubled = [];
    /** @type {Pending[]} */
    this.waiting = [];
    this.others = 0;
    this.syncFailed = "";
    /** @type {OfflineSale | null} the last one, to be printed */
    this.lastOffline = null;
    this.lock = new TerminalLock(`finlo-sell-${channel}`, () => this.changed());
  }

  #sending = false;
  /** @type {Set<string>} keys */
  #asking = new Set();

  // --- Beginning ----------------------------------------------------------------------------

  async start() {
    await this.lock.take();
    const last = await lastHere();
    if (last) this.clock.restore(last.offset);
    await this.refresh();
    if (!this.catalog && last && this.condition === "starting") await this.openKept(last.person);
    if (!this.catalog) {
      if (this.condition === "starting") this.condition = "unknown";
      this.changed();
      return;
    }
    await this.askPending();
    this.changed();
  }

  /** Without the network: as the terminal was at the last contact. @param {number} person */
  async openKept(person) {
    const store = await this.open(person);
    const kept = await store.recall(`catalog:${this.channel}`);
    if (!kept) return;
    this.takeCatalog(kept);
    await this.recount();
  }

  /** @param {number} person */
  async open(person) {
    if (this.store?.person === person) return this.store;
    this.store = await Store.open(person, () => {
      this.condition = "outdated";
      this.changed();
    });
    this.others = await othersQueued(person);
    // So that a browser in need of room deletes something else first.
    await navigator.storage?.persist?.();
    return this.store;
  }

  /** @param {Catalog} catalog */
  takeCatalog(catalog) {
    this.catalog = catalog;
    this.condition = "ready";
    const known = catalog.events.some((event) => event.id === this.flow.event);
    if (!known && flows.isFree(this.flow)) {
      const leased = this.leases.find((lease) => lease.channel === this.channel);
      this.flow = flows.begin(catalog.events[0]?.id ?? leased?.event ?? null);
    }
  }

  /** Ask for the catalog: what may be sold, by whom, and whether the server can be reached at all. */
  async refresh() {
    if (this.hasLeft) return;
    const began = performance.now();
    try {
      /** @type {Catalog} */
      const catalog = await ask("GET", this.#catalogUrl, undefined, "", { hurry: true });
      this.clock.note(catalog.utc_now, performance.now() - began);
      if (this.hasLeft) return;
      const store = await this.open(catalog.clerk.id);
      this.takeCatalog(catalog);
      if (!this.search) await store.remember(`catalog:${this.channel}`, catalog);
      await noteHere({ person: catalog.clerk.id, channel: this.channel, offset: this.clock.offset });
      await this.recount();
      this.reached();
    } catch (error) {
      if (error instanceof Refused && error.isShut) this.shut(error);
      else if (error instanceof NoAnswer || error instanceof Refused) this.lost();
      else throw error;
    }
    this.changed();
  }

  get #catalogUrl() {
    const query = this.search ? `?q=${encodeURIComponent(this.search)}` : "";
    return `/counter/${this.channel}/catalog/${query}`;
  }

  /** @param {Refused} refused */
  shut(refused) {
    this.condition = refused.isSignedOut ? "signedOut" : "refused";
    this.detail = refused.problem.detail;
  }

  reached() {
    const back = !this.online;
    this.online = true;
    if (back) this.announce(say("backOnline"));
    if (this.condition === "ready") void this.sync();
  }

  lost() {
    if (this.online && this.condition === "ready") this.announce(say("nowOffline"));
    this.online = false;
  }

  /** What the store counts, for the screen. */
  async recount() {
    if (!this.store) return;
    this.leases = (await this.store.leases()).filter((lease) => lease.channel === this.channel);
    this.queued = await this.store.countQueued();
    this.troubled = await this.store.troubled();
    this.waiting = await this.store.pending();
  }

  // --- What can be sold ---------------------------------------------------------------------

  /** @returns {CounterEvent[]} */
  get events() {
    return this.catalog?.events ?? [];
  }

  /** @returns {CounterEvent | undefined} */
  get event() {
    return this.events.find((event) => event.id === this.flow.event);
  }

  /** @returns {Lease | undefined} */
  get lease() {
    return leaseFor(this.leases, this.channel, this.flow.event);
  }

  /** Whether tickets come from the terminal's lease now. */
  get sellsFromLease() {
    return !this.online || (this.prefersLease && this.lease !== undefined);
  }

  /** @returns {Offer[]} */
  get offers() {
    const { event, lease } = this;
    if (this.sellsFromLease) return lease ? leasedOffers(lease, event) : [];
    return event ? liveOffers(event, this.numbers.listings) : [];
  }

  /** @returns {Map<number, Item>} */
  get items() {
    return new Map(this.offers.map((offer) => [offer.item.id, offer.item]));
  }

  get currency() {
    return this.catalog?.venue.currency ?? "INR";
  }

  /** @param {number} minor */
  money(minor) {
    return moneyText(minor, this.currency);
  }

  /** How the order reads: "2 × Ticket". */
  get order() {
    const { items } = this;
    const lines = this.flow.lines.map(({ item, quantity }) => {
      return { quantity, name: items.get(item)?.name ?? String(item) };
    });
    return orderText(lines);
  }

  /** @param {Flow} flow */
  become(flow) {
    this.flow = flow;
    this.changed();
  }

  // --- Requests that change something ---------------------------------------------------------

  /**
   * Send a change with a key that outlives this page, and forget the key once there is an answer. What has none is kept and
   * asked again.
   * @param {Pending["what"]} what @param {string} url @param {unknown} body @param {string} [said]
   * @param {(answer: any) => Promise<void>} [keep] what has to be noted before the key is forgotten
   * @param {Manner} [manner]
   * @returns {Promise<any>}
   */
  async change(what, url, body, said = "", keep = async () => {}, manner = {}) {
    const key = newKey();
    // A hold ends by itself; of everything else somebody has to learn what became of it.
    const keeps = what !== "hold";
    const sentAt = this.clock.utc();
    const pending = { key, channel: this.channel, what, url, body, said, sentAt, refusal: null };
    if (keeps) await this.store?.expect(pending);
    this.#asking.add(key);
    try {
      const answer = await ask("POST", url, body, key, manner);
      await keep(answer);
      if (keeps) await this.store?.answered(key);
      this.reached();
      return answer;
    } catch (error) {
      if (error instanceof Refused && keeps) await this.store?.answered(key);
      if (error instanceof NoAnswer) this.lost();
      throw error;
    } finally {
      this.#asking.delete(key);
    }
  }

  /** Ask again for what has no answer yet. */
  async askPending() {
    if (!this.store || !this.online || !this.lock.isMine) return;
    for (const pending of await this.store.pending()) {
      if (pending.refusal || this.#asking.has(pending.key)) continue;
      this.#asking.add(pending.key);
      try {
        const answer = await ask("POST", pending.url, pending.body, pending.key);
        if (pending.what === "lease") await this.store.keepLease(answer, this.catalog?.shift?.id ?? null);
        await this.store.answered(pending.key);
        this.announce(say("answered", { said: pending.said }));
      } catch (error) {
        if (!(error instanceof Refused) || error.isSignedOut || error.isPassing) return;
        await this.store.expect({ ...pending, refusal: error.problem });
      } finally {
        this.#asking.delete(pending.key);
      }
    }
    await this.recount();
  }

  /** The clerk has seen to a sale that was not made after all. @param {string} key */
  async settlePending(key) {
    await this.store?.answered(key);
    await this.recount();
    this.changed();
  }

  /** @param {unknown} error @param {string} lostWord */
  refuse(error, lostWord) {
    if (error instanceof Refused) {
      if (error.isSignedOut) this.shut(error);
      if (error.problem.code === "NO_OPEN_TILL") void this.refresh();
      this.become(flows.refuse(this.flow, error.problem));
    } else if (error instanceof NoAnswer) {
      this.become(flows.refuse(this.flow, { code: "NO_ANSWER", detail: say(lostWord) }));
    } else if (error instanceof StorageFull) {
      this.become(flows.refuse(this.flow, { code: "STORAGE_FULL", detail: say("storageFull") }));
    } else throw error;
  }

  // --- Sending what was sold without the network ------------------------------------------------

  /** Send what waits, and ask for what has no answer. One tab does it. */
  async sync() {
    if (this.#sending || !this.store || !this.lock.isMine || !this.online) return;
    this.#sending = true;
    try {
      await this.askPending();
      if (await this.store.countQueued()) {
        const sent = await send(this.store);
        await this.recount();
        this.announce(say("sentSaid", { count: sent }));
      }
      this.syncFailed = "";
    } catch (error) {
      if (error instanceof NoAnswer) this.lost();
      else if (error instanceof Refused && error.isSignedOut) this.shut(error);
      else this.syncFailed = (error instanceof Refused && error.problem.detail) || say("syncFailed");
      await this.recount();
    } finally {
      this.#sending = false;
      this.changed();
    }
  }

  /** The lease is over by a clock that may be wrong, and the clerk goes on. */
  async sellPastEnd() {
    const { lease } = this;
    if (!lease || !this.store) return;
    await this.store.sellPastEnd(lease.id);
    await this.recount();
    this.changed();
  }

  get leftOffline() {
    return this.leases.reduce((sum, lease) => sum + (lease.status === "ACTIVE" ? leftOf(lease) : 0), 0);
  }
}
