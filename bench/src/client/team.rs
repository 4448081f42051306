//! People of a bench's team: registered at the real server, each with a home on the disk or in memory.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use securechat_client::view::Role;
use securechat_client::{Client, Home, InviteLink, register};

use crate::server::Server;

/// Everybody's.
pub(crate) const PASSWORD: &str = "correct horse battery bench";

/// Registers somebody by a link, with a fresh home in `folder`, and brings them online.
pub(crate) async fn enter(folder: &Path, name: &str, link: &str) -> Result<(Client, PathBuf)> {
    let dir = folder.join(name);
    let link: InviteLink = link.parse()?;
    let home = Home::own(&dir)?;
    register(&home, &link, name, PASSWORD, "bench").await?;
    let client = Client::start(home)?;
    client.caught_up().await?;
    Ok((client, dir))
}

/// The owner, and a link that lets everybody else in.
pub(crate) async fn found(server: &Server, folder: &Path) -> Result<(Client, String)> {
    let link = server.owner_link.as_deref().context("the server is in use")?;
    let (owner, _) = enter(folder, "ana", link).await?;
    let invite = owner.invite(100, 24 * 3600, Role::Member).await?;
    Ok((owner, invite.link.context("a new invite has its link")?))
}
