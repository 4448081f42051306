//! `invite`: links that let people in.

use std::path::Path;

use securechat_client::{Failure, InviteView, Role};
use serde::Serialize;

use crate::at_work::online;
use crate::cli::Invite;
use crate::print;
use crate::span::seconds;

#[derive(Serialize)]
struct JsonInvite<'a> {
    link: Option<&'a str>,
    uses: u32,
    expires: String,
    id: &'a str,
    role: &'static str,
}

pub(super) async fn run(home: &Path, args: Invite) -> Result<(), Failure> {
    let expires_s = seconds(&args.expires)?;
    online(home, async |client| {
        if let Some(id) = args.revoke {
            return client.revoke_invite(id).await;
        }
        if args.list {
            for invite in client.invites().await? {
                show(&invite, args.json);
            }
            return Ok(());
        }
        let role = if args.admin { Role::Admin } else { Role::Member };
        let invite = client.invite(args.uses, expires_s, role).await?;
        show(&invite, args.json);
        if let (true, Some(link)) = (args.qr, &invite.link) {
            print::qr(link)?;
        }
        Ok(())
    })
    .await
}

fn show(invite: &InviteView, as_json: bool) {
    if as_json {
        return print::json(&JsonInvite {
            link: invite.link.as_deref(),
            uses: invite.uses,
            expires: print::utc(invite.expires),
            id: &invite.id,
            role: invite.role.text(),
        });
    }
    let until = print::local(invite.expires);
    match &invite.link {
        Some(link) => {
            print::line(link);
            print::say(&format!(
                "Works {} time(s), until {until}. Send it over a channel you trust.",
                invite.uses
            ));
        }
        None => print::line(&format!("{}  {} left, until {until}", invite.id, invite.uses)),
    }
}
