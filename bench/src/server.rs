//! The real server in a process of its own: started, asked what it costs, stopped.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Nobody is held back or turned away: the bench measures what sending costs and not what it is limited to.
const CONFIG: &str = "\
[limits]
users_max = 100000
[rates]
device = { burst = 1000000000, per_second = 1000000000 }
account = { burst = 1000000000, per_second = 1000000000 }
address = { burst = 1000000000, per_second = 1000000000 }
room = { burst = 1000000000, per_second = 1000000000 }
";

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    /// `https://127.0.0.1:PORT`
    pub(crate) url: String,
    /// Makes its bearer the owner; there is none once somebody is.
    pub(crate) owner_link: Option<String>,
}

impl Server {
    /// Starts the program's server on a folder; `listen` is an address, with port 0 for any.
    pub(crate) fn start(program: &Path, data: &Path, listen: &str) -> Result<Self> {
        fs::create_dir_all(data)?;
        let config = data.join("bench.toml");
        fs::write(&config, CONFIG)?;
        let mut child = Command::new(program)
            .args(["serve", "--json", "--listen", listen, "--data"])
            .arg(data)
            .arg("--config")
            .arg(config)
            .env("SECURECHAT_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(data.join("bench.log"))?)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().context("no output")?);
        said.read_line(&mut line)?;
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            child.wait()?;
            bail!("the server did not start: {}", fs::read_to_string(data.join("bench.log"))?);
        };
        let url = ready["listening"][0].as_str().context("no address")?.to_owned();
        let owner_link = ready["owner_link"].as_str().map(str::to_owned);
        Ok(Self { child, url, owner_link })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens, to start it there again.
    pub(crate) fn place(&self) -> &str {
        self.url.trim_start_matches("https://")
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.ask_to_stop()?;
        self.child.wait()?;
        Ok(())
    }

    fn ask_to_stop(&self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM)?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _gone = self.child.kill();
            let _gone = self.child.wait();
        }
    }
}
