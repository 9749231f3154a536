/**
 * A sale at the counter, step by step: choose, hold, take payment, sold. No page, no clock, no network.
 *
 * Each function takes a flow and gives the next one; what it does not allow leaves the flow as it is.
 */

import { minorOf } from "#sell/money";

/** @import {Booking, Flow, Item, Kind, Line, Payment, Problem, Sold} from "./types.d.ts" */

const MOST_DIGITS = 4;
const LONGEST_AMOUNT = 13;

/** @param {number | null} [event] @returns {Flow} */
export function begin(event = null) {
  return {
    step: "choose",
    event,
    lines: [],
    active: 0,
    adding: true,
    typed: "",
    booking: null,
    kind: null,
    tendered: "",
    reference: "",
    reason: "",
    refusal: null,
    sold: null,
  };
}

/** Whether another customer may be begun: nothing is held, and nothing is on its way. @param {Flow} flow */
export function isFree(flow) {
  return flow.step === "choose" || flow.step === "sold" || flow.step === "lapsed";
}

/** @param {Flow} flow @param {number} event @returns {Flow} */
export function chooseEvent(flow, event) {
  return isFree(flow) && event !== flow.event ? begin(event) : flow;
}

/** Add one of an item, or one more. @param {Flow} flow @param {Item} item @returns {Flow} */
export function chooseItem(flow, item) {
  if (!isFree(flow)) return flow;
  const from = flow.step === "choose" ? flow : begin(flow.event);
  const at = from.lines.findIndex((line) => line.item === item.id);
  if (at >= 0) return quantify({ ...from, active: at, adding: false }, (from.lines[at]?.quantity ?? 0) + 1);
  const line = { item: item.id, quantity: Math.max(1, item.min), price: minorOf(item.price) ?? 0 };
  const lines = [...from.lines, line];
  return { ...from, lines, active: lines.length - 1, adding: false, typed: "", refusal: null };
}

/** @param {Flow} flow @param {number} quantity @returns {Flow} */
function quantify(flow, quantity) {
  const lines = flow.lines.map((line, at) => (at === flow.active ? { ...line, quantity } : line));
  return { ...flow, lines, typed: "", refusal: null };
}

/** More or fewer of the active line, or of another one; none of it takes it out. @param {Flow} flow @param {number} by @param {number} [at] @returns {Flow} */
export function change(flow, by, at = flow.active) {
  const line = flow.lines[at];
  if (flow.step !== "choose" || !line) return flow;
  if (line.quantity + by < 1) return remove(flow, at);
  return quantify({ ...flow, active: at, adding: false }, line.quantity + by);
}

/** @param {Flow} flow @param {number} at @returns {Flow} */
export function remove(flow, at) {
  if (flow.step !== "choose") return flow;
  const lines = flow.lines.filter((_line, index) => index !== at);
  const active = Math.max(0, Math.min(flow.active, lines.length - 1));
  return { ...flow, lines, active, adding: lines.length === 0, typed: "", refusal: null };
}

/**
 * A digit: the item of that number, or once there is one its quantity; while payment is taken what the customer gives.
 * @param {Flow} flow @param {string} digit @param {Item[]} items @returns {Flow}
 */
export function digit(flow, digit, items) {
  if (flow.step === "pay") return tender(flow, flow.tendered + digit);
  const from = flow.step === "choose" ? flow : isFree(flow) ? begin(flow.event) : null;
  if (!from) return flow;
  if (from.adding) {
    const item = items[Number(digit) - 1];
    return item ? chooseItem(from, item) : from;
  }
  const typed = `${from.typed}${digit}`.replace(/^0+/, "").slice(-MOST_DIGITS);
  if (!typed) return from;
  return { ...quantify(from, Number(typed)), typed };
}

/** @param {Flow} flow @returns {Flow} */
export function backspace(flow) {
  if (flow.step === "pay") return tender(flow, flow.tendered.slice(0, -1));
  if (flow.step !== "choose" || flow.adding) return flow;
  const typed = flow.typed.slice(0, -1);
  return typed ? { ...quantify(flow, Number(typed)), typed } : remove(flow, flow.active);
}

/** The next digit chooses another item. @param {Flow} flow @returns {Flow} */
export function another(flow) {
  return flow.step === "choose" && flow.lines.length ? { ...flow, adding: true, typed: "" } : flow;
}

/** Where the counter sets its prices. @param {Flow} flow @param {number} at @param {number} price @returns {Flow} */
export function setPrice(flow, at, price) {
  if (flow.step !== "choose") return flow;
  const lines = flow.lines.map((line, index) => (index === at ? { ...line, price } : line));
  return { ...flow, lines, refusal: null };
}

