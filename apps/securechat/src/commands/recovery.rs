//! `recovery`: the recovery key once more.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::online;
use crate::prompt;

pub(super) async fn run(home: &Path) -> Result<(), Failure> {
    online(home, async |client| {
        let key = client.recovery_key().await?;
        prompt::show_recovery_key(&key);
        Ok(())
    })
    .await
}
