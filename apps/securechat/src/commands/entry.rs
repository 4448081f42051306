//! `register`, `login`, `logout`: into a team and out of it.

use std::path::Path;

use securechat_client::{Failure, Home, InviteLink, LogIn};

use crate::cli::{Login, Register};
use crate::told::{confirm_words, say_key_place, welcome};
use crate::{place, print, prompt};

pub(super) async fn register(home: &Path, args: Register) -> Result<(), Failure> {
    let link: InviteLink = args.link.parse()?;
    let home = place::new_device(home)?;
    let name = prompt::user_name(args.username)?;
    let password = match &args.password_file {
        Some(file) => prompt::password(Some(file), "")?,
        None => prompt::new_password(None)?,
    };
    let device = args.device.unwrap_or_else(place::machine);
    let joined = securechat_client::register(&home, &link, &name, &password, &device).await?;
    say_key_place(&home)?;
    settle(home).await?;
    welcome(&joined);
    Ok(())
}

/// Rooms that are come into without a word.
const SAID_ABOVE: usize = 3;

/// Goes online once: others can add this device from now on, and it is in the team's room.
pub(super) async fn settle(home: Home) -> Result<(), Failure> {
    let client = securechat_client::Client::start(home)?;
    let done = async {
        client.caught_up().await?;
        let mut said = false;
        client
            .come_into_rooms(|left| {
                if !std::mem::replace(&mut said, true) && left > SAID_ABOVE {
                    print::say(&format!(
                        "Coming into {left} rooms, about one a second. Ctrl+C goes on with it another time."
                    ));
                }
            })
            .await
    };
    let done = done.await;
    client.close().await;
    done
}

pub(super) async fn login(home: &Path, args: Login) -> Result<(), Failure> {
    let link: InviteLink = args.server.parse()?;
    let home = place::new_device(home)?;
    let name = prompt::user_name(args.username)?;
    let password = prompt::password(args.password_file.as_deref(), "Password (hidden): ")?;
    let device = args.device.unwrap_or_else(place::machine);
    let log_in = LogIn { link: &link, user_name: &name, password: &password, device_name: &device };
    let loopback = link.address.is_loopback();
    securechat_client::log_in(&home, &log_in, |words| confirm_words(words, args.words.as_deref(), loopback))
        .await?;
    say_key_place(&home)?;
    settle(home).await?;
    print::say(&format!("Logged in as {}. Messages from now on arrive here too.", name.to_lowercase()));
    Ok(())
}

pub(super) async fn logout(home: &Path) -> Result<(), Failure> {
    let home = Home::own(home)?;
    if !home.is_taken() {
        return Err(Failure::NotLoggedIn);
    }
    securechat_client::log_out(&home).await?;
    print::say("Logged out. The keys and messages of this device are gone from this machine.");
    Ok(())
}
