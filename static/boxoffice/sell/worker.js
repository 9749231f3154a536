/**
 * The service worker of the sell screen: its own page and assets, so that it opens without a network.
 *
 * RELEASE stands before this file as the server gives it: {version, shell, assets}. Nothing else is ever kept: no
 * answer of the API, no page that was made for a person.
 */

/** @type {{version: string, shell: string, assets: string[]}} */
// @ts-ignore - put before this file by the server
const release = RELEASE;
const worker = /** @type {any} */ (self);
const CACHE = `finlo-sell-${release.version}`;
const OURS = "finlo-sell-";
// A line that is nearly dead must not keep the clerk waiting.
const PATIENCE_MS = 4_000;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(install());
});

async function install() {
  const cache = await caches.open(CACHE);
  // All or none: a version is either whole on the device or not there.
  const requests = [release.shell, ...release.assets].map(
    (address) => new Request(address, { cache: "reload", credentials: "same-origin" }),
  );
  await cache.addAll(requests);
  // An open page has loaded all its modules already; what it has sold lies in IndexedDB.
  await worker.skipWaiting();
}

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(activate());
});

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(OURS) && name !== CACHE) await caches.delete(name);
  }
  await worker.clients.claim();
}

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (/^\/sell\/(\d+\/)?$/.test(address.pathname)) event.respondWith(page(request));
  } else if (release.assets.includes(address.pathname)) {
    event.respondWith(asset(request, address.pathname));
  }
});

/** From the network as long as it answers; else the page as it was when this version came. @param {Request} request */
async function page(request) {
  try {
    // The request of a navigation takes no signal.
    const answer = await Promise.race([fetch(request), tooLate()]);
    // A proxy that answers for a server that is away.
    if (answer.status < 500) return answer;
    throw new Error("away");
  } catch {
    const kept = await (await caches.open(CACHE)).match(release.shell);
    return kept ?? Response.error();
  }
}

/** @returns {Promise<never>} */
function tooLate() {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
}

/** @param {Request} request @param {string} path */
async function asset(request, path) {
  const kept = await (await caches.open(CACHE)).match(path);
  return kept ?? fetch(request);
}
