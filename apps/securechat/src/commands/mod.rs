//! One file a subcommand.

mod admin;
mod chat;
mod devices;
mod doctor;
mod entry;
mod inbox;
mod invite;
mod passwd;
mod people;
mod recovery;
mod report;
mod rooms;
mod send;
mod serve;
mod tail;
mod verify;
mod whoami;

use std::path::Path;

pub(crate) use entry::{confirm_words, say_key_place, welcome};
pub(crate) use rooms::{print_person, settle};
pub(crate) use send::holding;

use clap::CommandFactory as _;
use securechat_client::{Client, Failure};

use crate::cli::{Cli, Command};
use crate::place;

/// Runs what the command line says.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let home = place::home(cli.home)?;
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Register(args) => entry::register(&home, args).await,
        Command::Login(args) => entry::login(&home, args).await,
        Command::Logout => entry::logout(&home).await,
        Command::Chat(args) => chat::run(&home, args).await,
        Command::Send(args) => send::run(&home, args).await,
        Command::Tail(args) => tail::run(&home, args).await,
        Command::Rooms(args) => rooms::list(&home, args.json).await,
        Command::Room { act } => rooms::act(&home, act).await,
        Command::Inbox(args) => inbox::run(&home, args).await,
        Command::Invite(args) => invite::run(&home, args).await,
        Command::Passwd(args) => passwd::run(&home, args).await,
        Command::Devices(args) => devices::run(&home, args).await,
        Command::Verify { user } => verify::run(&home, &user).await,
        Command::Recovery => recovery::run(&home).await,
        Command::Report(args) => report::run(&home, args.json).await,
        Command::Doctor(args) => doctor::run(&home, args.json).await,
        Command::Whoami(args) => whoami::run(&home, args.json).await,
        Command::People(args) => people::run(&home, args).await,
        Command::Name { name } => people::set_name(&home, name).await,
        Command::Admin { act } => admin::run(act),
        Command::Completions { shell } => {
            let mut out = std::io::stdout();
            clap_complete::generate(shell, &mut Cli::command(), "securechat", &mut out);
            Ok(())
        }
        Command::Man => clap_mangen::Man::new(Cli::command())
            .render(&mut std::io::stdout())
            .map_err(|error| Failure::Other(error.to_string())),
    }
}

/// A device at work, connected and with everything the server had; closed again whatever comes of `act`.
async fn online<T>(home: &Path, act: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
    with_client(home, async |client| {
        client.caught_up().await?;
        act(client).await
    })
    .await
}

/// A device at work, connected or not; closed again whatever comes of `act`.
async fn with_client<T>(
    home: &Path,
    act: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let client = Client::open(home)?;
    let done = act(&client).await;
    client.hurry().await;
    client.close().await;
    done
}

/// Waits until nothing waits to go out.
async fn wait_until_sent(client: &Client) -> Result<(), Failure> {
    let mut listener = client.listen();
    while !client.nothing_waits().await? {
        if listener.next().await.is_none() {
            break;
        }
    }
    Ok(())
}

/// Seconds of a duration like `30s`, `15m`, `12h`, `7d`.
fn seconds(text: &str) -> Result<u64, Failure> {
    let wrong = || Failure::Usage(format!("'{text}' is not a time; write 30s, 15m, 12h or 7d"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|seconds| *seconds > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(seconds("90s").ok(), Some(90));
        assert_eq!(seconds("7d").ok(), Some(604_800));
        for wrong in ["", "7", "d", "0h", "1w", "-1h", "99999999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
