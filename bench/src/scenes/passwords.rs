//! Many log in by password at once, while others talk.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use securechat_client::{Home, InviteLink, register};
use securechat_engine::account;
use securechat_proto::http::{Login, PasswordParameters, Prelogin, Secret, path};

use crate::client::block_on;
use crate::client::team::{self, PASSWORD};
use crate::clock::{self, ms_since};
use crate::figure::{Figure, Goal, quantile};
use crate::fleet::{SPEAKERS, Side, both};
use crate::ground::Ground;
use crate::https;
use crate::swarm::{Pace, Window};

const NAME: &str = "passwords";
/// People who log in over and over, each from an address of their own.
const PEOPLE: usize = 8;
const TIME: Duration = Duration::from_secs(12);
/// Hashes to know the ceiling by.
const HASHES: usize = 5;
/// As the server hashes.
const COST: u32 = 12;

/// Messages without a storm, and in one.
pub(super) fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let [mut ours, _floor] = both(ground, NAME)?;
    let server = ours.server().context("our server")?;
    let address: SocketAddrV4 = server.place().parse()?;
    let link = server.owner_link.clone().context("nobody is the owner yet")?;
    ensure!(!link.is_empty(), "a link");
    let names = block_on(accounts(ground, server))?;
    let proofs: Vec<(String, Secret)> =
        (0..).zip(names).map(|(n, name)| proof(address, n, name)).collect::<Result<_>>()?;
    ours.fill_to(100)?;
    let hash_ms = hash_ms()?;
    let quiet = talk(&mut ours)?;
    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let people: Vec<_> = (0..)
        .zip(proofs)
        .map(|(number, proof)| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            thread::spawn(move || storm(address, number, &proof, &stop, &done))
        })
        .collect();
    let (begun, before) = (clock::now(), done.load(Ordering::Relaxed));
    let in_storm = talk(&mut ours)?;
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let per_s = (done.load(Ordering::Relaxed) - before) as f64 / begun.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for person in people {
        person.join().map_err(|_| anyhow::anyhow!("somebody panicked"))??;
    }
    let p99 = |window: &Window| window.delays.quantile_ms(0.99);
    let ceiling = 1_000.0 / hash_ms;
    Ok(vec![
        Figure::new(NAME, "one bcrypt check alone", hash_ms, "ms"),
        Figure::new(NAME, "log-ins of a storm", per_s, "per second"),
        Figure::new(NAME, "of what one hashing thread could do", per_s / ceiling * 100.0, "%")
            .with_goal(Goal::AtLeast(95.0)),
        Figure::new(NAME, "room of 100 at 20/s without it, delay p99", p99(&quiet), "ms"),
        Figure::new(NAME, "room of 100 at 20/s in it, delay p99", p99(&in_storm), "ms"),
        Figure::new(NAME, "the storm's part in that", p99(&in_storm) / p99(&quiet), "times")
            .with_goal(Goal::AtMost(2.0)),
    ])
}

fn talk(ours: &mut Side) -> Result<Window> {
    let speakers: Vec<(usize, u16)> = (0..SPEAKERS).map(|person| (person, 100)).collect();
    Ok(ours.drive(&Pace::Open { speakers: &speakers, per_second: 20.0 }, 100, TIME)?.0)
}

/// Registers people as they do it themselves.
async fn accounts(ground: &Ground, server: &crate::server::Server) -> Result<Vec<String>> {
    let folder = ground.memory("accounts");
    let (owner, invite) = team::found(server, &folder).await?;
    let link: InviteLink = invite.parse()?;
    let names: Vec<String> = (0..PEOPLE).map(|number| format!("storm{number}")).collect();
    for name in &names {
        register(&Home::own(&folder.join(name))?, &link, name, PASSWORD, "bench").await?;
    }
    owner.close().await;
    Ok(names)
}

/// What a client sends in place of the password, stretched once.
fn proof(address: SocketAddrV4, number: usize, name: String) -> Result<(String, Secret)> {
    let asked = Prelogin { user_name: name.clone() };
    let parameters: PasswordParameters =
        serde_json::from_slice(&https::post(source(number)?, address, path::PRELOGIN, &asked)?)?;
    Ok((name, account::stretch(PASSWORD, &parameters)?.auth()))
}

fn storm(
    address: SocketAddrV4,
    number: usize,
    (name, auth): &(String, Secret),
    stop: &AtomicBool,
    done: &AtomicU64,
) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let login = Login { user_name: name.clone(), auth: auth.clone() };
        https::post(source(number)?, address, path::LOGIN, &login)?;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// An address of loopback for each person.
fn source(number: usize) -> Result<Ipv4Addr> {
    Ok(Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(number)?))
}

fn hash_ms() -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..HASHES {
        let begun = clock::now();
        bcrypt::hash("a proof of 43 characters, as clients send it", COST)?;
        times.push(ms_since(begun));
    }
    times.sort_by(f64::total_cmp);
    Ok(quantile(&times, 0.5))
}
