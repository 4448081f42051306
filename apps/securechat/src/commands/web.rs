//! `web` and `verify-web`: the web app of this very program, and whether a server serves the same.

use std::path::Path;

use securechat_client::{Address, Client, Failure, Home, InviteLink, pinned, server_words};
use securechat_server::WebBundle;
use securechat_tunnel::{OpenError, Tunnel, Wrong, compare};
use serde::Serialize;

use super::serve::asked_to_stop;
use crate::bundle::WEB;
use crate::cli::{VerifyWeb, Web};
use crate::print;
use crate::told::confirm_words;

#[derive(Serialize)]
struct JsonTunnel<'a> {
    url: &'a str,
    server: &'a str,
}

#[derive(Serialize)]
struct JsonDifference<'a> {
    path: &'a str,
    is: &'static str,
}

pub(super) async fn run(home: &Path, args: Web) -> Result<(), Failure> {
    let bundle = bundle()?;
    let server = match &args.server {
        Some(server) => {
            let address = server.parse::<InviteLink>()?.address;
            let loopback = address.is_loopback();
            pinned(&address, |words| confirm_words(words, args.words.as_deref(), loopback)).await?
        }
        None => server_of(home).await?.ok_or(Failure::NotLoggedIn)?,
    };
    let tunnel = Tunnel::open(&server, bundle, args.port).await.map_err(|error| match error {
        OpenError::Unpinned(_) => Failure::Trust(error.to_string()),
        OpenError::Listen(_) => Failure::Usage(error.to_string()),
    })?;
    let url = tunnel.url();
    if args.json {
        print::json(&JsonTunnel { url: &url, server: tunnel.server() });
    } else {
        print::line(&format!("Open this in a browser on this machine:\n\n  {url}\n"));
        print::line(&format!(
            "It is this program's own web app, tunnelled to {server} ({}).\nThe link lets in whoever has it, on this \
             machine and until this ends. What the browser keeps is a device of its own.\n\nCtrl+C stops.",
            words_of(&server)
        ));
    }
    tunnel.run(asked_to_stop()).await;
    Ok(())
}

pub(super) async fn verify(home: &Path, args: VerifyWeb) -> Result<(), Failure> {
    let bundle = bundle()?;
    let server = known(home, args.url.parse::<InviteLink>()?.address).await?;
    let differences = compare(&server, &bundle).await?;
    for difference in &differences {
        let is = match difference.wrong {
            Wrong::Missing => "missing",
            Wrong::Differs => "differs",
        };
        if args.json {
            print::json(&JsonDifference { path: &difference.path, is });
        } else {
            print::line(&format!("{is:<8} {}", difference.path));
        }
    }
    let (number, version) = (bundle.files.len(), env!("CARGO_PKG_VERSION"));
    if differences.is_empty() {
        if !args.json {
            print::line(&format!("all {number} files are those of this program (version {version})"));
        }
        return Ok(());
    }
    Err(Failure::Trust(format!(
        "{server} does not serve the web app of this program (version {version}); if the server's version is another \
         one, compare with that, and until then use `securechat web`"
    )))
}

fn bundle() -> Result<WebBundle, Failure> {
    WEB.ok_or_else(|| {
        Failure::Other(
            "this program was built without the web app; build it with `cargo xtask build`, which packs it"
                .into(),
        )
    })
}

/// The server of this machine's device, with its pin. The home is free again afterwards.
async fn server_of(home: &Path) -> Result<Option<Address>, Failure> {
    // Looking must not make a folder.
    if !home.is_dir() {
        return Ok(None);
    }
    let home = Home::own(home)?;
    if !home.is_taken() {
        return Ok(None);
    }
    let client = Client::start(home)?;
    let link = client.login_link();
    client.close().await;
    Ok(Some(link.parse::<InviteLink>()?.address))
}

/// A server's address with a pin: its own, or that of this machine's device at the same server, or whatever identity
/// answers, whose words are shown.
async fn known(home: &Path, address: Address) -> Result<Address, Failure> {
    if address.pin.is_some() {
        return Ok(address);
    }
    if let Some(own) = server_of(home).await?
        && (&own.host, own.port) == (&address.host, address.port)
    {
        return Ok(own);
    }
    let address = pinned(&address, |_| true).await?;
    print::say(&format!(
        "Server words: {} (compare them with what its operator or a member sees)",
        words_of(&address)
    ));
    Ok(address)
}

fn words_of(server: &Address) -> String {
    server.pin.as_deref().and_then(server_words).map(|words| words.join(" ")).unwrap_or_default()
}
