//! `rooms` and `room …`: where one talks, and with whom.

use std::path::Path;

use securechat_client::ids::{RoomId, UserId};
use securechat_client::view::{History, Kind, RoomStanding, RoomView};
use securechat_client::{Client, Failure, NewRoom, Repair};
use serde::Serialize;

use crate::at_work::{online, settle, wait_until_sent};
use crate::cli::{HistoryArg, Room};
use crate::print;

#[derive(Serialize)]
struct JsonRoom<'a> {
    room: &'a str,
    id: String,
    kind: &'static str,
    topic: &'a str,
    history: &'static str,
    keep_days: u32,
    state: &'static str,
    people: usize,
    unread: u64,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goes_on: Option<&'a str>,
}

pub(super) async fn list(home: &Path, as_json: bool) -> Result<(), Failure> {
    online(home, async |client| {
        for view in client.rooms().await? {
            if as_json {
                print_json(&view);
            } else if view.state != RoomStanding::Gone {
                print::line(&describe(&view));
            }
        }
        Ok(())
    })
    .await
}

fn print_json(view: &RoomView) {
    print::json(&JsonRoom {
        room: &view.label,
        id: view.room.to_string(),
        kind: kind_name(view.kind),
        topic: &view.topic,
        history: match view.history {
            History::Shared => "shared",
            History::SinceJoin => "since_join",
            History::None => "none",
        },
        keep_days: view.keep_days,
        state: standing_name(view.state),
        people: view.people,
        unread: view.unread,
        seq: view.cursor.0,
        trouble: view.trouble.as_deref(),
        goes_on: view.goes_on.as_deref(),
    });
}

fn describe(view: &RoomView) -> String {
    let about = match view.state {
        RoomStanding::Listed => "open, not joined".to_owned(),
        RoomStanding::Joining => "joining".to_owned(),
        RoomStanding::Joined => format!("{} people", view.people),
        RoomStanding::Gone => "left".to_owned(),
        RoomStanding::Halted => format!("stopped: {}", view.trouble.as_deref().unwrap_or_default()),
    };
    let about = match &view.goes_on {
        Some(next) => format!("earlier {next}"),
        None => about,
    };
    let unread = if view.unread > 0 { format!("  {} new", view.unread) } else { String::new() };
    let topic = if view.topic.is_empty() { String::new() } else { format!("  {}", view.topic) };
    format!("{:<24} {about}{unread}{topic}", view.label)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Channel => "channel",
        Kind::Private => "private",
        Kind::Dm => "dm",
    }
}

fn standing_name(state: RoomStanding) -> &'static str {
    match state {
        RoomStanding::Listed => "listed",
        RoomStanding::Joining => "joining",
        RoomStanding::Joined => "joined",
        RoomStanding::Gone => "left",
        RoomStanding::Halted => "halted",
    }
}

pub(super) async fn act(home: &Path, act: Room) -> Result<(), Failure> {
    online(home, async |client| match act {
        Room::Create { name, topic, private, history, keep, people, json } => {
            let history = history_of(history);
            let people = find_people(client, &people).await?;
            let new = NewRoom { name, topic, open: !private, history, people };
            let room = client.create_room(new).await?;
            settle(client, room).await?;
            if let Some(days) = keep {
                client.keep_for(room, days).await?;
            }
            settle(client, room).await?;
            report(client, room, json, "made").await
        }
        Room::Join { room } => {
            let room = client.find_room(&room).await?;
            client.join_room(room).await?;
            settle(client, room).await?;
            report(client, room, false, "joined").await
        }
        Room::Leave { room } => {
            let id = client.find_room(&room).await?;
            client.leave_room(id).await?;
            settle(client, id).await?;
            print::say(&format!("You left {room}."));
            Ok(())
        }
        Room::Repair { room } => repair(client, &room).await,
        Room::Seen { room } => {
            let room = client.find_room(&room).await?;
            client.dismiss_trouble(room).await
        }
        Room::Reset { room } => {
            let old = client.find_room(&room).await?;
            let room = client.reset_room(old).await?;
            settle(client, room).await?;
            wait_until_sent(client).await?;
            report(client, room, false, "made anew; the earlier one stays to be read").await
        }
        Room::Members { room, json } => {
            let room = client.find_room(&room).await?;
            for person in client.members(room).await? {
                print::member(&person, json);
            }
            Ok(())
        }
        Room::Add { room, people } => {
            let room = client.find_room(&room).await?;
            let people = find_people(client, &people).await?;
            client.add_people(room, people).await?;
            settle(client, room).await
        }
        Room::Remove { room, person } => {
            let room = client.find_room(&room).await?;
            let person = client.find_person(&person).await?;
            client.remove_person(room, person).await?;
            settle(client, room).await
        }
        Room::Admin { room, person, remove } => set_admin(client, &room, &person, !remove).await,
        Room::Keep { room, days } => keep_for(client, &room, days).await,
        Room::History { room, history } => tighten(client, &room, history_of(history)).await,
    })
    .await
}

