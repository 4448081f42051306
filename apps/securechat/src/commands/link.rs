//! `link`: into an account by a code that another device of it is given. `devices link`: the other device.

use std::path::Path;

use securechat_client::{Client, Failure, Home, InviteLink, NewDevice};

use super::entry::settle;
use super::invite::qr;
use crate::cli::Link;
use crate::told::say_key_place;
use crate::{place, print, prompt};

/// This machine becomes a device.
pub(super) async fn run(place: &Path, args: Link) -> Result<(), Failure> {
    let home = place::new_device(place)?;
    if home.is_taken() {
        let what =
            "somebody is logged in here already; `securechat devices link CODE` lets in another device";
        return Err(Failure::Usage(what.into()));
    }
    let server = match args.server {
        Some(server) => server,
        None => prompt::ask("Server (its address or any link of it): ")?,
    };
    let link: InviteLink = server.parse()?;
    let device = args.device.unwrap_or_else(place::machine);
    let mut new = NewDevice::begin(&link.address).await?;
    print::say(
        "On a device that you are logged in on, enter this code within five minutes, or open the link:\n",
    );
    if prompt::is_interactive() {
        print::line(&qr(&new.link())?);
    }
    print::line(&new.link());
    print::line(&new.code());
    let welcome = new.welcomed(&device).await?;
    print::say(&format!(
        "\nThis becomes a device of {}. The other device must show the same words: {}\nConfirm there.",
        welcome.user_name,
        welcome.words.join(" ")
    ));
    new.let_in().await?.settle(&home)?;
    say_key_place(&home)?;
    come_in(home, place).await?;
    print::say(&format!("Linked. You are {} here.", welcome.user_name));
    Ok(())
}

/// Goes online and into all rooms. A device that was shown another log than the one that let it in is none.
async fn come_in(home: Home, place: &Path) -> Result<(), Failure> {
    match settle(home).await {
        Err(failure @ Failure::Trust(_)) => {
            securechat_client::log_out(&Home::own(place)?).await?;
            Err(failure)
        }
        done => done,
    }
}

/// This device lets in a new one.
pub(super) async fn let_in(client: &Client, code: &str) -> Result<(), Failure> {
    let offer = client.take_linking(code).await?;
    let question = format!(
        "Link \"{}\"? It will read everything you can read. It must show these words: {}",
        offer.device_name,
        offer.words.join(" ")
    );
    if !prompt::confirm(&question) {
        client.turn_away().await?;
        return Err(Failure::Usage("the device was not linked".into()));
    }
    client.let_in().await?;
    print::say(&format!("Linked {}. `securechat devices` lists your devices.", offer.device_name));
    Ok(())
}
