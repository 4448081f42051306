//! The client's program as a person runs it, to be killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longest a command may take that is not killed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with one person's home.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) home: PathBuf,
}

impl Program {
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--home").arg(&self.home).args(args).stdin(Stdio::null());
        // Nothing is left in the keyring of whoever proves.
        command.env("SECURECHAT_KEYRING", "off");
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Result<Output> {
        let mut command = self.command(args);
        let shown = format!("{args:?}");
        let ran = tokio::task::spawn_blocking(move || command.output());
        let output = tokio::time::timeout(PATIENCE, ran).await;
        Ok(output.with_context(|| format!("{shown} does not end"))???)
    }

    /// Runs it, and it has to succeed.
    pub(crate) async fn ok(&self, args: &[&str]) -> Result<String> {
        let output = self.run(args).await?;
        ensure!(output.status.success(), "{args:?} failed: {}", said(&output));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Runs `securechat admin …` for a data folder.
pub(crate) async fn admin(binary: &Path, args: &[&str], data: &Path) -> Result<Output> {
    let mut command = Command::new(binary);
    command.arg("admin").args(args).arg("--data").arg(data).stdin(Stdio::null());
    let ran = tokio::task::spawn_blocking(move || command.output());
    Ok(tokio::time::timeout(PATIENCE, ran).await.context("the command does not end")???)
}

/// What it said, on one line.
pub(crate) fn said(output: &Output) -> String {
    let bytes = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&bytes).trim().replace('\n', " | ")
}

/// The program at work, its lines read as they come.
pub(crate) struct Victim {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
    reading: JoinHandle<()>,
}

impl Victim {
    /// Starts it with these lines on its standard input.
    pub(crate) fn start(program: &Program, args: &[&str], input: &[String]) -> Result<Self> {
        let mut command = program.command(args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start")?;
        let mut stdin = child.stdin.take().context("no standard input")?;
        let text: String = input.iter().map(|line| format!("{line}\n")).collect();
        stdin.write_all(text.as_bytes())?;
        drop(stdin);
        let stdout = child.stdout.take().context("no standard output")?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (counted, count) = watch::channel(0);
        let kept = Arc::clone(&lines);
        let reading = tokio::task::spawn_blocking(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(line);
                counted.send_replace(kept.len());
            }
        });
        Ok(Self { child, lines, count, reading })
    }

    /// Waits until it has printed so many lines, or ended.
    pub(crate) async fn lines(&mut self, lines: usize) {
        let _ended = self.count.wait_for(|count| *count >= lines).await;
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill()?)
    }

    /// Waits for its end: how it ended, and what it had printed.
    pub(crate) async fn end(mut self) -> Result<(ExitStatus, Vec<String>)> {
        let status = tokio::task::spawn_blocking(move || self.child.wait());
        let status = tokio::time::timeout(PATIENCE, status).await.context("a program does not end")???;
        self.reading.await?;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((status, lines))
    }
}