async fn repair(client: &Client, label: &str) -> Result<(), Failure> {
    let room = client.find_room(label).await?;
    match client.repair_room(room).await? {
        Repair::Nothing => {
            print::say("Nothing is stopped there.");
            return Ok(());
        }
        Repair::TriesAgain => client.caught_up().await?,
        Repair::ComesBack => settle(client, room).await?,
    }
    let Some(view) = client.room(room).await? else { return Ok(()) };
    if view.state == RoomStanding::Joined {
        print::say(&format!("{} goes on.", view.label));
        return Ok(());
    }
    let why = view.trouble.unwrap_or_default();
    Err(Failure::Other(format!("{} is still stopped: {why}", view.label)))
}

fn history_of(history: HistoryArg) -> History {
    match history {
        HistoryArg::Shared => History::Shared,
        HistoryArg::SinceJoin => History::SinceJoin,
        HistoryArg::None => History::None,
    }
}

async fn set_admin(client: &Client, label: &str, name: &str, admin: bool) -> Result<(), Failure> {
    let room = client.find_room(label).await?;
    let user = client.find_person(name).await?;
    let is = async || -> Result<bool, Failure> {
        let members = client.members(room).await?;
        Ok(members.iter().any(|person| person.user_id == user && person.room_admin))
    };
    let was = is().await?;
    if admin {
        client.make_admin(room, user).await?;
    } else {
        client.unmake_admin(room, user).await?;
    }
    settle(client, room).await?;
    let now = if was == is().await? { "already" } else { "now" };
    let name = name.trim_start_matches('@');
    let what = if admin { format!("is {now} an admin") } else { format!("is {now} no admin") };
    let label = client.room(room).await?.map_or_else(|| label.to_owned(), |view| view.label);
    print::say(&format!("@{name} {what} of {label}."));
    Ok(())
}

async fn tighten(client: &Client, label: &str, history: History) -> Result<(), Failure> {
    let room = client.find_room(label).await?;
    let was = client.room(room).await?.map(|view| view.history);
    client.tighten_history(room, history).await?;
    settle(client, room).await?;
    let Some(view) = client.room(room).await? else { return Ok(()) };
    let since = if was == Some(view.history) { "already" } else { "from now on" };
    let what = match view.history {
        History::Shared => "newcomers read everything said there",
        History::SinceJoin => "newcomers read only from the day they join",
        History::None => "nothing is kept for later reading; only who is there reads it",
    };
    print::say(&format!("{}, {since}: {what}.", view.label));
    Ok(())
}

async fn keep_for(client: &Client, label: &str, days: u32) -> Result<(), Failure> {
    let room = client.find_room(label).await?;
    client.keep_for(room, days).await?;
    settle(client, room).await?;
    let Some(view) = client.room(room).await? else { return Ok(()) };
    let what = match view.keep_days {
        0 => "messages are kept for ever".to_owned(),
        1 => "messages are deleted after 1 day, on the server and on every device".to_owned(),
        days => format!("messages are deleted after {days} days, on the server and on every device"),
    };
    print::say(&format!("{}: {what}.", view.label));
    Ok(())
}

async fn find_people(client: &Client, names: &[String]) -> Result<Vec<UserId>, Failure> {
    let mut people = Vec::new();
    for name in names {
        people.push(client.find_person(name).await?);
    }
    Ok(people)
}

async fn report(client: &Client, room: RoomId, as_json: bool, verb: &str) -> Result<(), Failure> {
    let Some(view) = client.room(room).await? else { return Ok(()) };
    if as_json {
        print_json(&view);
    } else {
        print::say(&format!("{} {verb}.", view.label));
    }
    Ok(())
}
