//! `passwd`: a new password, all or nothing.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::online;
use crate::cli::Passwd;
use crate::{print, prompt};

pub(super) async fn run(home: &Path, args: Passwd) -> Result<(), Failure> {
    if args.forgotten {
        let new = prompt::new_password(args.new_password_file.as_deref())?;
        return online(home, async |client| {
            client.set_forgotten_password(&new).await?;
            print::say("Password changed.");
            Ok(())
        })
        .await;
    }
    let old = prompt::password(args.password_file.as_deref(), "Present password (hidden): ")?;
    let new = prompt::new_password(args.new_password_file.as_deref())?;
    online(home, async |client| {
        client.change_password(&old, &new, !args.keep_sessions).await?;
        print::say(if args.keep_sessions {
            "Password changed."
        } else {
            "Password changed. Your other devices open new sessions by their own keys; revoke what you do not know."
        });
        Ok(())
    })
    .await
}
