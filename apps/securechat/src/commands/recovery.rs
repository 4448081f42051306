//! `recovery`: the recovery key once more, or a new one.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::online;
use crate::cli::{Recovery, RecoveryAct};
use crate::{print, prompt};

pub(super) async fn run(home: &Path, args: &Recovery) -> Result<(), Failure> {
    online(home, async |client| {
        if let Some(RecoveryAct::Rotate) = args.act {
            let new = prompt::new_recovery_key()?;
            client.rotate_recovery(&new).await?;
            print::say(
                "Your new recovery key works from now on. The old one does not any more: throw it away.",
            );
            return Ok(());
        }
        let key = client.recovery_key().await?;
        prompt::show_recovery_key(&key);
        Ok(())
    })
    .await
}
