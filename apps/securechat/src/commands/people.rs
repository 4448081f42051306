//! `people` and `name`: who is in the team, with what role, under what name.

use std::path::Path;

use securechat_client::{Failure, Role, User};
use serde::Serialize;

use crate::at_work::{online, wait_until_sent};
use crate::cli::People;
use crate::print;
use crate::told::hand_over;

#[derive(Serialize)]
struct JsonUser<'a> {
    name: &'a str,
    id: String,
    role: &'static str,
    active: bool,
    created: String,
}

pub(super) async fn run(home: &Path, args: People) -> Result<(), Failure> {
    online(home, async |client| {
        if let Some(wanted) = args.role {
            let (name, role) = wanted
                .split_once('=')
                .ok_or_else(|| Failure::Usage("write --role @name=member, admin or owner".into()))?;
            let role: Role = role.parse().map_err(Failure::Usage)?;
            let user = client.find_person(name).await?;
            return client.set_role(user, role).await;
        }
        if let Some(name) = args.deactivate {
            let user = client.find_person(&name).await?;
            client.deactivate(user).await?;
            print::say(&format!("{name} is deactivated; every room removes their devices."));
            return client.caught_up().await;
        }
        if let Some(name) = args.reset_link {
            let user = client.find_person(&name).await?;
            let made = client.reset_link(user).await?;
            if args.json {
                print::json(&serde_json::json!({
                    "link": made.link, "user": made.user_name, "expires": print::utc(made.expires),
                }));
            } else {
                print::line(&made.link);
                print::say(&hand_over(&name, made.expires));
            }
            return Ok(());
        }
        client.users().await?.iter().for_each(|user| show(user, args.json));
        Ok(())
    })
    .await
}

fn show(user: &User, as_json: bool) {
    if as_json {
        return print::json(&JsonUser {
            name: &user.user_name,
            id: user.user_id.to_string(),
            role: user.role.text(),
            active: user.active,
            created: print::utc(user.created_ms),
        });
    }
    let state = if user.active { "" } else { "  (deactivated)" };
    print::line(&format!("@{:<24} {}{state}", user.user_name, user.role.text()));
}

pub(super) async fn set_name(home: &Path, name: String) -> Result<(), Failure> {
    online(home, async |client| {
        client.set_display_name(name).await?;
        wait_until_sent(client).await
    })
    .await
}
