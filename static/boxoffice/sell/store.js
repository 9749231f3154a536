/**
 * What the terminal keeps, in IndexedDB: the catalog, its leases, its sales and the requests that have no answer yet.
 *
 * One database for each person: another one who signs in on the device sees nothing of it. Whatever a clerk is told
 * is in here first, and flushed to the disk ("strict"): a page, a browser or a device that goes away loses nothing.
 */

import { deleteDB, openDB } from "#idb";

/** @import {Lease, OfflineSale, Pending, ServerLease} from "./types.d.ts" */
/** @import {IDBPDatabase} from "#idb" */

const PREFIX = "finlo-sell-";
// A new version says in `upgrade` what becomes of what the one before has kept.
const SCHEMA = 1;
// Sales that were sent and accepted, kept to be looked up. All others stay until they are settled.
const KEPT_SENT = 100;
// What one terminal keeps at most; the largest lease is far below it.
const MOST_QUEUED = 5_000;
// What must be free for another sale, in characters: a sale takes a tenth of it.
const ROOM = 10_000;
const STRICT = /** @type {const} */ ({ durability: "strict" });

/** The device has no room for another sale. Nothing was noted. */
export class StorageFull extends Error {}

/** The lease has no such tickets left. Nothing was noted. */
export class NotLeased extends Error {
  /** @param {number} item @param {number} left */
  constructor(item, left) {
    super("not leased");
    this.item = item;
    this.left = left;
  }
}

/** Another tab of this device has been opened with a newer version of the page, or the data was wiped. */
class StoreClosed extends Error {}

/** @param {unknown} error @returns {Error} */
function asOurs(error) {
  if (error instanceof DOMException && error.name === "QuotaExceededError") return new StorageFull();
  if (error instanceof DOMException && error.name === "InvalidStateError") return new StoreClosed();
  return error instanceof Error ? error : new Error(String(error));
}

export class Store {
  /** @param {IDBPDatabase<any>} database @param {number} person */
  constructor(database, person) {
    this.database = database;
    this.person = person;
  }

  /**
   * @param {number} person @param {() => void} [outdated] a newer version of the page wants to open it
   * @returns {Promise<Store>}
   */
  static async open(person, outdated = () => {}) {
    const database = await openDB(`${PREFIX}${person}`, SCHEMA, {
      upgrade(fresh, from) {
        if (from < 1) {
          fresh.createObjectStore("meta");
          fresh.createObjectStore("leases", { keyPath: "id" });
          const sales = fresh.createObjectStore("sales", { keyPath: "clientId" });
          sales.createIndex("by_state", "state");
          fresh.createObjectStore("pending", { keyPath: "key" });
        }
      },
      blocking(_current, _wanted, event) {
        /** @type {IDBDatabase} */ (event.target).close();
        outdated();
      },
    });
    return new Store(database, person);
  }

  /** @param {string} name @param {unknown} value */
  async remember(name, value) {
    try {
      await this.database.put("meta", value, name);
    } catch (error) {
      // Only for the case that the network goes: what is there already stays.
      if (!(asOurs(error) instanceof StorageFull)) throw asOurs(error);
    }
  }

  /** @param {string} name @returns {Promise<any>} */
  async recall(name) {
    return this.database.get("meta", name);
  }

  /** @returns {Promise<Lease[]>} */
  async leases() {
    return this.database.getAll("leases");
  }

  /**
   * Keep a lease as the server has answered it, with its number of the next receipt.
   * @param {ServerLease} lease @param {number | string | null} shift
   */
  async keepLease(lease, shift) {
    const transaction = this.database.transaction("leases", "readwrite", STRICT);
    /** @type {Lease | undefined} */
    const known = await transaction.store.get(lease.id);
    if (!known) transaction.store.put({ ...lease, next: 1, shift, pastEnd: false });
    await this.#end(transaction);
  }

  /**
   * Take over what the server says of a lease. What is sold and not sent yet is still to be taken off.
   * @param {ServerLease} lease
   */
  async refreshLease(lease) {
    const transaction = this.database.transaction(["leases", "sales"], "readwrite", STRICT);
    const leases = transaction.objectStore("leases");
    /** @type {Lease | undefined} */
    const known = await leases.get(lease.id);
    /** @type {OfflineSale[]} */
    const queued = await transaction.objectStore("sales").index("by_state").getAll("QUEUED");
    if (known) {
      const own = queued.filter((sale) => sale.lease === lease.id).flatMap((sale) => sale.lines);
      const lines = lease.lines.map((line) => {
        const left = Math.max(0, line.left - soldOf(own, line.item));
        return { ...line, left: lease.status === "ACTIVE" ? left : 0 };
      });
      leases.put({ ...known, ...lease, lines });
    }
    await this.#end(transaction);
  }

