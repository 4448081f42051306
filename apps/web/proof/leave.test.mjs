// Logging out of a browser: the key of what is kept goes first and the database after it; cut off in between, what is left can
// be read by nobody and stands in nobody's way; who comes next gets another key. And every tab follows.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab, PASSWORD } from "./lab.mjs";
import { arrived, logIn, rail, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
let second;
const test = story(() => [ana.page, ...(second ? [second] : [])]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
});
after(() => lab.close());

const door = (page) => page.getByRole("button", { name: "Log in", exact: true });

async function logOut(page) {
  await page.goto(`${lab.url}/#/settings/devices`);
  await page.getByRole("button", { name: "Log out of this browser" }).click();
  await page.getByRole("button", { name: "Log out and wipe" }).click();
}

/** In a page or worker of the origin: the sealed key there is, if any. */
const sealed = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("securechat");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = opening.result.transaction("keys").objectStore("keys").get("home");
      asked.onsuccess = () => {
        opening.result.close();
        resolve(asked.result ? [...new Uint8Array(asked.result.sealed)].join() : null);
      };
    };
  });

/** The worker that holds the engine. */
const worker = () => expect(async () => ana.page.workers()[0], "the worker");

let firstKey;

test("another tab comes in by the first one's door, and goes when that one goes", async () => {
  second = await ana.context.newPage();
  await second.goto(lab.url);
  await arrived(second);
  firstKey = await ana.page.evaluate(sealed);
  assert.ok(firstKey);

  await (await worker()).evaluate(() => {
    globalThis.order = [];
    const note = (prototype, name, what) => {
      const was = prototype[name];
      prototype[name] = function (...args) {
        globalThis.order.push(what);
        return was.apply(this, args);
      };
    };
    note(IDBObjectStore.prototype, "delete", "key destroyed");
    note(IDBObjectStore.prototype, "put", "key made");
    note(FileSystemSyncAccessHandle.prototype, "truncate", "file emptied");
  });
  await logOut(ana.page);
  await door(ana.page).waitFor();
  await door(second).waitFor();
});

test("the key went before the database", async () => {
  const order = await (await worker()).evaluate(() => globalThis.order);
  const gone = order.indexOf("key destroyed");
  assert.ok(gone >= 0, order.join());
  // What SQLite empties while it closes (its journal) comes before; the database itself after.
  assert.ok(order.slice(gone).includes("file emptied"), order.join());
  assert.equal(order.at(-1), "key made", order.join());
  assert.notEqual(await ana.page.evaluate(sealed), firstKey);
});

test("a log-in in one tab brings in the other", async () => {
  await logIn(second, lab.url, "ana");
  await arrived(ana.page);
  assert.ok(await rail(ana.page).isVisible());
  const key = await ana.page.evaluate(sealed);
  assert.ok(key && key !== firstKey);
});

test("and a log-out in the one that does not hold the engine brings both to the door", async () => {
  await logOut(second);
  await door(second).waitFor();
  await door(ana.page).waitFor();
});

test("cut off between key and database, the browser is as new", async () => {
  await logIn(ana.page, lab.url, "ana");
  await arrived(second);
  await second.close();
  second = undefined;
  // As a crash leaves it: nobody holds the files, the key is gone, the database is there.
  await ana.page.goto(`${lab.url}/manifest.webmanifest`);
  const files = await ana.page.evaluate(async () => {
    await new Promise((resolve, reject) => {
      const opening = indexedDB.open("securechat");
      opening.onsuccess = () => {
        const write = opening.result.transaction("keys", "readwrite");
        write.objectStore("keys").delete("home");
        write.oncomplete = () => (opening.result.close(), resolve());
        write.onerror = reject;
      };
    });
    let bytes = 0;
    const walk = async (folder) => {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") await walk(entry);
        else bytes += (await entry.getFile()).size;
      }
    };
    await walk(await navigator.storage.getDirectory());
    return bytes;
  });
  assert.ok(files > 100_000, `the database is still there (${files} bytes)`);
  await ana.page.goto(lab.url);
  await door(ana.page).waitFor();
  await logIn(ana.page, lab.url, "ana", PASSWORD);
  await ana.page.reload();
  await arrived(ana.page);
});
