// The door to ts-mls, which is loaded with its one mended line.
import { register } from "node:module";

register("./mend.mjs", import.meta.url);

const mls = await import("ts-mls");
export const {
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPub,
  decode,
  encode,
  generateKeyPackageWithKey,
  joinGroup,
  joinGroupExternal,
  makeKeyPackageRef,
  mlsExporter,
  mlsMessageDecoder,
  mlsMessageEncoder,
  processPrivateMessage,
  processPublicMessage,
  protocolVersions,
  wireformats,
} = mls;
// Trees travel by themselves here, and the package shows no codec for them; its exact version is in the lock file.
export const { ratchetTreeDecoder, ratchetTreeEncoder } = await import("./node_modules/ts-mls/dist/src/ratchetTree.js");
