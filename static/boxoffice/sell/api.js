/** Requests to the server: with the session, a key for each change, and patience where an answer is lost. */

/** @import {Problem} from "./types.d.ts" */

const PATIENCE_MS = 8_000;
const WAITS_MS = [400, 1_200];
// Somewhere on the way; whether the change was made is not known.
const UNKNOWN = new Set([502, 504]);
// The server says that nothing was done and that it will be possible in a moment.
const AGAIN = new Set(["BUSY", "UNAVAILABLE", "IDEMPOTENCY_IN_FLIGHT"]);

/** Nobody has answered: it may have been done. */
export class NoAnswer extends Error {}

/** Nothing was done, and why. */
export class Refused extends Error {
  /** @param {number} status @param {Problem} problem */
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }

  /** It may be possible in a moment. */
  get isPassing() {
    return AGAIN.has(this.problem.code) || this.status === 429;
  }

  /** The person may not come in here, now or ever. */
  get isShut() {
    return this.isSignedOut || this.status === 403 || this.status === 404;
  }

  get isSignedOut() {
    return this.status === 401 || this.problem.code === "NOT_AUTHENTICATED";
  }
}

/**
 * For a request that can be done without: it is sent once, and not waited for so long.
 * @typedef {{hurry?: boolean}} Manner
 */
const HURRY_MS = 4_000;

/** @returns {string} */
export function newKey() {
  return crypto.randomUUID();
}

/** What the server wants to see with a change, beside the session. */
export function csrfToken() {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/** @param {Response} answer @returns {Promise<any>} */
async function json(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/**
 * @param {string} method @param {string} url @param {unknown} body @param {string} key @param {number} patience
 * @returns {Promise<any>}
 */
async function once(method, url, body, key, patience) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (key) headers["Idempotency-Key"] = key;
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new NoAnswer();
  }
  // A page that asks for a sign-in instead of an answer.
  if (answer.type === "opaqueredirect") {
    throw new Refused(401, { code: "NOT_AUTHENTICATED", detail: "" });
  }
  if (UNKNOWN.has(answer.status)) throw new NoAnswer();
  const said = await json(answer);
  if (answer.ok) {
    if (said === null) throw new NoAnswer();
    return said;
  }
  const problem = said?.code ? said : { code: "FAILED", detail: said?.detail ?? "" };
  if (answer.status >= 500 && !AGAIN.has(problem.code)) throw new NoAnswer();
  throw new Refused(answer.status, problem);
}

/**
 * Ask until there is an answer, a few times. With a `key` the server does a change once, however often it is sent.
 *
 * Throws `NoAnswer` or `Refused`.
 * @param {string} method @param {string} url @param {unknown} [body] @param {string} [key] @param {Manner} [manner]
 * @returns {Promise<any>}
 */
export async function ask(method, url, body, key = "", { hurry = false } = {}) {
  // An attempt before may have done it, though the last one says that nothing was done.
  let isUnknown = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once(method, url, body, key, hurry ? HURRY_MS : PATIENCE_MS);
    } catch (error) {
      const isPassing = error instanceof Refused && error.isPassing;
      if (!(error instanceof NoAnswer) && !isPassing) throw error;
      isUnknown ||= !isPassing || error.problem.code === "IDEMPOTENCY_IN_FLIGHT";
      const wait = WAITS_MS[attempt];
      const mayRepeat = !hurry && (method === "GET" || key !== "");
      if (wait === undefined || !mayRepeat || !navigator.onLine) throw isUnknown ? new NoAnswer() : error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
