/** What the terminal does with leases: take, extend, hand back; and how a clerk leaves the device. */

import { NoAnswer, Refused, ask } from "#sell/api";
import { noteHere } from "#sell/store";
import { refresh } from "#sell/sync";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Lease} from "./types.d.ts" */

/**
 * Set tickets aside for this terminal. Throws `NoAnswer` or `Refused`.
 * @param {Counter} counter
 * @param {{event: number, terminal: string, lines: {item: number, quantity: number}[], hours: number | null}} order
 */
export async function takeLease(counter, order) {
  const { store } = counter;
  if (!store) return;
  const { hours, ...body } = { ...order, channel: counter.channel };
  const seconds = hours ? { expires_in_seconds: Math.round(hours * 3600) } : {};
  const count = order.lines.reduce((sum, line) => sum + line.quantity, 0);
  const said = say("leaseOf", { count });
  const lease = await counter.change(
    "lease",
    "/api/v1/leases/",
    { ...body, ...seconds },
    said,
    async (answer) => {
      // Before the key is forgotten: else a page that closes now would leave a lease that nobody knows.
      await store.keepLease(answer, counter.catalog?.shift?.id ?? null);
    },
  );
  await store.remember("terminal", order.terminal);
  await counter.recount();
  counter.announce(say("leasedSaid", { number: lease.number, count }));
}

/** @param {Counter} counter @param {Lease} lease */
export async function extendLease(counter, lease) {
  if (!counter.store) return;
  await counter.change("hold", `/api/v1/leases/${lease.id}/extend/`, {});
  await refresh(counter.store, lease.id);
  await counter.recount();
  counter.announce(say("leaseExtended", { number: lease.number }));
}

/**
 * Give what is left of a lease back, after what was sold of it was sent.
 * @param {Counter} counter @param {Lease} lease @returns {Promise<boolean>} whether it is done
 */
export async function handBack(counter, lease) {
  const { store } = counter;
  if (!store) return false;
  await counter.sync();
  const unsent = (await store.queued()).some((sale) => sale.lease === lease.id);
  if (unsent) return false;
  try {
    await counter.change("hold", `/api/v1/leases/${lease.id}/return/`, { reason: say("handBackReason") });
  } catch (error) {
    // It has ended already: by time, or by somebody in the back office.
    if (!(error instanceof Refused) || error.isSignedOut) throw error;
    const now = await ask("GET", `/api/v1/leases/${lease.id}/`);
    if (now.status === "ACTIVE") throw error;
  }
  await store.forgetLease(lease.id);
  await counter.recount();
  return true;
}

/**
 * Leave nothing of a person on the device. Refused while anything of it is not on the server.
 * @param {Counter} counter @returns {Promise<string>} why not; empty where it is done
 */
export async function leave(counter) {
  const { store } = counter;
  if (!store) return "";
  await counter.sync();
  await counter.recount();
  const unsent = counter.queued + counter.waiting.filter((one) => !one.refusal).length;
  if (unsent) return say("signOutUnsent", { count: unsent });
  try {
    for (const lease of await store.leases()) {
      if (!(await handBack(counter, lease))) return say("signOutUnsent", { count: counter.queued });
    }
  } catch (error) {
    if (error instanceof NoAnswer) return say("signOutLease");
    if (error instanceof Refused) return error.problem.detail;
    throw error;
  }
  counter.hasLeft = true;
  if (!(await store.wipe())) {
    counter.hasLeft = false;
    return say("signOutUnsent", { count: counter.queued });
  }
  await noteHere(null);
  return "";
}
