//! `import`: an export's messages come into this device's memory; nothing is sent.

use std::path::Path;

use securechat_client::Failure;
use securechat_client::export::{ExportError, Source};

use super::export::failed;
use crate::at_work::with_client;
use crate::print;

/// Messages taken in at once.
const AT_ONCE: usize = 500;

pub(super) async fn run(home: &Path, dir: &Path) -> Result<(), Failure> {
    let source = Source::open(dir).map_err(failed)?;
    with_client(home, async |client| {
        // What the server still has is better than a copy: it is checked. So it comes first, where it can be reached.
        let reached = client.caught_up().await;
        let me = client.me().clone();
        let same_server = client.server_id().await?.to_string() == source.manifest.server_id;
        if same_server && source.manifest.user_id != me.user_id.to_string() {
            let whose = &source.manifest.user_name;
            return Err(Failure::Usage(format!(
                "this is the export of @{whose}, and you are @{}; it is imported by its owner only",
                me.user_name
            )));
        }
        let (mut new, mut known) = (0, 0);
        for entry in &source.manifest.rooms {
            let room = entry.room().map_err(failed)?;
            let mut batch = Vec::with_capacity(AT_ONCE);
            let mut lines = source.lines(entry).map_err(failed)?;
            loop {
                let line = lines.next().transpose().map_err(failed)?;
                let ended = line.is_none();
                if let Some(line) = line {
                    let wrong = |why| ExportError::Malformed(entry.lines.clone().unwrap_or_default(), why);
                    batch.extend(line.message().map_err(wrong).map_err(failed)?);
                }
                if batch.len() == AT_ONCE || (ended && !batch.is_empty()) {
                    let count = batch.len();
                    let kept = client.import(room.clone(), std::mem::take(&mut batch)).await?;
                    new += kept;
                    known += count - kept;
                }
                if ended {
                    break;
                }
            }
        }
        print::say(&format!(
            "{new} messages came in, {known} were here already or are left to the server. They are marked as imported: \
             this device has not checked who said them."
        ));
        reached
    })
    .await
}
