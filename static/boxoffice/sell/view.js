/** Draws the screen: how things stand above, events and items to touch, the order beside them. */

import { fill, h, place } from "#sell/dom";
import { EventRow } from "#sell/events";
import * as flows from "#sell/flow";
import { isOver, leftOf, shutBecause } from "#sell/offers";
import { drawOrder } from "#sell/order";
import { countdown } from "#sell/clock";
import { say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */
/** @import {Hands} from "#sell/order_parts" */

const LAST_MINUTE_MS = 60_000;

export class View {
  /** @param {Counter} counter @param {Hands} hands */
  constructor(counter, hands) {
    this.counter = counter;
    this.hands = hands;
    this.root = place("#sell");
    this.lastMinute = "";
    this.events = new EventRow(counter);
  }

  draw() {
    const { counter, root } = this;
    root.dataset.condition = counter.condition;
    root.dataset.mode = counter.sellsFromLease ? "lease" : "online";
    root.dataset.step = counter.flow.step;
    fill(place("[data-name]"), [document.createTextNode(counter.catalog?.channel.name ?? "")]);
    fill(place("[data-clerk]"), [document.createTextNode(counter.catalog?.clerk.name ?? "")]);
    fill(place("[data-chip]"), this.#chip());
    this.#links();
    fill(place("[data-banners]"), this.#banners());
    this.events.draw();
    fill(place("[data-tiles]"), this.#tiles());
    const ready = counter.condition === "ready" && counter.lock.isMine;
    const before = root.dataset.drawn;
    fill(place("[data-order]"), ready ? drawOrder(counter, this.hands) : []);
    root.dataset.drawn = `${counter.flow.step} ${counter.flow.kind}`;
    if (before !== root.dataset.drawn) this.#wanted();
    this.tick();
  }

  /** A field that has to be filled in next gets the keyboard. */
  #wanted() {
    const field = this.root.querySelector("[data-wanted]");
    if (field instanceof HTMLElement) field.focus();
  }

  tick() {
    const left = this.counter.tick();
    const shown = this.root.querySelector("[data-countdown]");
    if (!shown || left === Infinity) return;
    const text = countdown(left);
    if (shown.textContent !== text) shown.textContent = text;
    const bar = /** @type {HTMLProgressElement} */ (this.root.querySelector("[data-progress]"));
    const whole = (this.counter.catalog?.channel.default_hold_seconds ?? 600) * 1000;
    bar.value = Math.min(1, left / whole);
    const isLast = left < LAST_MINUTE_MS;
    bar.closest(".hold")?.toggleAttribute("data-last", isLast);
    const number = this.counter.flow.booking?.number ?? "";
    if (isLast && this.lastMinute !== number) {
      this.lastMinute = number;
      this.counter.announce(say("lastMinute"));
    }
  }

  /** Those to pages that no device keeps say so while there is no network. */
  #links() {
    const why = this.counter.online ? "" : say("needsNetwork");
    for (const found of document.querySelectorAll("[data-needs-network]")) {
      const link = /** @type {HTMLAnchorElement} */ (found);
      if (link.title === why) continue;
      link.title = why;
      link.querySelector("[data-why]")?.remove();
      if (why) link.append(h("span", { "data-why": true }, h("span.mark", { "aria-hidden": "true" }), h("span.hidden", {}, why)));
    }
  }

  #chip() {
    const { counter } = this;
    const waiting = counter.queued;
    const word = counter.sellsFromLease ? say("offline") : say("online");
    const more = waiting
      ? say("unsent", { count: waiting })
      : counter.leases.length
        ? say("ready", { count: counter.leftOffline })
        : "";
    return [
      h("span.mark", { "aria-hidden": "true" }),
      h("span", {}, word),
      more ? h("span.more", {}, more) : "",
    ];
  }

  #banners() {
    const { counter } = this;
    /** @type {Node[]} */
    const found = [];
    const banner = (/** @type {string} */ kind, /** @type {string} */ text, /** @type {Node[]} */ ...more) =>
      found.push(
        h(`div.banner.${kind}`, {}, h("span.mark", { "aria-hidden": "true" }), h("p", {}, text), ...more),
      );
    const act = (/** @type {string} */ key, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", "data-key": key, onclick }, label);
    if (counter.condition === "starting") banner("calm", say("starting"));
    if (counter.condition === "unknown")
      banner(
        "warn",
        say("unknown"),
        act("retry", say("tryAgain"), () => location.reload()),
      );
    if (counter.condition === "outdated")
      banner(
        "warn",
        say("outdated"),
        act("reload", say("reload"), () => location.reload()),
      );
    if (counter.condition === "refused") banner("warn", counter.detail || say("refused"));
    if (counter.condition === "signedOut") {
      const text = counter.queued ? say("signedOutUnsent", { count: counter.queued }) : say("signedOut");
      banner(
        "warn",
        text,
        h("a.button", { href: `/admin/login/?next=${encodeURIComponent(location.pathname)}` }, say("signIn")),
      );
    }
    if (!counter.lock.isMine && counter.condition === "ready") {
      banner(
        "warn",
        say("otherTab"),
        act("steal", say("sellHere"), () => void counter.takeOver()),
      );
    }
    if (counter.condition === "ready" && !counter.online) {
      const { lease } = counter;
      banner(
        "offline",
        lease
          ? say("offlineLease", {
              number: lease.number,
              count: leftOf(lease),
            })
          : say("offlineNone"),
      );
    }
    const shut = counter.condition === "ready" && shutBecause(counter.offers);
    if (shut) banner("warn", shut);
    if (
      counter.condition === "ready" &&
      counter.sellsFromLease &&
      counter.lease &&
      isOver(counter.lease, counter.clock.now())
    ) {
      banner(
        "warn",
        say("leaseOver"),
        act("past-end", say("sellOn"), () => void counter.sellPastEnd()),
      );
    }
    for (const sale of counter.waiting) {
      if (sale.refusal)
        banner(
          "warn",
          say("saleRefused", { sale: sale.said, why: sale.refusal.detail }),
          act(`settle-${sale.key}`, say("seenTo"), () => void counter.settlePending(sale.key)),
        );
      else banner("offline", say("saleWaiting", { sale: sale.said }));
    }
    if (counter.troubled.length)
      banner(
        "warn",
        say("troubled", { count: counter.troubled.length }),
        act("troubled", say("show"), () => this.hands.press("offline")),
      );
    if (counter.syncFailed && counter.queued)
      banner("warn", say("syncRefused", { count: counter.queued, why: counter.syncFailed }));
    if (counter.others) banner("calm", say("othersUnsent", { count: counter.others }));
    return found;
  }

  #tiles() {
    const { counter } = this;
    const { offers } = counter;
    if (counter.condition !== "ready") return [];
    if (!offers.length && counter.event)
      return [h("p.empty", {}, say(counter.sellsFromLease ? "nothingLeased" : "noItems"))];
    const free = flows.isFree(counter.flow) && counter.lock.isMine;
    return offers.map((offer, at) =>
      h(
        "button.tile",
        {
          type: "button",
          "data-key": `item-${offer.item.id}`,
          "data-level": offer.level,
          "aria-keyshortcuts": at < 9 ? String(at + 1) : null,
          disabled: !offer.isOpen || !free,
          onclick: (/** @type {MouseEvent} */ event) => {
            // Enter after a touch holds, and does not touch again.
            if (event.detail) /** @type {HTMLElement} */ (event.currentTarget).blur();
            this.choose(offer.item.id);
          },
        },
        at < 9 ? h("kbd", { "aria-hidden": "true" }, String(at + 1)) : null,
        h("span.name", {}, offer.item.name),
        h("span.price", {}, counter.money(offer.price)),
        h(
          "span.count",
          {},
          h("span.mark", { "aria-hidden": "true" }),
          h("b", {}, offer.sellable.toLocaleString("en-IN")),
          " ",
          h("span.word", {}, say(`level-${offer.level}`)),
        ),
        offer.detail ? h("span.quiet", {}, offer.detail) : null,
      ),
    );
  }

  /** @param {number} item */
  choose(item) {
    const found = this.counter.items.get(item);
    if (found) this.counter.become(flows.chooseItem(this.counter.flow, found));
  }
}
