//! What people are told and asked alike by subcommands and in line mode.

use securechat_client::ids::UnixMillis;
use securechat_client::{Failure, Hold, Home, InviteLink, Joined, NewDevice};

use crate::{print, prompt};

/// What a new member sees.
pub(crate) fn welcome(joined: &Joined) {
    print::say(&format!("Welcome, {}. Server words: {}", joined.user_name, joined.words.join(" ")));
    print::say("(Ask somebody who is in already whether they see the same words.)");
    prompt::show_recovery_key(&joined.recovery_key);
    print::say("Try `securechat chat`, or `securechat send '#general' hello`.");
}

/// Shows a code, as a QR code too, and waits until a device of somebody has let this one in. Gives whose it is now.
pub(crate) async fn be_let_in(home: &Home, server: &InviteLink, device: &str) -> Result<String, Failure> {
    let mut new = NewDevice::begin(&server.address).await?;
    print::say(
        "On a device that you are logged in on, enter this code within five minutes, or open the link:\n",
    );
    if prompt::is_interactive() {
        print::qr(&new.link())?;
    }
    print::line(&new.link());
    print::line(&new.code());
    let welcome = new.welcomed(device).await?;
    print::say(&format!(
        "\nThis becomes a device of {}. The other device must show the same words: {}\nConfirm there.",
        welcome.user_name,
        welcome.words.join(" ")
    ));
    new.let_in().await?.settle(home)?;
    Ok(welcome.user_name)
}

/// Says where the new device's key went: a keyring opens with the desktop, a file with the disk.
pub(crate) fn say_key_place(home: &Home) -> Result<(), Failure> {
    if let Some(place) = home.key_place()? {
        print::say(&format!("This device's key is {place}."));
    }
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

/// What whoever made a reset link is told.
pub(crate) fn hand_over(user: &str, expires: UnixMillis) -> String {
    format!(
        "Give it to {user} in person or by telephone: whoever opens it speaks as {user} from then on. It works once, until \
         {}. Everybody in the team is told that {user} began anew.",
        print::local(expires)
    )
}

/// What a sender is told while sending waits.
pub(crate) fn holding(until: UnixMillis, why: Hold) -> String {
    let seconds = until.since(print::now()).div_ceil(1000).max(1);
    match why {
        Hold::RateLimit => {
            format!("Rate limit exceeded! Waiting {seconds} s; the message goes out by itself.")
        }
        Hold::Busy => format!("The server is busy. Waiting {seconds} s; the message goes out by itself."),
        Hold::StorageFull => {
            format!("The server's disk is full. Trying again in {seconds} s; the message is kept here.")
        }
    }
}
