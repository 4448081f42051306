//! `serve`: the team's server, started with nothing to configure.

use securechat_client::Failure;
use securechat_server::{Config, Started};
use serde::Serialize;

use crate::bundle::WEB;
use crate::cli::Serve;
use crate::{place, print};

#[derive(Serialize)]
struct JsonReady<'a> {
    listening: &'a [String],
    owner_link: Option<&'a str>,
    server_code: String,
    data: String,
}

pub(super) async fn run(args: Serve) -> Result<(), Failure> {
    let as_json = args.json;
    let config = config(args)?;
    let mut started = Box::pin(securechat_server::start(&config, WEB))
        .await
        .map_err(|error| Failure::Other(error.to_string()))?;
    if as_json {
        print::json(&JsonReady {
            listening: &started.listening,
            owner_link: started.owner_link.as_deref(),
            server_code: started.server_code.join(" "),
            data: started.data.display().to_string(),
        });
    } else {
        introduce(&started);
    }
    tokio::select! {
        ended = started.handle.ended() => ended.map_err(|error| Failure::Other(error.to_string())),
        () = asked_to_stop() => {
            print::say("Stopping …");
            started.handle.stop().await.map_err(|error| Failure::Other(error.to_string()))
        }
    }
}

fn config(args: Serve) -> Result<Config, Failure> {
    let mut config = match &args.config {
        Some(file) => Config::read(file).map_err(|error| Failure::Usage(error.to_string()))?,
        None => Config::default(),
    };
    if args.data.is_some() || config.data.is_none() {
        config.data = Some(place::server(args.data)?);
    }
    if !args.listen.is_empty() {
        config.listen.addresses = args.listen;
    }
    if args.cert.is_some() {
        config.tls.cert = args.cert;
        config.tls.key = args.key;
    }
    Ok(config)
}

fn introduce(started: &Started) {
    let mut lines =
        vec![format!("SecureChat {} · data: {}", env!("CARGO_PKG_VERSION"), started.data.display())];
    for (place, url) in started.listening.iter().enumerate() {
        let title = if place == 0 { "Listening on" } else { "" };
        lines.push(format!("  {title:<14}{url}"));
    }
    lines.push(format!("  {:<14}{}", "Server code", started.server_code.join(" · ")));
    lines.push("                (people compare it when they join)".to_owned());
    if let Some(link) = &started.owner_link {
        lines.push(String::new());
        lines.push("First time: make the owner's account (this link works once, for 30 minutes):".to_owned());
        lines.push(format!("  securechat register '{link}'"));
        lines.push("Then `securechat invite --uses 10` prints the link for everybody else.".to_owned());
    }
    lines.push(String::new());
    lines.push("Ctrl+C stops.".to_owned());
    lines.iter().for_each(|line| print::line(line));
}

/// Ready when somebody presses Ctrl+C or the system wants this to end.
pub(super) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _interrupted = tokio::signal::ctrl_c() => {}
        _terminated = terminated => {}
    }
}
