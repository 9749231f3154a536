/**
 * One tab of a terminal sells; another says so. A tab that goes away, or crashes, lets go by itself.
 */

export class TerminalLock {
  /** @param {string} name @param {() => void} onLost another tab has taken over */
  constructor(name, onLost) {
    this.name = name;
    this.onLost = onLost;
    this.isMine = false;
  }

  /** @param {boolean} steal take it from the tab that has it @returns {Promise<boolean>} */
  take(steal = false) {
    return new Promise((resolve) => {
      const held = navigator.locks.request(
        this.name,
        steal ? { steal: true } : { ifAvailable: true },
        (lock) => {
          this.isMine = lock !== null;
          resolve(this.isMine);
          if (!lock) return undefined;
          // As long as the page is there.
          return new Promise(() => {});
        },
      );
      held.catch(() => {
        this.isMine = false;
        resolve(false);
        this.onLost();
      });
    });
  }
}
