/**
 * The service worker of the pages that the sell screen leads to and that are not kept: tills, guest lists, boards.
 *
 * Where the network is gone it answers with one page of ours that says so and leads back. RELEASE stands before this
 * file as the server gives it: {version, page, assets}. Nothing else is kept, and nothing else is answered.
 */

/** @type {{version: string, page: string, assets: string[]}} */
// @ts-ignore - put before this file by the server
const away = RELEASE;
const awayWorker = /** @type {any} */ (self);
const AWAY = "finlo-away-";
const KEPT = `${AWAY}${away.version}`;
// A page of these may take a while to be made; a line that is nearly dead takes longer.
const LONGEST_MS = 15_000;

awayWorker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keep());
});

async function keep() {
  const cache = await caches.open(KEPT);
  const requests = [away.page, ...away.assets].map(
    (address) => new Request(address, { cache: "reload", credentials: "same-origin" }),
  );
  await cache.addAll(requests);
  await awayWorker.skipWaiting();
}

awayWorker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(forget());
});

async function forget() {
  for (const name of await caches.keys()) {
    if (name.startsWith(AWAY) && name !== KEPT) await caches.delete(name);
  }
}

awayWorker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== awayWorker.location.origin) return;
  if (request.mode === "navigate") event.respondWith(opened(request));
  else if (away.assets.includes(address.pathname)) event.respondWith(part(request, address.pathname));
});

/** What the server answers, whatever it is; without an answer the page that says so. @param {Request} request */
async function opened(request) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tooLong = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("late")), LONGEST_MS);
  });
  try {
    return await Promise.race([fetch(request), tooLong]);
  } catch {
    return (await (await caches.open(KEPT)).match(away.page)) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

/** From the network, which may have a newer one; else as it was kept. @param {Request} request @param {string} path */
async function part(request, path) {
  try {
    return await fetch(request);
  } catch {
    return (await (await caches.open(KEPT)).match(path)) ?? Response.error();
  }
}
