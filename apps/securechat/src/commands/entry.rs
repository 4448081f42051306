//! `register`, `login`, `logout`: into a team and out of it.

use std::path::Path;

use securechat_client::{Failure, Home, InviteLink, Joined, LogIn};

use crate::cli::{Login, Register};
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

/// Says where the new device's key went: a keyring opens with the desktop, a file with the disk.
pub(crate) fn say_key_place(home: &Home) -> Result<(), Failure> {
    if let Some(place) = home.key_place()? {
        print::say(&format!("This device's key is {place}."));
    }
    Ok(())
}

/// What a new member sees.
pub(crate) fn welcome(joined: &Joined) {
    print::say(&format!("Welcome, {}. Server words: {}", joined.user_name, joined.words.join(" ")));
    print::say("(Ask somebody who is in already whether they see the same words.)");
    prompt::show_recovery_key(&joined.recovery_key);
    print::say("Try `securechat chat`, or `securechat send '#general' hello`.");
}

/// Goes online once: others can add this device from now on, and it is in the team's room.
pub(crate) async fn settle(home: Home) -> Result<(), Failure> {
    let client = securechat_client::Client::start(home)?;
    let done = client.caught_up().await;
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

/// Whether the identity behind these words may be trusted from now on.
pub(crate) fn confirm_words(words: &[&'static str; 4], expected: Option<&str>, loopback: bool) -> bool {
    let shown = words.join(" ");
    if let Some(expected) = expected {
        let given = expected.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        return given.map(str::to_lowercase).eq(words.iter().map(|word| (*word).to_owned()));
    }
    if prompt::is_interactive() {
        return prompt::confirm(&format!(
            "This server says it is: {shown}\nIs that what its operator or another member sees?"
        ));
    }
    // Nobody sits between a machine and itself; anywhere else a script must bring the pin or the words.
    if loopback {
        print::say(&format!("Server words: {shown} (kept from now on)"));
    }
    loopback
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
