/** The dialogs: what the terminal has for the time without a network, and the keys. */

import { NoAnswer, Refused } from "#sell/api";
import { fill, h, place } from "#sell/dom";
import { extendLease, handBack, takeLease } from "#sell/leases";
import { orderText, say } from "#sell/words";

/** @import {Counter} from "#sell/counter" */

/** @param {string} selector @returns {HTMLDialogElement} */
export function dialog(selector) {
  return /** @type {HTMLDialogElement} */ (place(selector));
}

/** What went wrong, for a person. @param {unknown} error @returns {string} */
export function wordsOf(error) {
  if (error instanceof NoAnswer) return say("noAnswer");
  if (error instanceof Refused) return error.problem.detail || say("refused");
  throw error;
}

export class OfflineDialog {
  /** @param {Counter} counter @param {string} conflicts the address of the page of conflicts */
  constructor(counter, conflicts) {
    this.counter = counter;
    this.conflicts = conflicts;
    this.element = dialog("#offline");
    this.said = "";
    this.terminal = "";
  }

  async open() {
    this.said = "";
    this.terminal = (await this.counter.store?.recall("terminal")) ?? "";
    this.element.showModal();
    this.draw();
  }

  draw() {
    if (!this.element.open) return;
    fill(place("[data-offline]"), [this.#state(), ...this.#leases(), ...this.#troubled(), this.#form()]);
  }

  /** @param {() => Promise<unknown>} work */
  async #do(work) {
    this.said = "";
    try {
      await work();
    } catch (error) {
      this.said = wordsOf(error);
    }
    this.counter.changed();
    this.draw();
  }

  #state() {
    const { counter } = this;
    return h(
      "div.stack",
      {},
      h("p", {}, counter.queued ? say("unsentMany", { count: counter.queued }) : say("allSent")),
      this.said ? h("p.refusal", { role: "alert" }, this.said) : null,
      h(
        "div.row",
        {},
        h(
          "button",
          {
            type: "button",
            "data-key": "send",
            disabled: !counter.queued || !counter.online,
            onclick: () => void this.#do(() => counter.sync()),
          },
          say("sendNow"),
        ),
      ),
      counter.leases.length
        ? h(
            "label.check",
            {},
            h("input", {
              type: "checkbox",
              "data-key": "prefer",
              checked: counter.prefersLease,
              onchange: (/** @type {Event} */ event) => {
                counter.prefersLease = /** @type {HTMLInputElement} */ (event.target).checked;
                counter.changed();
              },
            }),
            say("preferLease"),
          )
        : null,
    );
  }

