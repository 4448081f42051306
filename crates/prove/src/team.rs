//! A team made once and copied for each batch: registering costs seconds of arithmetic, a copy costs none.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use securechat_client::ids::RoomId;
use securechat_client::view::{History, RoomStanding};
use securechat_client::{Client, Home, InviteLink, LogIn, NewRoom, log_in, register};
use tempfile::TempDir;

use crate::command::{admin, said};
use crate::device::Device;
use crate::history::Book;
use crate::mount::copy_folder;
use crate::proxy::Proxy;
use crate::server::{Plan, Server, free_port};
use crate::{clock, say};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
const NAMES: [&str; 8] = ["ana", "ben", "cleo", "dan", "eva", "finn", "gus", "hana"];
/// Limits are another test's; here nobody is to wait for a token.
const CONFIG: &str = "[rates]
device = { burst = 1000000, per_second = 1000000 }
account = { burst = 1000000, per_second = 1000000 }
address = { burst = 1000000, per_second = 1000000 }
room = { burst = 1000000, per_second = 1000000 }
";
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// What kind of team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    /// People with a device each.
    pub(crate) people: usize,
    /// How many of them have a second one.
    pub(crate) second_devices: usize,
    /// Private rooms with everybody in them, beside `#general`.
    pub(crate) rooms: usize,
    /// Whether each device reaches the server through a proxy of its own.
    pub(crate) through_proxies: bool,
}

/// A team at rest, to be copied.
pub(crate) struct Template {
    dir: TempDir,
    port: u16,
    homes: Vec<String>,
    pub(crate) proxies: Vec<Proxy>,
}

/// A copy of a team, in a folder of its own.
pub(crate) struct Ground {
    dir: TempDir,
    pub(crate) plan: Plan,
    homes: Vec<String>,
}

impl Template {
    /// Makes a team with this program.
    pub(crate) async fn make(binary: &Path, shape: Shape) -> Result<Self> {
        let began = clock::now();
        let dir = tempfile::Builder::new().prefix("securechat-prove-").tempdir()?;
        let port = free_port()?;
        std::fs::write(dir.path().join("chat.toml"), CONFIG)?;
        let mut made = Self { dir, port, homes: Vec::new(), proxies: Vec::new() };
        let plan = plan(made.dir.path(), binary, port);
        let server = Server::start(&plan).await?;
        let owner = server.owner_link.clone().context("a fresh server has an owner link")?;
        let output = admin(binary, &["invite", "--uses", "50"], &plan.data).await?;
        ensure!(output.status.success(), "no invite: {}", said(&output));
        let invite = String::from_utf8(output.stdout)?.trim().to_owned();
        for (number, name) in NAMES.into_iter().take(shape.people).enumerate() {
            let link = made.link(if number == 0 { &owner } else { &invite }, shape).await?;
            let home = Home::own(&made.dir.path().join(name))?;
            register(&home, &link, name, PASSWORD, "first").await?;
            made.homes.push(name.to_owned());
        }
        for name in NAMES.into_iter().take(shape.second_devices) {
            let link = made.link(&invite, shape).await?;
            let second = format!("{name}-2");
            let home = Home::own(&made.dir.path().join(&second))?;
            let how = LogIn { link: &link, user_name: name, password: PASSWORD, device_name: "second" };
            log_in(&home, &how, |_| true).await?;
            made.homes.push(second);
        }
        made.come_together(shape).await?;
        server.stop().await?;
        let seconds = began.elapsed().as_secs_f64();
        say::line(&format!("  a team of {} devices, made in {seconds:.1} s", made.homes.len()));
        Ok(made)
    }

    /// A link as the next device uses it: to the server, or to a proxy that is made for it.
    async fn link(&mut self, link: &str, shape: Shape) -> Result<InviteLink> {
        if !shape.through_proxies {
            return Ok(link.parse()?);
        }
        let proxy = Proxy::start(self.port).await?;
        let link = link.replace(&format!(":{}", self.port), &format!(":{}", proxy.port));
        self.proxies.push(proxy);
        Ok(link.parse()?)
    }

    /// Everybody comes into every room, and all that this brings about is over.
    async fn come_together(&self, shape: Shape) -> Result<()> {
        // The owner comes first and founds `#general`.
        let mut clients = vec![Client::open(&self.dir.path().join(&self.homes[0]))?];
        until("there is #general", async || come(&clients, 1).await).await?;
        for home in &self.homes[1..] {
            clients.push(Client::open(&self.dir.path().join(home))?);
        }
        until("everybody is in #general", async || come(&clients, 1).await).await?;
        until("ana knows everybody", async || Ok(clients[0].people().await?.len() == shape.people)).await?;
        for number in 0..shape.rooms {
            let people = clients[0].people().await?;
            let people =
                people.iter().map(|person| person.user_id).filter(|user| *user != clients[0].me().user_id);
            let new = NewRoom {
                name: format!("room-{number}"),
                topic: String::new(),
                open: false,
                history: History::Shared,
                people: people.collect(),
            };
            clients[0].create_room(new).await?;
        }
        let all = 1 + shape.rooms;
        until("everybody is in every room", async || come(&clients, all).await).await?;
        for client in clients {
            client.caught_up().await?;
            client.hurry().await;
            client.close().await;
        }
        Ok(())
    }

    /// A copy to do things to. One at a time: all have the same port.
    pub(crate) fn copy(&self, binary: &Path) -> Result<Ground> {
        let dir = tempfile::Builder::new().prefix("securechat-prove-").tempdir()?;
        copy_folder(self.dir.path(), dir.path())?;
        let plan = plan(dir.path(), binary, self.port);
        std::fs::write(&plan.log, "")?;
        Ok(Ground { dir, plan, homes: self.homes.clone() })
    }
}

impl Ground {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Names of the devices' homes: a person's name, `-2` behind it for the second device.
    pub(crate) fn homes(&self) -> &[String] {
        &self.homes
    }

    /// All devices, at work.
    pub(crate) fn devices(&self, book: &Book) -> Result<Vec<Arc<Device>>> {
        let opened = self.homes.iter().map(|home| Ok(Arc::new(Device::open(&self.path(home), book)?)));
        opened.collect()
    }
}

/// Whether each of them is in so many rooms.
async fn come(clients: &[Client], count: usize) -> Result<bool> {
    for client in clients {
        let rooms = client.rooms().await?;
        if rooms.iter().filter(|room| room.state == RoomStanding::Joined).count() != count {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let end = clock::now() + PATIENCE;
    while !is_so().await? {
        if clock::now() > end {
            bail!("it does not come about that {what}");
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// The rooms that a device is in.
pub(crate) async fn rooms_of(device: &Device) -> Result<Vec<RoomId>> {
    let rooms = device.rooms().await?;
    Ok(rooms.iter().filter(|room| room.state == RoomStanding::Joined).map(|room| room.room).collect())
}

fn plan(dir: &Path, binary: &Path, port: u16) -> Plan {
    Plan {
        binary: binary.to_owned(),
        data: dir.join("server"),
        config: dir.join("chat.toml"),
        port,
        log: dir.join("server.log"),
        environment: Vec::new(),
    }
}
