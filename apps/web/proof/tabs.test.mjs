// Tabs that share one engine: one that opens while another waits for an answer disturbs nobody.
import { after, before } from "node:test";
import { Lab, PASSWORD } from "./lab.mjs";
import { arrived, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
let second;
const test = story(() => [second ?? ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
});
after(() => lab.close());

test("a password is changed in a second tab while a third one opens", async () => {
  second = await ana.context.newPage();
  await second.goto(`${lab.url}/#/settings/password`);
  await second.getByLabel("Present password").fill(PASSWORD);
  await second.getByLabel("New password", { exact: true }).fill("plaza-organ-vivid-kettle");
  await second.getByRole("button", { name: "Change password" }).click();
  // The password takes a second of work in the first tab; this one says hello meanwhile.
  const third = await ana.context.newPage();
  await third.goto(lab.url);
  await second.getByText("Your password is changed").first().waitFor();
  await arrived(third);
  await second.goto(`${lab.url}/#/dashboard`);
  await second.getByRole("heading", { level: 1 }).first().waitFor();
});
