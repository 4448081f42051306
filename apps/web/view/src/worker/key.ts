// The key of this origin's database: 32 random bytes, kept only under a key that scripts can use and never read.
import type { HomeKeys } from "./engine/securechat_web_engine.js";

const DATABASE = "securechat";
const STORE = "keys";
const NAME = "home";

type Kept = { wrapping: CryptoKey; iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };

/** The key, made if there is none yet and destroyed when somebody leaves. */
export const keys: HomeKeys = {
  held: () =>
    within(async (database) => {
      const kept = await request<Kept | undefined>(store(database, "readonly").get(NAME));
      return kept && unsealed(kept);
    }),

  make: () =>
    within(async (database) => {
      const key = crypto.getRandomValues(new Uint8Array(32));
      const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrapping, key);
      await written(database, (into) => into.put({ wrapping, iv, sealed } satisfies Kept, NAME));
      return key;
    }),

  destroy: () => within((database) => written(database, (into) => into.delete(NAME))),
};

async function within<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T> {
  const database = await opened();
  try {
    return await work(database);
  } finally {
    database.close();
  }
}

async function unsealed({ wrapping, iv, sealed }: Kept): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, wrapping, sealed));
}

function opened(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return request(opening);
}

function store(database: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore {
  return database.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
}

/** Done when it is on the disk: only the transaction's end says so. */
function written(database: IDBDatabase, work: (into: IDBObjectStore) => void): Promise<void> {
  const into = store(database, "readwrite");
  work(into);
  return new Promise((resolve, reject) => {
    into.transaction.oncomplete = () => resolve();
    into.transaction.onabort = () => reject(into.transaction.error ?? new Error("the browser's key store failed"));
  });
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser's key store failed"));
  });
}
