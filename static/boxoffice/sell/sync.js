/** Sends what was sold without the network, in its order, until the server has said what became of each. */

import { Refused, ask } from "#sell/api";

/** @import {OfflineSale} from "./types.d.ts" */
/** @import {Store} from "#sell/store" */

// Small enough for a slow line; the server takes a thousand.
const AT_ONCE = 200;
// Of a sale whose stock somebody keeps at this moment nothing was done: it stays in the queue.
const LATER = "LATER";

/**
 * As the server takes a sale.
 * @param {OfflineSale} sale
 */
export function reportOf(sale) {
  return {
    client_id: sale.clientId,
    receipt: sale.receipt,
    utc_sold_at: sale.soldAt,
    event: sale.event,
    lines: sale.lines.map(({ item, quantity, unit_price }) => ({ item, quantity, unit_price })),
    payment: sale.payment,
    shift: sale.shift,
  };
}

/**
 * The sales of one call: of the first one's lease and counter, the oldest first.
 * @param {OfflineSale[]} queued @returns {OfflineSale[]}
 */
export function batchOf(queued) {
  const first = queued[0];
  if (!first) return [];
  return queued
    .filter((sale) => sale.lease === first.lease && sale.channel === first.channel)
    .slice(0, AT_ONCE);
}

/**
 * The key of a call. The same sales are sent under the same one, also after a restart.
 * @param {OfflineSale[]} batch
 */
export function keyOf(batch) {
  return `sync-${batch[0]?.clientId}-${batch.at(-1)?.clientId}-${batch.length}`;
}

/**
 * @param {{results: {client_id: string, outcome: string, conflict?: string | null, problem?: {detail: string} | null}[]}} answer
 * @returns {Map<string, {state: OfflineSale["state"], detail: string, conflict: string | null}>}
 */
export function verdictsOf(answer) {
  const done = answer.results.filter((result) => result.outcome !== LATER);
  return new Map(
    done.map((result) => [
      result.client_id,
      {
        state: /** @type {OfflineSale["state"]} */ (
          ["CONFLICT", "UNREADABLE"].includes(result.outcome) ? result.outcome : "ACCEPTED"
        ),
        detail: result.problem?.detail ?? "",
        conflict: result.conflict ?? null,
      },
    ]),
  );
}

/**
 * Send all that waits. Throws `NoAnswer` or `Refused`; what was settled before stays settled.
 * @param {Store} store @returns {Promise<number>} how many were sent
 */
export async function send(store) {
  let sent = 0;
  /** @type {Set<string>} */
  const left = new Set();
  let why = "";
  for (;;) {
    const batch = batchOf((await store.queued()).filter((sale) => !left.has(sale.clientId)));
    const [first] = batch;
    if (!first) {
      if (left.size) throw new Refused(503, { code: "BUSY", detail: why });
      return sent;
    }
    const body = { lease: first.lease, sales: batch.map(reportOf), returns: [] };
    const answer = await ask("POST", `/counter/${first.channel}/sync/`, body, keyOf(batch));
    const verdicts = verdictsOf(answer);
    await store.settle(verdicts);
    // An answer that leaves one out would be asked for again and again.
    for (const result of answer.results) {
      if (result.outcome !== LATER) continue;
      left.add(result.client_id);
      why = result.problem?.detail ?? "";
    }
    const told = batch.filter((sale) => verdicts.has(sale.clientId));
    if (!told.length && !batch.some((sale) => left.has(sale.clientId))) throw new Error("no verdict");
    sent += told.length;
    await refresh(store, first.lease);
  }
}

/** Take over what the server has of a lease. @param {Store} store @param {string} lease */
export async function refresh(store, lease) {
  await store.refreshLease(await ask("GET", `/api/v1/leases/${lease}/`));
}
