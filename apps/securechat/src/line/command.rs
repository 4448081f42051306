//! What begins with a slash in line mode.

use securechat_client::ids::RoomId;
use securechat_client::view::History;
use securechat_client::view::RoomStanding;
use securechat_client::{Client, Failure, NewRoom};

use crate::at_work::settle;
use crate::print;

/// What the line asked for.
pub(super) enum Done {
    /// Go on in this room.
    In(RoomId),
    /// Go on where we are.
    Here,
    /// End.
    Quit,
}

const HELP: &str = "\
/rooms                    list rooms
/room #name               talk in a room (joins an open one)
/dm @name                 talk with somebody alone
/create name [@name…]     make an open room; /private name [@name…] one for its members
/add @name…               add people to this room
/leave                    leave this room
/members                  who is in this room
/inbox                    what is unread elsewhere
/search words             find messages
/quit                     end (what waits goes out first)
//text                    a message that begins with a slash";

/// Carries out a line that begins with a slash.
pub(super) async fn run(client: &Client, room: RoomId, line: &str) -> Result<Done, Failure> {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    match (verb, rest.as_slice()) {
        ("/quit" | "/exit", _) => return Ok(Done::Quit),
        ("/help" | "/?", _) => print::line(HELP),
        ("/rooms", _) => {
            for view in client.rooms().await? {
                if view.state != RoomStanding::Gone {
                    let new = if view.unread > 0 { format!(" ({} new)", view.unread) } else { String::new() };
                    print::line(&format!("{}{new}", view.label));
                }
            }
        }
        ("/room" | "/join", [label]) => {
            let wanted = client.find_room(label).await?;
            if client.room(wanted).await?.is_some_and(|view| view.state == RoomStanding::Listed) {
                client.join_room(wanted).await?;
                settle(client, wanted).await?;
            }
            return Ok(Done::In(wanted));
        }
        ("/dm", [name]) => {
            let target = client.find(name).await?;
            return Ok(Done::In(client.room_for(target).await?));
        }
        ("/create" | "/private", [name, people @ ..]) => {
            let mut ids = Vec::new();
            for person in people {
                ids.push(client.find_person(person).await?);
            }
            let new = NewRoom {
                name: (*name).to_owned(),
                topic: String::new(),
                open: verb == "/create",
                history: History::Shared,
                people: ids,
            };
            let made = client.create_room(new).await?;
            settle(client, made).await?;
            return Ok(Done::In(made));
        }
        ("/add", people @ [_, ..]) => {
            let mut ids = Vec::new();
            for person in people {
                ids.push(client.find_person(person).await?);
            }
            client.add_people(room, ids).await?;
            settle(client, room).await?;
        }
        ("/leave", []) => {
            client.leave_room(room).await?;
            settle(client, room).await?;
            return Ok(Done::In(client.find_room("#general").await?));
        }
        ("/members", []) => {
            for person in client.members(room).await? {
                print::member(&person, false);
            }
        }
        ("/inbox", []) => {
            for line in client.inbox(100).await?.iter().filter(|line| line.room != room) {
                print::message(line, false, true);
            }
        }
        ("/search", [_, ..]) => {
            for line in client.search(rest.join(" "), 20).await?.iter().rev() {
                print::message(line, false, true);
            }
        }
        _ => print::say("There is no such command; /help lists them."),
    }
    Ok(Done::Here)
}
