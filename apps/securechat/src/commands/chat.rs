//! `chat`: the full-screen app on a terminal, plain lines otherwise.

use std::path::Path;

use securechat_client::{Client, Failure, InviteLink};

use crate::cli::Chat;
use crate::{line, prompt};

pub(super) async fn run(home: &Path, args: Chat) -> Result<(), Failure> {
    let link: Option<InviteLink> = args.server.as_deref().map(str::parse).transpose()?;
    let plain = args.plain || !prompt::is_interactive() || line::wanted_by_environment();
    let client = match Client::open(home) {
        Ok(client) => client,
        Err(Failure::NotLoggedIn) => {
            let link = link.ok_or(Failure::NotLoggedIn)?;
            line::enter(home, &link).await?
        }
        Err(failure) => return Err(failure),
    };
    if plain {
        return line::talk(client, args.room.as_deref().unwrap_or("#general")).await;
    }
    securechat_tui::run(client, args.room).await
}