  /** The clerk knows that the lease should be over, and that the clock may be wrong. @param {string} id */
  async sellPastEnd(id) {
    const transaction = this.database.transaction("leases", "readwrite", STRICT);
    const known = await transaction.store.get(id);
    if (known) transaction.store.put({ ...known, pastEnd: true });
    await this.#end(transaction);
  }

  /**
   * Note a sale: its tickets leave the lease and its receipt gets the next number, all in one transaction. Only when
   * this has returned the clerk may be told that it is sold.
   *
   * Throws `NotLeased`, `StorageFull`, `StoreClosed`.
   * @param {string} leaseId
   * @param {Omit<OfflineSale, "clientId" | "lease" | "channel" | "receipt" | "number" | "state" | "detail" | "conflict" | "shift" | "event">} sale
   * @returns {Promise<OfflineSale>}
   */
  async sell(leaseId, sale) {
    try {
      const transaction = this.database.transaction(["leases", "sales"], "readwrite", STRICT);
      const ended = transaction.done;
      // Awaited below; should it fail while something else is awaited, it is still told once.
      ended.catch(() => {});
      const leases = transaction.objectStore("leases");
      const sales = transaction.objectStore("sales");
      /** @type {Lease | undefined} */
      const lease = await leases.get(leaseId);
      const short = lease ? shortage(lease, sale.lines) : { item: 0, left: 0 };
      if (!lease || short) {
        transaction.abort();
        throw new NotLeased(short?.item ?? 0, short?.left ?? 0);
      }
      const receipt = `${lease.number}-${lease.next}`;
      /** @type {OfflineSale} */
      const noted = {
        ...sale,
        // The receipt is unique as long as this database lives; the rest is for a device that was wiped.
        clientId: `${receipt}-${crypto.randomUUID().slice(0, 8)}`,
        lease: lease.id,
        channel: lease.channel,
        event: lease.event,
        receipt,
        number: lease.next,
        shift: lease.shift,
        state: "QUEUED",
        detail: "",
        conflict: null,
      };
      await sales.add(noted);
      const lines = lease.lines.map((line) => ({ ...line, left: line.left - soldOf(sale.lines, line.item) }));
      await leases.put({ ...lease, lines, next: lease.next + 1 });
      await ended;
      return noted;
    } catch (error) {
      throw asOurs(error);
    }
  }

  /**
   * Before a customer pays. What a browser estimates of its room says little; so something larger than a sale is written, and
   * taken away again. Throws `StorageFull`.
   */
  async requireRoom() {
    if ((await this.countQueued()) >= MOST_QUEUED) throw new StorageFull();
    try {
      const transaction = this.database.transaction("meta", "readwrite", STRICT);
      await Promise.all([transaction.store.put("x".repeat(ROOM), "room"), transaction.done]);
      await this.database.delete("meta", "room");
    } catch (error) {
      throw asOurs(error);
    }
  }

  /** Those not sent yet, in their order. @returns {Promise<OfflineSale[]>} */
  async queued() {
    const sales = await this.database.getAllFromIndex("sales", "by_state", "QUEUED");
    return sales.sort((one, two) => one.lease.localeCompare(two.lease) || one.number - two.number);
  }

  /** @returns {Promise<number>} */
  async countQueued() {
    return this.database.countFromIndex("sales", "by_state", "QUEUED");
  }

  /** Those that need somebody. @returns {Promise<OfflineSale[]>} */
  async troubled() {
    return [
      ...(await this.database.getAllFromIndex("sales", "by_state", "CONFLICT")),
      ...(await this.database.getAllFromIndex("sales", "by_state", "UNREADABLE")),
    ];
  }

  /** The newest sales of the terminal. @param {number} count @returns {Promise<OfflineSale[]>} */
  async newest(count) {
    const sales = /** @type {OfflineSale[]} */ (await this.database.getAll("sales"));
    return sales.sort((one, two) => two.soldAt.localeCompare(one.soldAt)).slice(0, count);
  }

