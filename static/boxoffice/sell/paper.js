/** The receipt and the tickets of a sale that only this device knows, as they are printed. */

import { whenText } from "#sell/dates";
import { fill, h, place } from "#sell/dom";
import { minorOf } from "#sell/money";
import { drawQr } from "#sell/qr";
import { nameOf, say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {OfflineSale} from "./types.d.ts" */

/** @param {Counter} counter @param {OfflineSale} sale */
export function printReceipt(counter, sale) {
  const zone = counter.catalog?.venue.time_zone;
  const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const event = counter.events.find((one) => one.id === sale.event);
  const show = [
    h("b", {}, event?.name ?? ""),
    h("br"),
    `${event ? `${whenText(event, zone)} · ` : ""}${counter.catalog?.venue.name ?? ""}`,
  ];
  fill(place("[data-paper]"), [
    h("h2", {}, say("receipt", { number: sale.receipt })),
    h("p", {}, counter.catalog?.channel.name ?? "", h("br"), when.format(new Date(sale.soldAt))),
    h("p", {}, ...show),
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
      sale.payment.reference ? `, ${sale.payment.reference}` : "",
    ),
    ...tickets(sale, show),
  ]);
  print();
}

/** One for each ticket. Its code is the receipt's number, by which it is found once it was sent. @param {OfflineSale} sale @param {(Node | string)[]} show */
function tickets(sale, show) {
  const names = sale.lines.flatMap((line) => Array(line.quantity).fill(line.name));
  return names.map((name, at) =>
    h(
      "section",
      {},
      h("p", {}, ...show.map((part) => (typeof part === "string" ? part : part.cloneNode(true)))),
      h("p", {}, h("b", {}, name), h("br"), sale.receipt, h("br"), say("ticketOf", { number: at + 1, count: names.length })),
      drawQr(sale.receipt, sale.receipt),
    ),
  );
}