  #leases() {
    const { counter } = this;
    const zone = counter.catalog?.venue.time_zone;
    const format = new Intl.DateTimeFormat("en-GB", {
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      timeZone: zone,
    });
    return counter.leases.map((lease) => {
      const event = counter.events.find((one) => one.id === lease.event);
      const names = new Map(event?.items.map((item) => [item.id, item.name]));
      const until = format.format(new Date(lease.utc_expires_at));
      const isActive = lease.status === "ACTIVE";
      return h(
        "section.panel.lease",
        {},
        h("h3", {}, say("leaseTitle", { number: lease.number, terminal: lease.terminal })),
        h(
          "p.quiet",
          {},
          event?.name ?? "",
          " · ",
          isActive ? say("leaseUntil", { time: until }) : say("leaseEnded"),
        ),
        h(
          "ul.lines",
          { role: "list" },
          ...lease.lines.map((line) =>
            h(
              "li",
              {},
              h("span.name", {}, names.get(line.item) ?? `#${line.item}`),
              h("span.amount", {}, say("leftOf", { left: line.left, of: line.quantity })),
            ),
          ),
        ),
        h(
          "div.row",
          {},
          isActive
            ? h(
                "button",
                {
                  type: "button",
                  "data-key": `extend-${lease.id}`,
                  disabled: !counter.online,
                  onclick: () => void this.#do(() => extendLease(counter, lease)),
                },
                say("extendLease"),
              )
            : null,
          h(
            "button",
            {
              type: "button",
              "data-key": `back-${lease.id}`,
              disabled: !counter.online,
              onclick: () => void this.#do(() => this.#handBack(lease)),
            },
            say("handBack"),
          ),
        ),
      );
    });
  }

  /** @param {import("./types.d.ts").Lease} lease */
  async #handBack(lease) {
    if (!(await handBack(this.counter, lease))) this.said = say("handBackUnsent");
    void this.counter.refresh();
  }

  #troubled() {
    const { counter } = this;
    if (!counter.troubled.length) return [];
    return [
      h("h3", {}, say("conflicts")),
      h("p.quiet", {}, say("conflictsWhy")),
      h(
        "ul.troubled",
        { role: "list" },
        ...counter.troubled.map((sale) =>
          h(
            "li.panel",
            {},
            h("b", {}, say("receipt", { number: sale.receipt })),
            h("span", {}, orderText(sale.lines)),
            h("span.quiet", {}, sale.detail),
            h(
              "div.row",
              {},
              h("a.button", { href: this.conflicts, target: "_blank", rel: "noopener" }, say("waysOut")),
              h(
                "button",
                {
                  type: "button",
                  "data-key": `seen-${sale.clientId}`,
                  onclick: () => void this.#do(() => this.#seen(sale.clientId)),
                },
                say("seenTo"),
              ),
            ),
          ),
        ),
      ),
    ];
  }

  /** @param {string} clientId */
  async #seen(clientId) {
    await this.counter.store?.dismiss(clientId);
    await this.counter.recount();
  }

  #form() {
    const { counter } = this;
    const { event } = counter;
    if (!event || !counter.online) return h("p.quiet", {}, say(event ? "leaseOnline" : "noEvents"));
    if (!counter.catalog?.shift) return h("p.quiet", {}, say("leaseTill"));
    const items = event.items.filter((item) => item.sellable > 0);
    return h(
      "form.stack.take",
      {
        onsubmit: (/** @type {SubmitEvent} */ submit) => {
          submit.preventDefault();
          void this.#do(() => this.#take(/** @type {HTMLFormElement} */ (submit.target), event.id));
        },
      },
      h("h3", {}, say("takeLease", { event: event.name })),
      h("p.quiet", {}, say("takeLeaseWhy")),
      h(
        "label",
        {},
        say("terminal"),
        h("input", {
          name: "terminal",
          required: true,
          maxlength: 100,
          value: this.terminal,
          "data-key": "lease-terminal",
          autocomplete: "off",
        }),
      ),
      ...items.map((item) =>
        h(
          "label.quantity",
          {},
          h("span", {}, item.name, " ", h("span.quiet", {}, say("canLease", { count: item.sellable }))),
          h("input", {
            name: `item-${item.id}`,
            type: "number",
            min: 0,
            max: item.sellable,
            inputmode: "numeric",
            "data-key": `lease-${item.id}`,
          }),
        ),
      ),
      h(
        "label",
        {},
        say("hours"),
        h("input", {
          name: "hours",
          type: "number",
          min: 1,
          inputmode: "numeric",
          "data-key": "hours",
          placeholder: say("longest"),
        }),
      ),
      h("button.primary", { type: "submit" }, say("lease")),
    );
  }

  /** @param {HTMLFormElement} form @param {number} event */
  async #take(form, event) {
    const fields = new FormData(form);
    const lines = [];
    for (const [name, value] of fields) {
      const quantity = Number(value);
      if (name.startsWith("item-") && quantity > 0) lines.push({ item: Number(name.slice(5)), quantity });
    }
    if (!lines.length) {
      this.said = say("leaseNothing");
      return;
    }
    const hours = Number(fields.get("hours")) || null;
    const terminal = String(fields.get("terminal")).trim();
    await takeLease(this.counter, { event, terminal, lines, hours });
    this.terminal = terminal;
    // What was leased is not to be leased again by another touch.
    /** @type {HTMLFormElement | null} */ (this.element.querySelector("form.take"))?.reset();
    void this.counter.refresh();
  }
}
