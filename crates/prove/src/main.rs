//! `securechat-prove`: the command line of the proof; people use `cargo xtask prove`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use securechat_prove::{Mode, Wish, run};

/// Proves the real binary under faults
#[derive(Debug, Parser)]
struct Arguments {
    /// A few minutes (the default)
    #[arg(long)]
    quick: bool,
    /// As many as the report claims: hours
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// Only this fault
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Go on where an earlier run ended
    #[arg(long)]
    resume: bool,
    /// Only so many
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Only break promises on purpose, and see that it is noticed
    #[arg(long)]
    control: bool,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The program to prove
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
    /// A development build of it, for the controls [default: the program to prove]
    #[arg(long, value_name = "FILE")]
    breakable: Option<PathBuf>,
    /// Where runs are kept
    #[arg(long, value_name = "DIR", default_value = "target/prove")]
    folder: PathBuf,
    /// When faults strike
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let wish = Wish {
        mode: if arguments.full { Mode::Full } else { Mode::Quick },
        only: arguments.only,
        resume: arguments.resume,
        count: arguments.count,
        control: arguments.control,
        record: arguments.record,
        breakable: arguments.breakable.unwrap_or_else(|| arguments.binary.clone()),
        binary: arguments.binary,
        folder: arguments.folder,
        seed: arguments.seed,
    };
    // Called off, everything that is mounted or running is taken down by being dropped.
    let proven = tokio::select! {
        proven = run::run(&wish) => proven,
        _interrupted = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("called off")),
    };
    match proven {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say_why(&error);
            ExitCode::FAILURE
        }
    }
}
