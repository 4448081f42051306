//! `register`, `login`, `logout`: into a team and out of it.

use std::path::Path;

use securechat_client::{BeginAnew, ComeBack, Failure, Home, InviteLink, LogIn};

use crate::cli::{Login, Recover, Register};
use crate::told::{confirm_words, say_key_place, welcome};
use crate::{place, print, prompt};

pub(super) async fn register(home: &Path, args: Register) -> Result<(), Failure> {
    let link: InviteLink = args.link.parse()?;
    if link.is_reset() {
        return begin_anew(home, &link, args).await;
    }
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

/// Says what a reset link does before anything is done, and goes on when the person types their own name.
async fn begin_anew(home: &Path, link: &InviteLink, args: Register) -> Result<(), Failure> {
    let home = place::new_device(home)?;
    print::say(
        "This link begins your account anew. It is for when your password, your recovery key and all your devices are lost.\n\
         - All your old devices stop working at once.\n\
         - Everybody in the team is told that your account began anew, and should ask you in person whether it was you.\n\
         - You are back in #general and the open rooms; an admin of each private room adds you again, and whoever writes to \
         you does.\n\
         If you still have a device, the password or the recovery key, stop here: `securechat login` or `securechat recover`.",
    );
    let name = match args.username {
        Some(name) if args.reset => name,
        _ => prompt::ask("To begin anew, type your user name: ")?,
    };
    let password = match &args.password_file {
        Some(file) => prompt::password(Some(file), "")?,
        None => prompt::new_password(None)?,
    };
    let device = args.device.unwrap_or_else(place::machine);
    let anew = BeginAnew { link, user_name: name.trim(), new_password: &password, device_name: &device };
    let joined = securechat_client::begin_anew(&home, &anew).await?;
    say_key_place(&home)?;
    settle(home).await?;
    welcome(&joined);
    Ok(())
}

pub(super) async fn recover(home: &Path, args: Recover) -> Result<(), Failure> {
    let link: InviteLink = args.server.parse()?;
    let home = place::new_device(home)?;
    let name = prompt::user_name(args.username)?;
    let key = prompt::recovery_key(args.recovery_key_file.as_deref())?;
    let password = match &args.password_file {
        Some(file) => prompt::password(Some(file), "")?,
        None => prompt::new_password(None)?,
    };
    let device = args.device.unwrap_or_else(place::machine);
    let back = ComeBack {
        link: &link,
        user_name: name.trim(),
        recovery_key: &key,
        new_password: &password,
        device_name: &device,
    };
    let loopback = link.address.is_loopback();
    securechat_client::recover(&home, &back, |words| confirm_words(words, args.words.as_deref(), loopback))
        .await?;
    say_key_place(&home)?;
    settle(home).await?;
    print::say(&format!(
        "Welcome back, {}. Your new password holds. Lost a device? `securechat devices --lost ID` shuts it out.",
        name.trim().to_lowercase()
    ));
    Ok(())
}

/// Rooms that are come into without a word.
const SAID_ABOVE: usize = 3;

/// Goes online once: others can add this device from now on, it is in its rooms, and reads what was said before.
pub(super) async fn settle(home: Home) -> Result<(), Failure> {
    let client = securechat_client::Client::start(home)?;
    let done = async {
        client.settle_in().await?;
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
    let entered = securechat_client::log_in(&home, &log_in, |words| {
        confirm_words(words, args.words.as_deref(), loopback)
    })
    .await;
    if matches!(entered, Err(Failure::BadPassword)) {
        print::say("Forgot it? Your recovery key lets you in: `securechat recover SERVER`");
    }
    entered?;
    say_key_place(&home)?;
    settle(home).await?;
    print::say(&format!("Logged in as {}. Messages arrive here too.", name.to_lowercase()));
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
