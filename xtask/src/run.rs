//! Starting other programs: what is run is said, and a failure becomes a sentence.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{clock, place, say};

/// The cargo that started us, in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(place::root());
    // `cargo run` describes xtask in these; build scripts below must not mistake them for their own.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Runs with the terminal handed through; fails if the program does.
pub(crate) fn pass(command: &mut Command) -> Result<()> {
    say::doing(&shown(command));
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs quietly and returns standard output; fails, with standard error, if the program does.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    if !done.status.success() {
        let errors = String::from_utf8_lossy(&done.stderr);
        bail!("`{}` ended with {}\n{}", shown(command), done.status, errors.trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs with the terminal handed through, but not longer than `limit`. True if it succeeded in time.
pub(crate) fn within(limit: Duration, command: &mut Command) -> Result<bool> {
    say::doing(&format!("{} (at most {} s)", shown(command), limit.as_secs()));
    Ok(ended_within(limit, command)?.is_some_and(|status| status.success()))
}

/// Runs as the command is set up, but not longer than `limit`: then it is killed, and the answer is `None`.
pub(crate) fn ended_within(limit: Duration, command: &mut Command) -> Result<Option<ExitStatus>> {
    let started = clock::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(100));
    }
}

/// Where a program lies on `PATH`, if it does.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_given_up_on() {
        let done = within(Duration::from_millis(200), Command::new("sleep").arg("60"));
        assert!(!done.expect("sleep starts"));
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = output(Command::new("/bin/sh").args(["-c", "echo no room >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("no room"), "{text}");
    }
}
