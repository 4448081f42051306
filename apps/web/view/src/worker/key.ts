// The key of this origin's database: 32 random bytes, kept only under a key that scripts can use and never read.
const DATABASE = "securechat";
const STORE = "keys";
const NAME = "home";

type Kept = { wrapping: CryptoKey; iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };

/** The key, made if there is none yet. */
export async function homeKey(): Promise<Uint8Array> {
  const database = await opened();
  try {
    const kept = await request<Kept | undefined>(store(database, "readonly").get(NAME));
    if (kept) return await unsealed(kept);
    const key = crypto.getRandomValues(new Uint8Array(32));
    const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrapping, key);
    const fresh: Kept = { wrapping, iv, sealed };
    await request(store(database, "readwrite").put(fresh, NAME));
    return key;
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

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser's key store failed"));
  });
}
