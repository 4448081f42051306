//! `admin …`: on the server's machine, with its data folder.

use securechat_client::Failure;
use securechat_server::Config;
use securechat_server::admin::{self, AdminError};
use serde::Serialize;

use crate::cli::{Admin, DataDir};
use crate::span::seconds;
use crate::told::hand_over;
use crate::{place, print};

#[derive(Serialize)]
struct JsonInvite<'a> {
    link: &'a str,
    uses: u32,
    expires: String,
}

#[derive(Serialize)]
struct JsonUser<'a> {
    name: &'a str,
    id: String,
    role: &'static str,
    active: bool,
    created: String,
}

#[derive(Serialize)]
struct JsonCheck<'a> {
    users: u64,
    rooms: u64,
    events: u64,
    links: u64,
    problems: &'a [String],
}

pub(super) fn run(act: Admin) -> Result<(), Failure> {
    match act {
        Admin::Invite { data, uses, expires } => {
            let invite = open(&data)?.create_invite(uses, seconds(&expires)?).map_err(failed)?;
            if data.json {
                let expires = print::utc(invite.expires);
                print::json(&JsonInvite { link: &invite.link, uses: invite.uses, expires });
            } else {
                print::line(&invite.link);
            }
        }
        Admin::OwnerLink { data } => {
            let link = open(&data)?.owner_link().map_err(failed)?;
            if data.json {
                print::json(&serde_json::json!({ "owner_link": link }));
            } else {
                print::line(&link);
            }
        }
        Admin::ResetLink { user, data } => {
            let made = open(&data)?.reset_link(&user).map_err(failed)?;
            if data.json {
                let expires = print::utc(made.expires);
                print::json(&JsonInvite { link: &made.link, uses: made.uses, expires });
            } else {
                print::line(&made.link);
                print::say(&hand_over(&user, made.expires));
            }
        }
        Admin::Users { data } => {
            for user in open(&data)?.users().map_err(failed)? {
                if data.json {
                    print::json(&JsonUser {
                        name: &user.user_name,
                        id: user.user_id.to_string(),
                        role: user.role.text(),
                        active: user.active,
                        created: print::utc(user.created_ms),
                    });
                } else {
                    let state = if user.active { "" } else { "  (deactivated)" };
                    print::line(&format!("@{:<24} {}{state}", user.user_name, user.role.text()));
                }
            }
        }
        Admin::Check { data } => {
            let checked = open(&data)?.check().map_err(failed)?;
            if data.json {
                print::json(&JsonCheck {
                    users: checked.users,
                    rooms: checked.rooms,
                    events: checked.events,
                    links: checked.links,
                    problems: &checked.problems,
                });
            } else {
                print::line(&format!(
                    "{} users, {} rooms, {} events, {} links",
                    checked.users, checked.rooms, checked.events, checked.links
                ));
                checked.problems.iter().for_each(|problem| print::line(&format!("PROBLEM {problem}")));
            }
            if !checked.problems.is_empty() {
                return Err(Failure::Other("the data folder has problems; restore a backup".into()));
            }
        }
    }
    Ok(())
}

fn open(data: &DataDir) -> Result<admin::Admin, Failure> {
    let dir = place::server(data.data.clone())?;
    admin::Admin::open(&dir, Config::default()).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "an error's end")]
fn failed(error: AdminError) -> Failure {
    Failure::Other(error.to_string())
}
