//! `inbox`: everything unread, room by room.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::with_client;
use crate::cli::Inbox;
use crate::print;

/// Lines shown of one room; the rest is behind `tail`.
const LINES_MAX: usize = 1_000;

pub(super) async fn run(home: &Path, args: Inbox) -> Result<(), Failure> {
    with_client(home, async |client| {
        let reached = client.caught_up().await;
        let lines = client.inbox(LINES_MAX).await?;
        for line in &lines {
            print::message(line, args.json, true);
        }
        if lines.is_empty() && !args.json {
            print::say("Nothing new.");
        }
        if args.read {
            for line in &lines {
                if let Some(seq) = line.seq {
                    client.mark_read(line.room, seq).await?;
                }
            }
        }
        reached
    })
    .await
}
