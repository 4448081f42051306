//! A whole server on loopback, for tests, and people who use it.

mod client;
mod live;
mod person;

use std::net::SocketAddr;
use std::sync::Arc;

use tempfile::TempDir;

pub(crate) use client::Answered;
pub(crate) use live::{Live, publish, room, wire};
pub(crate) use person::{Person, auth, parameters};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::WebBundle;
use crate::start::{Started, start_with};

/// A running server.
pub(crate) struct Trial {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) started: Started,
    pub(crate) address: SocketAddr,
    pub(crate) config: Config,
    pub(crate) temp: TempDir,
}

/// Defaults, but fast and out of the way.
pub(crate) fn config(temp: &TempDir) -> Config {
    let mut config = Config { data: Some(temp.path().join("data")), ..Config::default() };
    config.listen.addresses = vec!["127.0.0.1:0".parse().unwrap()];
    config.passwords.bcrypt_cost = 4;
    config
}

impl Trial {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(change, None).await
    }

    /// With a web app.
    pub(crate) async fn with_web(web: WebBundle) -> Self {
        Self::start_as(|_| {}, Some(web)).await
    }

    async fn start_as(change: impl FnOnce(&mut Config), web: Option<WebBundle>) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let mut config = config(&temp);
        change(&mut config);
        let clock = Clock::default();
        let (started, app) = start_with(&config, web, clock.clone()).await.unwrap();
        let address = started.listening[0].strip_prefix("https://").unwrap().parse().unwrap();
        Self { app, clock, started, address, config, temp }
    }

    /// The code of the owner link.
    pub(crate) fn owner_code(&self) -> String {
        code_of(self.started.owner_link.as_deref().unwrap())
    }

    /// A team with an owner.
    pub(crate) async fn with_owner() -> (Self, Person) {
        let trial = Self::start().await;
        let mut owner = Person::new("ana", 1);
        owner.join(&trial, &trial.owner_code()).await;
        (trial, owner)
    }
}

/// The code in a link.
pub(crate) fn code_of(link: &str) -> String {
    link.split_once('#').unwrap().1.split_once('.').unwrap().0.to_owned()
}
