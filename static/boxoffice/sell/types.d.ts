/** What the server tells the sell screen, and what the screen keeps. Money is text with two decimals. */

export interface Item {
  id: number;
  listing: number;
  name: string;
  takes: unknown;
  /** So many one of it takes, by the pool's id. */
  units: Record<string, number>;
  price: string;
  pricing: { floor: string; ceiling: string } | null;
  min: number;
  max: number | null;
  sellable: number;
  status: string;
  why: string;
  detail: string;
  limited_by: string;
}

export interface CounterEvent {
  id: number;
  name: string;
  utc_starts_at: string;
  all_day: boolean;
  status: string;
  config_version: number;
  surroundings: number | string;
  items: Item[];
}

export interface Shift {
  id: number | string;
  number: string;
  [more: string]: unknown;
}

export interface Catalog {
  channel: {
    id: number;
    name: string;
    connectivity: string;
    default_hold_seconds: number;
    longest_hold_seconds: number;
  };
  clerk: { id: number; name: string; may_refund: boolean; may_give_away: boolean };
  venue: {
    name: string;
    time_zone: string;
    currency: string;
    upi: { vpa: string; name: string } | null;
  };
  shift: Shift | null;
  utc_now: string;
  events: CounterEvent[];
  /** So many more there are than stand in the list. */
  more_events?: number;
}

export interface BookingLine {
  line: number;
  item: number;
  quantity: number;
  refunded: number;
  unit_price: string;
  [more: string]: unknown;
}

export interface Booking {
  id: string;
  number: string;
  event: number;
  channel: number;
  status: string;
  reference: string;
  contact: Record<string, string> | null;
  currency: string;
  total: string;
  utc_expires_at: string | null;
  lines: BookingLine[];
  [more: string]: unknown;
}

export type Kind = "CASH" | "CARD" | "UPI" | "ON_ACCOUNT" | "COMPLIMENTARY";

export interface Payment {
  kind: Kind;
  tendered?: string;
  reference?: string;
  reason?: string;
}

/** `OUTSIDE`: another door has refunded or changed what was paid here. It has no receipt. */
export interface Paid {
  id: number | string;
  receipt: string;
  kind: Kind | "OUTSIDE";
  amount: string;
  tendered: string | null;
  change: string | null;
  reference: string;
  [more: string]: unknown;
}

/** A booking that was found, with the names of what it is for. */
export interface Match {
  booking: Booking;
  event: { id: number; name: string; utc_starts_at: string; all_day: boolean };
  items: Record<string, string>;
  payments: Paid[];
}

export interface Problem {
  code: string;
  detail: string;
  title?: string;
  errors?: { field: string; detail: string }[];
  asked?: number;
  sellable?: number;
  limited_by?: string;
  /** What became of a transfer that was asked for because of it. */
  answer?: string;
  [more: string]: unknown;
}

/** A line of the order that the clerk puts together. `price` in minor units. */
export interface Line {
  item: number;
  quantity: number;
  price: number;
}

export type Step = "choose" | "holding" | "pay" | "selling" | "sold" | "lapsed";

export interface Sold {
  receipt: string;
  total: number;
  change: number | null;
  kind: Paid["kind"];
  /** The payment's number, where the server has noted it. */
  payment: string | null;
  offline: boolean;
}

export interface Flow {
  step: Step;
  event: number | null;
  lines: Line[];
  /** The line that digits and +/- change. */
  active: number;
  /** Digits choose another item, and do not set the quantity. */
  adding: boolean;
  /** What has been typed as the quantity of the active line. */
  typed: string;
  booking: Booking | null;
  kind: Kind | null;
  tendered: string;
  reference: string;
  reason: string;
  refusal: Problem | null;
  sold: Sold | null;
}

export interface LeaseLine {
  line: number;
  item: number;
  quantity: number;
  left: number;
  unit_price: string;
}

export interface ServerLease {
  id: string;
  number: string;
  event: number;
  channel: number;
  terminal: string;
  status: string;
  currency: string;
  utc_expires_at: string;
  utc_hands_back_at: string;
  lines: LeaseLine[];
}

/** A lease of this terminal. `next` is the number of its next receipt. */
export interface Lease extends ServerLease {
  next: number;
  /** The till at whose opening it was leased, for the payments. */
  shift: number | string | null;
  /** The clerk sells on after its end, by a clock that may be wrong. */
  pastEnd: boolean;
}

export interface OfflineSale {
  clientId: string;
  lease: string;
  channel: number;
  receipt: string;
  number: number;
  soldAt: string;
  event: number;
  lines: { item: number; quantity: number; unit_price: string; name: string }[];
  total: string;
  payment: Payment;
  change: string | null;
  shift: number | string | null;
  state: "QUEUED" | "ACCEPTED" | "CONFLICT" | "UNREADABLE";
  /** What the sync has answered, of a sale that needs somebody. */
  detail: string;
  conflict: string | null;
}

/** A request whose answer is not known yet. It is sent again, with its key, until there is one. */
export interface Pending {
  key: string;
  channel: number;
  what: "hold" | "sale" | "lease" | "refund" | "change";
  url: string;
  body: unknown;
  /** What it is, for the clerk: "2 × Ticket, ₹800". */
  said: string;
  sentAt: string;
  /** Why it was not done after all; it stays until the clerk has seen to it. */
  refusal: Problem | null;
}
