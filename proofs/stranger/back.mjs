// Reading back what was said before this device came, newest first, through the key links of the commits (§8.2).
import { equal, must } from "./bytes.mjs";
import * as inside from "./body.mjs";
import { followLink } from "./history.mjs";

const PAGE = 3;

/** `{messages, ends}`: what could be read, oldest first, and why it goes no further. */
export async function readBack(room) {
  const messages = [];
  let before = room.came.seq + 1;
  for (;;) {
    const page = await room.client.session.ask("Fetch", { room: room.id, before_seq: before, limit: PAGE }, "Events");
    if (page.events.length === 0) return { messages, ends: "beginning" };
    for (const event of page.events.reverse()) {
      must(equal(event.room, room.id) && event.seq === before - 1, "an event is not the one before");
      before = event.seq;
      if (event.kind === inside.DELETED) return { messages, ends: "deleted" };
      const key = keyOf(room, event);
      if (!key) return { messages, ends: room.policy.history === "shared" ? "owed" : "policy" };
      if (event.kind === inside.MESSAGE) messages.unshift({ seq: event.seq, ...read(room, event, key) });
    }
  }
}

/** The key of an event's epoch: known, or led to by the link of the commit that ended it. */
function keyOf(room, { kind, epoch, body }) {
  const next = room.archives.get(epoch + 1);
  if (!room.archives.has(epoch) && kind === inside.COMMIT && next && body.length > 0) {
    room.archives.set(epoch, followLink(next, room.id, epoch, body));
  }
  return room.archives.get(epoch);
}

function read(room, { epoch, device, message_id, body }, archive) {
  const { user, key } = room.client.log.ownerOf(device);
  const aad = inside.origin({ room: room.id, epoch, user, device, message_id });
  const content = inside.readContent(inside.openEnvelope(key, aad, inside.openBody(archive, message_id, aad, body)));
  must(
    equal(content.room, room.id) && equal(content.message_id, message_id) && equal(content.user, user) && equal(content.device, device),
    "a message's content is of somebody or somewhere else",
  );
  if (content.kind === "keys") room.told(content.fields.keys);
  return content;
}