  /**
   * What became of sales that were sent. Of the accepted ones the newest are kept.
   * @param {Map<string, {state: OfflineSale["state"], detail: string, conflict: string | null}>} verdicts
   */
  async settle(verdicts) {
    const transaction = this.database.transaction("sales", "readwrite", STRICT);
    for (const [clientId, verdict] of verdicts) {
      const sale = await transaction.store.get(clientId);
      if (sale) transaction.store.put({ ...sale, ...verdict });
    }
    /** @type {OfflineSale[]} */
    const accepted = await transaction.store.index("by_state").getAll("ACCEPTED");
    accepted.sort((one, two) => two.soldAt.localeCompare(one.soldAt));
    for (const old of accepted.slice(KEPT_SENT)) transaction.store.delete(old.clientId);
    await this.#end(transaction);
  }

  /** Somebody has seen to a sale that had no stock or could not be read. @param {string} clientId */
  async dismiss(clientId) {
    const transaction = this.database.transaction("sales", "readwrite", STRICT);
    const sale = await transaction.store.get(clientId);
    if (sale && sale.state !== "QUEUED") transaction.store.delete(clientId);
    await this.#end(transaction);
  }

  /** The lease has ended, and nothing of it waits. @param {string} id */
  async forgetLease(id) {
    await this.database.delete("leases", id);
  }

  /** Before a request is sent. Throws `StorageFull`. @param {Pending} pending */
  async expect(pending) {
    const transaction = this.database.transaction("pending", "readwrite", STRICT);
    transaction.store.put(pending);
    await this.#end(transaction);
  }

  /** @param {string} key */
  async answered(key) {
    await this.database.delete("pending", key);
  }

  /** @returns {Promise<Pending[]>} */
  async pending() {
    const all = /** @type {Pending[]} */ (await this.database.getAll("pending"));
    return all.sort((one, two) => one.sentAt.localeCompare(two.sentAt));
  }

  /** Forget everything; refuse where a sale was not sent. @returns {Promise<boolean>} whether it was done */
  async wipe() {
    if (await this.countQueued()) return false;
    this.database.close();
    await deleteDB(`${PREFIX}${this.person}`);
    return true;
  }

  /** @param {{done: Promise<void>}} transaction */
  async #end(transaction) {
    try {
      await transaction.done;
    } catch (error) {
      throw asOurs(error);
    }
  }
}

/** @param {{item: number, quantity: number}[]} lines @param {number} item */
function soldOf(lines, item) {
  return lines.reduce((sum, line) => sum + (line.item === item ? line.quantity : 0), 0);
}

/**
 * The first item of which the lease has not enough.
 * @param {Lease} lease @param {{item: number, quantity: number}[]} lines
 * @returns {{item: number, left: number} | null}
 */
export function shortage(lease, lines) {
  for (const { item } of lines) {
    const left = lease.lines.find((line) => line.item === item)?.left ?? 0;
    if (soldOf(lines, item) > left) return { item, left };
  }
  return null;
}

/**
 * The other people whose sales wait on this device: none of their data is read, they are only counted. What nobody waits
 * for is deleted.
 * @param {number} person @returns {Promise<number>} how many sales of others wait
 */
export async function othersQueued(person) {
  if (!indexedDB.databases) return 0;
  let waiting = 0;
  for (const { name } of await indexedDB.databases()) {
    const other = Number(name?.startsWith(PREFIX) ? name.slice(PREFIX.length) : NaN);
    if (!other || other === person) continue;
    const store = await Store.open(other);
    const count = await store.countQueued();
    waiting += count;
    // A lease that is not over is its person's to sell from or to hand back.
    const leases = await store.leases();
    const isLeased = leases.some(
      (lease) => lease.status === "ACTIVE" && Date.parse(lease.utc_hands_back_at) > Date.now(),
    );
    if (count || isLeased || (await store.pending()).length) store.database.close();
    else await store.wipe();
  }
  return waiting;
}

const DEVICE = "finlo-device";

/** @typedef {{person: number, channel: number, offset: number}} Last */

function openDevice() {
  return openDB(DEVICE, 1, { upgrade: (fresh) => void fresh.createObjectStore("last") });
}

/** Who sold here last, and at which counter: what the page opens with when there is no network. @returns {Promise<Last | null>} */
export async function lastHere() {
  const device = await openDevice();
  const last = await device.get("last", "here");
  device.close();
  return last ?? null;
}

/** @param {Last | null} last */
export async function noteHere(last) {
  if (!last) {
    await deleteDB(DEVICE);
    return;
  }
  const device = await openDevice();
  try {
    // Flushed to the disk, as what was sold: without it nobody would find that again.
    const transaction = device.transaction("last", "readwrite", STRICT);
    await Promise.all([transaction.store.put(last, "here"), transaction.done]);
  } catch (error) {
    if (!(asOurs(error) instanceof StorageFull)) throw asOurs(error);
  } finally {
    device.close();
  }
}
