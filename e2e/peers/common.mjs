// What all peers share: the rows, strict transactions, and how a search for the ten nearest is timed.
//
// Guarantees: every peer gets the same numbers from the same file; IndexedDB transactions are strict, as the lab's are.
// Leaves out: what a peer is asked (`page.mjs`), and how it does it (a file for each).

export const DIM = 128;
export const NEAREST = 10;
/** Rows a transaction. */
export const BATCH = 1_000;
/** A graph's neighbours a row (twice as many on the lowest level), and its candidates while it is built. */
export const M = 16;
export const EF_CONSTRUCTION = 200;

// A transaction of IndexedDB is relaxed unless it asks for more: then the browser says that it is done before the bytes
// are flushed. No peer here asks, so all are made to.
const transaction = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function strict(stores, mode, options) {
  return transaction.call(this, stores, mode ?? 'readonly', { ...options, durability: 'strict' });
};

/** A file of vectors as one array of numbers. */
export async function vectors(name) {
  return new Float32Array(await (await fetch(`/${name}`)).arrayBuffer());
}

/** The vector of a row. */
export const row = (all, at) => all.subarray(at * DIM, (at + 1) * DIM);

/** The text of a row, as the lab's. */
export const text = (at) => `文档 ${at}`;

/** Deletes databases and files that an earlier round left. */
export async function clean() {
  for (const { name } of await indexedDB.databases()) {
    await new Promise((done, failed) => {
      const asked = indexedDB.deleteDatabase(name);
      asked.onsuccess = done;
      asked.onerror = () => failed(asked.error);
      asked.onblocked = () => failed(new Error(`${name} is still open`));
    });
  }
  const files = await navigator.storage.getDirectory();
  for await (const name of files.keys()) await files.removeEntry(name, { recursive: true });
}
