/**
 * The numbers of one event as the live server tells them. No page, no clock, no socket.
 *
 * A snapshot and the changes after it, in any order and as often as they come, are the same as a
 * fresh snapshot: a row is taken over only if its version is newer.
 */

/**
 * A stock row: which one it is comes with the snapshot, its numbers with each change.
 * @typedef {{stock: number, version: number, quantity: number, held: number, sold: number, drawn: number,
 *   kind?: string, pool?: number, channel?: number | null}} Row
 *
 * What a channel can sell of an item, and why not more.
 * @typedef {{listing: number, sellable: number, possible: number, status: string, limited_by: string, why: string,
 *   detail: string, sold: number, held: number, left: number, item?: number, channel?: number, price?: string}} Listing
 *
 * What a channel that reports late may have sold since; `about` is null where that is not known.
 * @typedef {{stock: number, about: number | null, low: number, high: number, utc_reported_at: string}} Estimate
 *
 * A message of the socket (docs/api.md). A change of a listing names only what has changed of it.
 * @typedef {{type: string, live: boolean, database: boolean, as_of?: string | null, config_version?: number,
 *   surroundings?: string, rows?: Row[], listings?: (Partial<Listing> & {listing: number})[],
 *   unreported?: Estimate[]}} Message
 */

export class State {
  constructor() {
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    /** @type {Map<number, Listing>} */
    this.listings = new Map();
    /** @type {Map<number, Estimate>} by stock row, of channels that report late */
    this.unreported = new Map();
    this.config = "";
    /** @type {string | null} */
    this.asOf = null;
    this.live = false;
    this.database = false;
  }

  /**
   * Take in a message. Returns what has changed, as sets of ids.
   * @param {Message} message
   */
  apply(message) {
    /** @type {{rows: Set<number>, listings: Set<number>, late: Set<number>}} */
    const changed = { rows: new Set(), listings: new Set(), late: new Set() };
    if (!["snapshot", "changes", "status"].includes(message.type)) return changed;
    this.live = message.live;
    this.database = message.database;
    this.asOf = message.as_of ?? this.asOf;
    if (message.type === "snapshot") {
      this.config = `${message.config_version} ${message.surroundings}`;
      this.#forget(this.rows, (message.rows ?? []).map((row) => row.stock));
      this.#forget(this.listings, (message.listings ?? []).map((listing) => listing.listing));
    }
    for (const row of message.rows ?? []) {
      const known = this.rows.get(row.stock);
      if (known && known.version >= row.version) continue;
      this.rows.set(row.stock, { ...known, ...row });
      changed.rows.add(row.stock);
    }
    if (message.unreported) {
      const known = this.unreported;
      this.unreported = new Map(message.unreported.map((one) => [one.stock, one]));
      for (const id of [...known.keys(), ...this.unreported.keys()]) changed.late.add(id);
    }
    for (const listing of message.listings ?? []) {
      const known = this.listings.get(listing.listing);
      // Whole when it is new: a snapshot names every field.
      this.listings.set(listing.listing, /** @type {Listing} */ ({ ...known, ...listing }));
      changed.listings.add(listing.listing);
    }
    return changed;
  }

  /**
   * What a snapshot no longer names is gone.
   * @param {Map<number, unknown>} known
   * @param {number[]} named
   */
  #forget(known, named) {
    const kept = new Set(named);
    for (const id of known.keys()) if (!kept.has(id)) known.delete(id);
  }

  /**
   * The sums of a pool over its rows.
   * @param {number} id
   */
  pool(id) {
    const sums = { sold: 0, held: 0, free: 0, open: 0, out: 0 };
    for (const row of this.rows.values()) {
      if (row.pool !== id) continue;
      if (row.kind === "OPEN") {
        sums.open += row.quantity;
      } else if (row.kind === "KILLED") {
        sums.out += row.quantity;
      } else {
        sums.sold += row.sold;
        sums.held += row.held;
        sums.free += row.quantity - row.sold - row.held;
      }
    }
    const left = sums.free + sums.open;
    return { ...sums, left, capacity: left + sums.sold + sums.held };
  }
}

const FEW = 0.1;

/**
 * How much is left of a listing; the same as `level_of` on the server.
 * @param {Pick<Listing, "status" | "sellable" | "possible"> & {why?: string}} listing
 */
export function levelOf(listing) {
  if (listing.status === "CLOSED") return listing.why === "STOP_SELL" ? "stopped" : "closed";
  if (listing.status === "SOLD_OUT") return "none";
  if (listing.sellable < listing.possible * FEW) return "few";
  return listing.status === "LIMITED" ? "limited" : "plenty";
}
