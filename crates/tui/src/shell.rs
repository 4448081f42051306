//! Does what the state asks for, with the client; every action has exactly one answer.

use securechat_client::ids::{RoomId, Seq, UserId};
use securechat_client::view::{History, MessageView, Role};
use securechat_client::{Client, Failure, Health, NewRoom, Repair, Target};

use crate::action::Action;
use crate::clock;
use crate::event::{Answer, Opened};

/// Lines read further back at once.
const OLDER: usize = 200;
/// Messages that a search or the inbox brings.
const FOUND_MAX: usize = 100;
/// Lines read to get back to a message that was found.
const REACH_MAX: usize = 5_000;
/// How long an invite link works, in seconds.
const INVITE_S: u64 = 7 * 24 * 3600;

/// Does it.
pub(crate) async fn perform(client: &Client, action: Action) -> Answer {
    if let Action::Send { room, text } = action {
        return send(client, room, text).await;
    }
    attempt(client, action).await.unwrap_or_else(|failure| Answer::Failed(sentence(&failure.to_string())))
}

async fn send(client: &Client, room: RoomId, text: String) -> Answer {
    match client.send(room, text.clone()).await {
        Ok(_) => Answer::Nothing,
        Err(failure) => Answer::NotTaken { room, text, why: sentence(&failure.to_string()) },
    }
}

async fn attempt(client: &Client, action: Action) -> Result<Answer, Failure> {
    Ok(match action {
        // Done by the loop that owns the terminal, or above.
        Action::Quit | Action::Suspend | Action::Redraw | Action::Edit(_) | Action::Send { .. } => {
            Answer::Nothing
        }
        Action::ReadRooms => Answer::Rooms(client.rooms().await?),
        Action::ReadPeople => Answer::People(client.people().await?),
        Action::Open { room, limit, at } => open(client, room, limit, at).await?,
        Action::ReadLines { room, limit } => {
            let lines = client.timeline(room, None, limit).await?;
            Answer::Lines { room, whole: is_whole(&lines, limit), lines }
        }
        Action::ReadOlder { room, before } => {
            let lines = client.timeline(room, Some(before), OLDER).await?;
            Answer::Older { room, whole: is_whole(&lines, OLDER), lines }
        }
        Action::ReadMembers(room) => Answer::Members { room, people: client.members(room).await? },
        Action::Retry { room, message } => {
            client.retry(room, message).await?;
            Answer::Nothing
        }
        Action::Discard { room, message } => {
            client.discard(room, message).await?;
            Answer::Nothing
        }
        Action::MarkRead { room, seq } => {
            client.mark_read(room, seq).await?;
            Answer::Nothing
        }
        Action::KeepDraft { room, text } => {
            client.keep_draft(room, text).await?;
            Answer::Nothing
        }
        Action::Search(words) => {
            Answer::Found { lines: client.search(words.clone(), FOUND_MAX).await?, words }
        }
        Action::ReadInbox => Answer::Inbox(client.inbox(FOUND_MAX).await?),
        Action::Join(name) => {
            let room = client.find_room(&name).await?;
            client.join_room(room).await?;
            Answer::Go(room)
        }
        Action::Create { name, open, people } => {
            let people = find_people(client, &people).await?;
            let new = NewRoom { name, topic: String::new(), open, history: History::SinceJoin, people };
            Answer::Go(client.create_room(new).await?)
        }
        Action::Direct { person, text } => direct(client, &person, text).await?,
        Action::Add { room, people } => {
            client.add_people(room, find_people(client, &people).await?).await?;
            Answer::Done(format!("Adding @{}…", people.join(", @")))
        }
        Action::Remove { room, person } => {
            client.remove_person(room, client.find_person(&person).await?).await?;
            Answer::Done(format!("Removing @{person}…"))
        }
        Action::SetAdmin { room, person, admin: true } => {
            client.make_admin(room, client.find_person(&person).await?).await?;
            Answer::Done(format!("Making @{person} an admin…"))
        }
        Action::SetAdmin { room, person, admin: false } => {
            client.unmake_admin(room, client.find_person(&person).await?).await?;
            Answer::Done(format!("Taking admin away from @{person}…"))
        }
        Action::TightenHistory { room, history } => {
            client.tighten_history(room, history).await?;
            Answer::Done("Changing who may read what…".to_owned())
        }
        Action::Leave(room) => {
            client.leave_room(room).await?;
            Answer::Done("Leaving…".to_owned())
        }
        Action::SetName(name) => {
            client.set_display_name(name.clone()).await?;
            Answer::Done(format!("You are called {name} now."))
        }
        Action::Invite => invite(client).await?,
        Action::Verify(person) => verify(client, &person).await?,
        Action::Devices => devices(client).await?,
        Action::Doctor => doctor(client).await?,
        Action::Repair(room) => repair(client, room).await?,
        Action::Reset(room) => Answer::Go(client.reset_room(room).await?),
    })
}

