/**
 * The numbers of one event as the live server tells them. No page, no clock, no socket.
 *
 * A snapshot and the changes after it, in any order and as often as they come, are the same as a
 * fresh snapshot: a row is taken over only if its version is newer.
 */
export class State {
  constructor() {
    this.rows = new Map();
    this.listings = new Map();
    this.unreported = new Map(); // by stock row, of channels that report late
    this.config = "";
    this.asOf = null;
    this.live = false;
    this.database = false;
  }

  /** Take in a message. Returns what has changed: `{rows, listings, late}`, sets of ids. */
  apply(message) {
    const changed = { rows: new Set(), listings: new Set(), late: new Set() };
    if (!["snapshot", "changes", "status"].includes(message.type)) return changed;
    this.live = message.live;
    this.database = message.database;
    this.asOf = message.as_of ?? this.asOf;
    if (message.type === "snapshot") {
      this.config = `${message.config_version} ${message.surroundings}`;
      this.#forget(this.rows, message.rows, "stock");
      this.#forget(this.listings, message.listings, "listing");
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
      this.listings.set(listing.listing, { ...this.listings.get(listing.listing), ...listing });
      changed.listings.add(listing.listing);
    }
    return changed;
  }

  /** What a snapshot no longer names is gone. */
  #forget(known, named, key) {
    const kept = new Set(named.map((one) => one[key]));
    for (const id of known.keys()) if (!kept.has(id)) known.delete(id);
  }

  /** The sums of a pool over its rows. */
  pool(id) {
    const sums = { sold: 0, held: 0, free: 0, open: 0 };
    for (const row of this.rows.values()) {
      if (row.pool !== id) continue;
      if (row.kind === "OPEN") {
        sums.open += row.quantity;
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

/** How much is left of a listing; the same as `level_of` on the server. */
export function levelOf(listing) {
  if (listing.status === "CLOSED") return "closed";
  if (listing.status === "SOLD_OUT") return "none";
  if (listing.sellable < listing.possible * FEW) return "few";
  return listing.status === "LIMITED" ? "limited" : "plenty";
}
