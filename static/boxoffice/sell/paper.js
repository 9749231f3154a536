/** The receipt of a sale that only this device knows, as it is printed. */

import { fill, h, place } from "#sell/dom";
import { minorOf } from "#sell/money";
import { nameOf, say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {OfflineSale} from "./types.d.ts" */

/** @param {Counter} counter @param {OfflineSale} sale */
export function printReceipt(counter, sale) {
  const zone = counter.catalog?.venue.time_zone;
  const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const event = counter.events.find((one) => one.id === sale.event);
  fill(place("[data-paper]"), [
    h("h2", {}, counter.catalog?.venue.name ?? ""),
    h("p", {}, event?.name ?? ""),
    h("p", {}, say("receipt", { number: sale.receipt }), h("br"), when.format(new Date(sale.soldAt))),
    h(
      "ul",
      { role: "list" },
      ...sale.lines.map((line) =>
        h(
          "li",
          {},
          `${line.quantity} × ${nameOf(line.name)}: ${counter.money((minorOf(line.unit_price) ?? 0) * line.quantity)}`,
        ),
      ),
    ),
    h(
      "p",
      {},
      h("b", {}, `${say("total")} ${counter.money(minorOf(sale.total) ?? 0)}`),
      ` · ${say(`kind-${sale.payment.kind}`)}`,
    ),
  ]);
  print();
}