/// Fewer than asked for is everything.
fn is_whole(lines: &[MessageView], limit: usize) -> bool {
    lines.iter().filter(|line| line.seq.is_some()).count() < limit
}

async fn open(client: &Client, room: RoomId, mut limit: usize, at: Option<Seq>) -> Result<Answer, Failure> {
    let mut lines = client.timeline(room, None, limit).await?;
    let reaches = |lines: &[MessageView]| at.is_none_or(|at| lines.iter().any(|line| line.seq <= Some(at)));
    while !reaches(&lines) && !is_whole(&lines, limit) && limit < REACH_MAX {
        limit = (limit * 4).min(REACH_MAX);
        lines = client.timeline(room, None, limit).await?;
    }
    Ok(Answer::Opened(Opened {
        room,
        whole: is_whole(&lines, limit),
        lines,
        draft: client.draft(room).await?,
        members: client.members(room).await?,
        at,
    }))
}

async fn find_people(client: &Client, names: &[String]) -> Result<Vec<UserId>, Failure> {
    let mut people = Vec::new();
    for name in names {
        people.push(client.find_person(name).await?);
    }
    Ok(people)
}

async fn direct(client: &Client, person: &str, text: Option<String>) -> Result<Answer, Failure> {
    let user = client.find_person(person).await?;
    let room = client.room_for(Target::Person(user)).await?;
    if let Some(text) = text {
        client.send(room, text).await?;
    }
    Ok(Answer::Go(room))
}

async fn invite(client: &Client) -> Result<Answer, Failure> {
    let invite = client.invite(1, INVITE_S, Role::Member).await?;
    let until = clock::day(invite.expires, &clock::zone());
    let link = invite.link.unwrap_or_else(|| "(the server did not tell the link)".to_owned());
    Ok(Answer::Page {
        title: "Invite link".to_owned(),
        lines: vec![
            "Give this link to one person; it lets them in once:".to_owned(),
            String::new(),
            link,
            String::new(),
            format!("It works until {until}. Shift and the mouse select it."),
        ],
    })
}

async fn verify(client: &Client, person: &str) -> Result<Answer, Failure> {
    let user = client.find_person(person).await?;
    let Some(number) = client.safety_number(user).await? else {
        return Ok(Answer::Done(format!("The keys of @{person} are not here yet; try again in a moment.")));
    };
    let groups: Vec<&str> = number.split_whitespace().collect();
    let mut lines = vec![
        "Read this to each other in person or by phone.".to_owned(),
        "If both see the same digits, nobody sits in between.".to_owned(),
        String::new(),
    ];
    lines.extend(groups.chunks(4).map(|four| format!("    {}", four.join("  "))));
    Ok(Answer::Page { title: format!("Safety number with @{person}"), lines })
}

async fn devices(client: &Client) -> Result<Answer, Failure> {
    let zone = clock::zone();
    let mut lines = Vec::new();
    for device in client.devices().await? {
        let this = if device.current { "  (this one)" } else { "" };
        lines.push(format!("{}{this}", device.name));
        let (added, seen) = (clock::day(device.added, &zone), clock::day(device.last_seen, &zone));
        lines.push(format!("    added {added}, last seen {seen}"));
        lines.push(format!("    {}", device.device_id));
    }
    lines.push(String::new());
    lines.push("`securechat devices revoke ID` ends one of them for ever.".to_owned());
    Ok(Answer::Page { title: "Your devices".to_owned(), lines })
}

async fn doctor(client: &Client) -> Result<Answer, Failure> {
    let mut lines = Vec::new();
    for finding in client.doctor().await? {
        let mark = match finding.state {
            Health::Good => "ok",
            Health::Fixed => "mended",
            Health::Attention => "look",
            Health::Broken => "WRONG",
        };
        lines.push(format!("{mark:<7} {}", sentence(&finding.sentence)));
        if !finding.to_do.is_empty() {
            lines.push(format!("        {}", finding.to_do));
        }
    }
    Ok(Answer::Page { title: "Is everything well?".to_owned(), lines })
}

async fn repair(client: &Client, room: RoomId) -> Result<Answer, Failure> {
    Ok(Answer::Done(match client.repair_room(room).await? {
        Repair::Nothing => {
            client.dismiss_trouble(room).await?;
            "Nothing is stopped here.".to_owned()
        }
        Repair::TriesAgain => "What the room stopped at is taken in once more…".to_owned(),
        Repair::ComesBack => "This device comes back into the room with new keys…".to_owned(),
    }))
}

/// As the start of a sentence, with its full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_shown_as_sentences() {
        assert_eq!(sentence("there is no room #x here"), "There is no room #x here.");
        assert_eq!(sentence("Trying…"), "Trying…");
        assert_eq!(sentence(""), ".");
    }
}
