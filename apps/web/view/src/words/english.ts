// Every sentence of the view in one place, in the language of the page. Screens take their words from here, so that another
// language is another file of this shape. Each area of the view has a part of its own in this folder.
import { entry } from "./english/entry";
import { main } from "./english/main";
import { settings } from "./english/settings";

export const words = {
  close: "Close",
  cancel: "Cancel",
  back: "Back",
  copy: "Copy",
  copied: "Copied",
  loading: "Loading…",
  password: { show: "Show password", hide: "Hide password" },
  ...entry,
  ...main,
  ...settings,
};
