/** What the counter can sell of an event now, as its tiles show it. No page, no network. */

import { minorOf } from "#sell/money";
import { levelOf } from "#state";

/** @import {Listing} from "#state" */
/** @import {CounterEvent, Item, Lease} from "./types.d.ts" */

/** What the live socket tells of a listing, as far as a tile shows it. @typedef {Pick<Listing, "sellable" | "status" | "possible" | "why" | "detail">} Told */

/**
 * @typedef {object} Offer
 * @property {Item} item
 * @property {number} price in minor units
 * @property {number} sellable
 * @property {ReturnType<typeof levelOf>} level
 * @property {string} why the code of the refusal that a sale would get
 * @property {string} detail why it cannot be sold, in a sentence
 * @property {boolean} isOpen
 */

/**
 * Online: the catalog, made right by what the socket has told since.
 * @param {CounterEvent} event @param {Map<number, Told>} listings
 * @returns {Offer[]}
 */
export function liveOffers(event, listings) {
  return event.items.map((item) => {
    const live = listings.get(item.listing);
    const now = live ?? item;
    return {
      item,
      price: minorOf(item.price) ?? 0,
      sellable: now.sellable,
      // The catalog does not say how many there could be at most, and so not that few are left.
      level: levelOf({ ...now, possible: live?.possible ?? 0 }),
      why: now.why,
      detail: now.detail,
      isOpen: now.status !== "CLOSED" && now.sellable >= Math.max(1, item.min),
    };
  });
}

/**
 * Why nothing of the event can be sold, in a sentence, where it is the same for each item: the event or the counter is
 * stopped, paused, closed or over. Else nothing: each tile says its own.
 * @param {Offer[]} offers
 */
export function shutBecause(offers) {
  const [first] = offers;
  return first?.detail && offers.every((offer) => !offer.isOpen && offer.detail === first.detail) ? first.detail : "";
}

/**
 * Without the network: what the terminal's lease has left, at the price of the lease.
 * @param {Lease} lease @param {CounterEvent | undefined} event as it was known at the last contact
 * @returns {Offer[]}
 */
export function leasedOffers(lease, event) {
  return lease.lines.map((line) => {
    const known = event?.items.find((item) => item.id === line.item);
    const item = known ?? itemOf(line);
    const status = line.left > 0 ? "AVAILABLE" : "SOLD_OUT";
    return {
      item: { ...item, price: line.unit_price },
      price: minorOf(line.unit_price) ?? 0,
      sellable: line.left,
      level: levelOf({ status, sellable: line.left, possible: line.quantity }),
      why: "",
      detail: "",
      isOpen: line.left > 0,
    };
  });
}

/** @param {{item: number, unit_price: string}} line @returns {Item} */
function itemOf(line) {
  return {
    id: line.item,
    listing: 0,
    name: `#${line.item}`,
    takes: "",
    units: {},
    price: line.unit_price,
    pricing: null,
    min: 1,
    max: null,
    sellable: 0,
    status: "AVAILABLE",
    why: "",
    detail: "",
    limited_by: "",
  };
}

/**
 * The lease from which an event is sold: one of it that has not ended and has something left, else any of it.
 * @param {Lease[]} leases @param {number} channel @param {number | null} event
 * @returns {Lease | undefined}
 */
export function leaseFor(leases, channel, event) {
  const own = leases.filter(
    (lease) => lease.channel === channel && lease.event === event && lease.status === "ACTIVE",
  );
  return own.find((lease) => lease.lines.some((line) => line.left > 0)) ?? own[0];
}

/** @param {Lease} lease @param {number} now */
export function isOver(lease, now) {
  return !lease.pastEnd && now >= Date.parse(lease.utc_expires_at);
}

/** @param {Lease} lease */
export function leftOf(lease) {
  return lease.lines.reduce((sum, line) => sum + line.left, 0);
}

/**
 * What an order that was refused lacks: the pools of its lines, the one in which the counter has least first. A transfer
 * helps where stock has ended, and not where a limit or the plan has.
 * @param {import("./types.d.ts").Problem} refusal
 * @param {import("./types.d.ts").Line[]} lines @param {Map<number, Item>} items
 * @param {{rows: Map<number, any>}} numbers @param {number} channel
 * @returns {{pool: number, missing: number}[]}
 */
export function lacking(refusal, lines, items, { rows }, channel) {
  if (refusal.limited_by !== "stock" && refusal.limited_by !== "open") return [];
  const one = lines[Number(/^lines\[(\d+)\]/.exec(refusal.errors?.[0]?.field ?? "")?.[1] ?? (lines.length > 1 ? NaN : 0))];
  const short = Number(refusal.asked ?? 1) - Number(refusal.sellable ?? 0);
  /** @type {Map<number, {pool: number, missing: number, room: number}>} */
  const found = new Map();
  for (const line of one ? [one] : lines) {
    for (const [pool, units] of Object.entries(items.get(line.item)?.units ?? {})) {
      const own = [...rows.values()].find((row) => row.pool === Number(pool) && row.channel === channel);
      const free = own ? own.quantity - own.held - own.sold : 0;
      const known = found.get(Number(pool)) ?? { pool: Number(pool), missing: 0, room: free };
      known.room -= line.quantity * units;
      // Of several lines that compete for a row, the refusal counts units; of one, tickets.
      known.missing = Math.max(1, one ? short * units : short);
      found.set(known.pool, known);
    }
  }
  return [...found.values()]
    .sort((some, others) => some.room - others.room)
    .map(({ pool, missing }) => ({ pool, missing }));
}

/**
 * Who else has units of the pools of an event, as the live socket tells a person of the staff; the counter itself left out.
 * @param {{rows: Map<number, any>, pools: {pool: number, name: string}[], channels: {channel: number, name: string}[]}} numbers
 * @param {number} channel
 * @returns {{stock: number, pool: number, poolName: string, open: boolean, name: string, free: number}[]}
 */
export function elsewhere(numbers, channel) {
  const pools = new Map(numbers.pools.map((pool) => [pool.pool, pool.name]));
  const channels = new Map(numbers.channels.map((one) => [one.channel, one.name]));
  const found = [];
  for (const row of numbers.rows.values()) {
    const open = row.kind === "OPEN";
    const free = open ? row.quantity : row.quantity - row.held - row.sold;
    if (free <= 0 || row.kind === "LIMIT" || row.channel === channel) continue;
    const name = channels.get(row.channel) ?? "";
    found.push({ stock: row.stock, pool: row.pool, poolName: pools.get(row.pool) ?? "", open, name, free });
  }
  return found.sort((one, two) => Number(two.open) - Number(one.open) || two.free - one.free);
}
