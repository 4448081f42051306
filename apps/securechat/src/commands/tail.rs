//! `tail`: what was said, once or as it comes.

use std::collections::BTreeMap;
use std::path::Path;

use securechat_client::ids::{RoomId, Seq, UnixMillis};
use securechat_client::view::{MessageView, RoomStanding};
use securechat_client::{Client, Failure, News, Told};

use crate::at_work::with_client;
use crate::cli::Tail;
use crate::print;
use crate::span::seconds;

/// Messages read at a time.
const PAGE: usize = 500;

enum Since {
    Begin,
    After(Seq),
    Age(u64),
}

pub(super) async fn run(home: &Path, args: Tail) -> Result<(), Failure> {
    let since = parse_since(args.since.as_deref())?;
    with_client(home, async |client| {
        let mut listener = client.listen();
        // What is here is shown even when the server cannot be reached; the exit code says so.
        let reached = client.caught_up().await;
        if reached.is_ok() {
            read_back(client, &args.targets, &since).await?;
        }
        let mut shown = rooms(client, &args.targets, &since).await?;
        print_new(client, &mut shown, args.json).await?;
        if !args.follow {
            return reached;
        }
        loop {
            match listener.next().await {
                None => return Ok(()),
                Some(Told::News(News::Ended { why })) => return Err(Failure::Trust(why)),
                Some(Told::News(News::Alarm { what, .. })) => print::say(&format!("ALARM: {what}.")),
                Some(Told::News(News::Timeline { .. } | News::Rooms) | Told::Missed) => {
                    if args.targets.is_empty() {
                        for (room, from) in rooms(client, &[], &Since::Begin).await? {
                            shown.entry(room).or_insert(from);
                        }
                    }
                    print_new(client, &mut shown, args.json).await?;
                }
                Some(Told::News(_)) => {}
            }
        }
    })
    .await
}

fn parse_since(text: Option<&str>) -> Result<Since, Failure> {
    match text {
        None => Ok(Since::Begin),
        Some(text) => match text.parse() {
            Ok(seq) => Ok(Since::After(Seq(seq))),
            Err(_) => Ok(Since::Age(seconds(text)?)),
        },
    }
}

/// Fetches what was said before this device came, as far back as is to be printed.
async fn read_back(client: &Client, targets: &[String], since: &Since) -> Result<(), Failure> {
    for (room, _) in rooms(client, targets, &Since::Begin).await? {
        let (seq, time) = match since {
            Since::Begin => (None, None),
            Since::After(seq) => (Some(seq.next()), None),
            Since::Age(seconds) => (None, Some(UnixMillis(print::now().0.saturating_sub(seconds * 1000)))),
        };
        client.read_back(room, seq, time).await?;
    }
    Ok(())
}

/// The rooms meant, and the place after which to print.
async fn rooms(client: &Client, targets: &[String], since: &Since) -> Result<BTreeMap<RoomId, Seq>, Failure> {
    let mut rooms = Vec::new();
    if targets.is_empty() {
        let all = client.rooms().await?;
        rooms.extend(all.into_iter().filter(|view| view.state == RoomStanding::Joined).map(|view| view.room));
    }
    for target in targets {
        rooms.push(client.find_room(target).await?);
    }
    let mut from = BTreeMap::new();
    for room in rooms {
        let after = match since {
            Since::Begin => Seq(0),
            Since::After(seq) => *seq,
            Since::Age(s) => {
                let time = UnixMillis(print::now().0.saturating_sub(s * 1000));
                client.seq_at(room, time).await?
            }
        };
        from.insert(room, after);
    }
    Ok(from)
}

/// Prints what came after each room's place, in order of time, and moves the places on. What was printed is read.
async fn print_new(client: &Client, shown: &mut BTreeMap<RoomId, Seq>, as_json: bool) -> Result<(), Failure> {
    let with_room = shown.len() > 1;
    let mut lines: Vec<MessageView> = Vec::new();
    for (room, after) in shown.iter_mut() {
        loop {
            let page = client.messages_after(*room, *after, PAGE).await?;
            let Some(last) = page.last().and_then(|line| line.seq) else { break };
            *after = last;
            lines.extend(page);
        }
    }
    // One room's lines stay in the order of its log; rooms are merged by the server's clock.
    lines.sort_by_key(|line| (line.time, line.room, line.seq));
    for line in &lines {
        print::message(line, as_json, with_room);
    }
    for (room, after) in shown.iter() {
        client.mark_read(*room, *after).await?;
    }
    Ok(())
}
