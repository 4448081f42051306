//! The server's process: started, killed, held, watched.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::clock;

/// Longest a start may take before it counts as failed.
const START_MAX: Duration = Duration::from_secs(30);
/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(2);

/// How a server is started.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) port: u16,
    pub(crate) log: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
}

impl Plan {
    /// With a promise broken on purpose; only builds with debug assertions know the word.
    pub(crate) fn broken(mut self, how: &str) -> Self {
        self.environment.push(("SECURECHAT_BREAK".into(), how.into()));
        self
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// From the start of the process to its being ready.
    pub(crate) ready: Duration,
    pub(crate) owner_link: Option<String>,
    // Held open: who prints to nobody ends.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(plan: &Plan) -> Result<Self> {
        let plan = plan.clone();
        let started = tokio::task::spawn_blocking(move || Self::start_now(&plan));
        tokio::time::timeout(START_MAX, started).await.context("the server did not become ready")??
    }

    fn start_now(plan: &Plan) -> Result<Self> {
        let log = OpenOptions::new().append(true).create(true).open(&plan.log)?;
        let began = clock::now();
        let mut child = Command::new(&plan.binary)
            .args(["serve", "--json", "--listen", &format!("127.0.0.1:{}", plan.port), "--config"])
            .arg(&plan.config)
            .arg("--data")
            .arg(&plan.data)
            .env("SECURECHAT_LOG", "info")
            .envs(plan.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", plan.binary.display()))?;
        let mut stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let ready = began.elapsed();
        if line.is_empty() {
            let ended = child.wait()?;
            bail!("the server ended while starting ({ended}): {}", last_lines(&plan.log));
        }
        let said: Value = serde_json::from_str(&line)?;
        let owner_link = said["owner_link"].as_str().map(str::to_owned);
        Ok(Self { child, ready, owner_link, _stdout: stdout })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits until it has ended well.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let ended = self.ended(Duration::from_secs(30)).await?;
        ensure!(ended.success(), "the server ended with {ended}");
        Ok(())
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(pid(self.id())?, signal)?)
    }

    /// SIGSTOP, and waits until no thread of it does anything, calls into the system that had begun included.
    pub(crate) async fn hold(&self) -> Result<()> {
        self.signal(Signal::STOP)?;
        let patience = clock::now() + Duration::from_secs(10);
        while !is_held(self.id())? {
            ensure!(clock::now() < patience, "the server does not stand still");
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// SIGCONT.
    pub(crate) fn go_on(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Result<ExitStatus> {
        let until = clock::now() + patience;
        loop {
            if let Some(status) = self.has_ended()? {
                return Ok(status);
            }
            ensure!(clock::now() < until, "the server did not end");
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn pid(id: u32) -> Result<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw).context("no process id")
}

/// Whether every thread of a process is stopped (`T`), none of them inside a call that writes.
fn is_held(id: u32) -> Result<bool> {
    for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
        // The name in brackets may contain anything; the state comes after the last one.
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        if state != Some('T') {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The end of a log, for a sentence.
pub(crate) fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join(" | ")
}

/// Lines of a log that no fault excuses: panics, and errors where none is expected.
pub(crate) fn alarming_lines(log: &Path, errors_too: bool) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let is_alarming = |line: &&str| line.contains("panicked") || errors_too && line.contains("ERROR");
    text.lines().filter(is_alarming).map(str::to_owned).collect()
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
