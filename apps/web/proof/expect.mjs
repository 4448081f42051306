// Waits for something to be so, and fails with a sentence.
import { until } from "./lab.mjs";

export const expect = (ask, what, limitMs) => until(what, ask, limitMs);