/** @param {Flow} flow @returns {Flow} */
export function holding(flow) {
  const may = (flow.step === "choose" || flow.step === "lapsed") && flow.lines.length > 0;
  return may ? { ...flow, step: "holding", refusal: null, booking: null } : flow;
}

/** The tickets are held; `null`: they are the terminal's own, of its lease. @param {Flow} flow @param {Booking | null} booking @returns {Flow} */
export function held(flow, booking) {
  return {
    ...flow,
    step: "pay",
    booking,
    kind: null,
    tendered: "",
    reference: "",
    reason: "",
    refusal: null,
  };
}

/** What is held as the server knows it, after the page was opened anew. @param {Booking} booking @returns {Flow} */
export function resume(booking) {
  const lines = booking.lines.map((line) => ({
    item: line.item,
    quantity: line.quantity,
    price: minorOf(line.unit_price) ?? 0,
  }));
  return held({ ...begin(booking.event), lines, adding: false }, booking);
}

/** @param {Flow} flow @param {Problem} problem @returns {Flow} */
export function refuse(flow, problem) {
  const step = flow.step === "selling" ? "pay" : flow.step === "holding" ? "choose" : flow.step;
  return { ...flow, step, refusal: problem, typed: "" };
}

/** The time of the hold is over; the order stays, to be held again. @param {Flow} flow @returns {Flow} */
export function lapse(flow) {
  if (flow.step !== "pay" && flow.step !== "selling") return flow;
  return { ...flow, step: "lapsed", booking: null, kind: null, refusal: null };
}

/** @param {Flow} flow @param {Kind} kind @returns {Flow} */
export function payBy(flow, kind) {
  return flow.step === "pay" ? { ...flow, kind, refusal: null } : flow;
}

/** @param {Flow} flow @param {string} text @returns {Flow} */
export function tender(flow, text) {
  if (flow.step !== "pay") return flow;
  const clean = text.replace(/[^\d.]/g, "").slice(0, LONGEST_AMOUNT);
  return { ...flow, tendered: clean, refusal: null };
}

/** @param {Flow} flow @param {"reference" | "reason"} field @param {string} text @returns {Flow} */
export function write(flow, field, text) {
  return flow.step === "pay" ? { ...flow, [field]: text } : flow;
}

/** What is due. @param {Flow} flow @returns {number} */
export function due(flow) {
  if (flow.booking) return minorOf(flow.booking.total) ?? 0;
  return flow.lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
}

/** What goes back to the customer; `null` where too little was given or no amount was typed. @param {Flow} flow @returns {number | null} */
export function changeDue(flow) {
  if (!flow.tendered) return 0;
  const given = minorOf(flow.tendered);
  return given === null || given < due(flow) ? null : given - due(flow);
}

/**
 * What is missing before the sale may be made: a word of `words.missing`, or nothing.
 * @param {Flow} flow @returns {"" | "kind" | "tendered" | "reference" | "reason"}
 */
export function missing(flow) {
  if (!flow.kind) return "kind";
  if (flow.kind === "CASH" && changeDue(flow) === null) return "tendered";
  if (flow.kind === "ON_ACCOUNT" && !flow.reference.trim()) return "reference";
  if (flow.kind === "COMPLIMENTARY" && !flow.reason.trim()) return "reason";
  return "";
}

/** As the server takes it. @param {Flow} flow @param {(minor: number) => string} amount @returns {Payment} */
export function payment(flow, amount) {
  const kind = /** @type {Kind} */ (flow.kind);
  if (kind === "CASH") {
    const given = flow.tendered ? minorOf(flow.tendered) : null;
    return { kind, tendered: amount(given ?? due(flow)) };
  }
  if (kind === "COMPLIMENTARY") return { kind, reason: flow.reason.trim() };
  const reference = flow.reference.trim();
  return reference ? { kind, reference } : { kind };
}

/** @param {Flow} flow @returns {Flow} */
export function selling(flow) {
  return flow.step === "pay" && !missing(flow) ? { ...flow, step: "selling", refusal: null } : flow;
}

/** @param {Flow} flow @param {Sold} sold @returns {Flow} */
export function done(flow, sold) {
  return { ...begin(flow.event), step: "sold", sold };
}

/** As the API takes the lines of an order; the price only where the counter sets it. @param {Line[]} lines @param {Map<number, Item>} items @param {(minor: number) => string} amount */
export function orderLines(lines, items, amount) {
  return lines.map((line) => ({
    item: line.item,
    quantity: line.quantity,
    ...(items.get(line.item)?.pricing ? { unit_price: amount(line.price) } : {}),
  }));
}
