//! `link`: into an account by a code that another device of it is given. `devices link`: the other device.

use std::path::Path;

use securechat_client::{Client, Failure, Home, InviteLink};

use super::entry::settle;
use crate::cli::Link;
use crate::told::{be_let_in, say_key_place};
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
    let user_name = be_let_in(&home, &link, &device).await?;
    say_key_place(&home)?;
    come_in(home, place).await?;
    print::say(&format!("Linked. You are {user_name} here."));
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
