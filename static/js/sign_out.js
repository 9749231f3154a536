/**
 * Who has sold on this device signs out at the sell screen, which sends what waits, hands leases back and leaves nothing behind.
 *
 * No module: a page's import map must come before the first of them.
 */
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.signOut !== "elsewhere") return;
  event.preventDefault();
  counterOfDevice().then(
    (channel) => (channel ? location.assign(`/sell/${channel}/#sign-out`) : form.submit()),
    () => form.submit(),
  );
});

/** At which counter something is kept for a person; 0 where nothing is. @returns {Promise<number>} */
async function counterOfDevice() {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
  if (!names.includes("finlo-device") || !names.some((name) => name.startsWith("finlo-sell-"))) return 0;
  const opening = indexedDB.open("finlo-device");
  /** @type {IDBDatabase} */
  const device = await settled(opening);
  const last = await settled(device.transaction("last").objectStore("last").get("here"));
  device.close();
  return last?.channel ?? 0;
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
