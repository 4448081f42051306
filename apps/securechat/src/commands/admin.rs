//! `admin …`: on the server's machine, with its data folder.

use std::path::Path;

use securechat_client::Failure;
use securechat_server::Config;
use securechat_server::admin::{self, AdminError, Checked};
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

impl<'a> JsonCheck<'a> {
    fn of(checked: &'a Checked) -> Self {
        let Checked { users, rooms, events, links, ref problems } = *checked;
        Self { users, rooms, events, links, problems }
    }
}

#[derive(Serialize)]
struct JsonBackup<'a> {
    backup: &'a str,
    bytes: u64,
    #[serde(flatten)]
    checked: JsonCheck<'a>,
}

#[derive(Serialize)]
struct JsonRestore<'a> {
    data: String,
    backup_of: String,
    former: Option<&'a str>,
    #[serde(flatten)]
    checked: JsonCheck<'a>,
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
        Admin::Check { data } => check(data)?,
        Admin::Backup { to, data } => backup(&to, data)?,
        Admin::Restore { from, replace, data } => restore(&from, replace, data)?,
    }
    Ok(())
}

fn check(data: DataDir) -> Result<(), Failure> {
    let checked = admin::check(&place::server(data.data)?).map_err(failed)?;
    if data.json {
        print::json(&JsonCheck::of(&checked));
    } else {
        print::line(&counts(&checked));
        checked.problems.iter().for_each(|problem| print::line(&format!("PROBLEM {problem}")));
    }
    if checked.problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::Other("the data folder has problems; restore a backup".into()))
    }
}

fn backup(to: &Path, data: DataDir) -> Result<(), Failure> {
    let made = admin::backup(&place::server(data.data)?, to).map_err(failed)?;
    let folder = made.folder.display().to_string();
    if data.json {
        let checked = JsonCheck::of(&made.checked);
        print::json(&JsonBackup { backup: &folder, bytes: made.bytes, checked });
    } else {
        print::line(&format!("{folder}: {}, {} bytes, checked", counts(&made.checked), made.bytes));
        print::say("It holds the server's keys: keep it as safe as the server itself.");
    }
    Ok(())
}

fn restore(from: &Path, replace: bool, data: DataDir) -> Result<(), Failure> {
    let target = place::server(data.data)?;
    let restored = admin::restore(from, &target, replace).map_err(failed)?;
    let former = restored.former.as_ref().map(|path| path.display().to_string());
    if data.json {
        print::json(&JsonRestore {
            data: target.display().to_string(),
            backup_of: print::utc(restored.begun),
            former: former.as_deref(),
            checked: JsonCheck::of(&restored.checked),
        });
        return Ok(());
    }
    print::line(&format!("{}: {}, checked", target.display(), counts(&restored.checked)));
    print::say(&format!(
        "This is the server as it was on {}; what came after is not in it. Everybody's program will say so.",
        print::local(restored.begun)
    ));
    if let Some(former) = former {
        print::say(&format!("What was there before is in {former}."));
    }
    Ok(())
}

fn counts(checked: &Checked) -> String {
    let Checked { users, rooms, events, links, .. } = checked;
    format!("{users} users, {rooms} rooms, {events} events, {links} links")
}

fn open(data: &DataDir) -> Result<admin::Admin, Failure> {
    let dir = place::server(data.data.clone())?;
    admin::Admin::open(&dir, Config::default()).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "an error's end")]
fn failed(error: AdminError) -> Failure {
    Failure::Other(error.to_string())
}
