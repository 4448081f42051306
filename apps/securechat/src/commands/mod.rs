//! One file a subcommand.

mod admin;
mod chat;
mod devices;
mod doctor;
mod entry;
mod export;
mod import;
mod inbox;
mod invite;
mod link;
mod passwd;
mod people;
mod recovery;
mod report;
mod rooms;
mod send;
mod serve;
mod tail;
mod verify;
mod web;
mod whoami;

use clap::CommandFactory as _;
use securechat_client::Failure;

use crate::cli::{Cli, Command};
use crate::{place, print};

/// Runs what the command line says.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let home = place::home(cli.home)?;
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Register(args) => entry::register(&home, args).await,
        Command::Login(args) => entry::login(&home, args).await,
        Command::Recover(args) => entry::recover(&home, args).await,
        Command::Link(args) => link::run(&home, args).await,
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
        Command::Verify(args) => verify::run(&home, args).await,
        Command::Recovery(args) => recovery::run(&home, &args).await,
        Command::Report(args) => report::run(&home, args).await,
        Command::Doctor(args) => doctor::run(&home, args.json).await,
        Command::Whoami(args) => whoami::run(&home, args.json).await,
        Command::Web(args) => web::run(&home, args).await,
        Command::VerifyWeb(args) => web::verify(&home, args).await,
        Command::People(args) => people::run(&home, args).await,
        Command::Name { name } => people::set_name(&home, name).await,
        Command::Export(args) => export::run(&home, args).await,
        Command::Import { dir } => import::run(&home, &dir).await,
        Command::Admin { act } => admin::run(act),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "securechat", &mut script);
            print::page(&script);
            Ok(())
        }
        Command::Man => {
            let mut manual = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut manual);
            rendered.map_err(|error| Failure::Other(error.to_string()))?;
            print::page(&manual);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
