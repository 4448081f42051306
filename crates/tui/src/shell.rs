//! Does what the state asks for, with the client; every action has exactly one answer.

mod own;

use securechat_client::ids::{RoomId, Seq, UserId};
use securechat_client::view::{Earlier, History, MessageView, Role, Trust};
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
            let whole = is_whole(&lines, limit) && !has_earlier(client, room).await?;
            Answer::Lines { room, whole, lines }
        }
        Action::ReadOlder { room, before } => {
            let lines = client.older(room, before, OLDER).await?;
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
        Action::KeepFor { room, days } => {
            client.keep_for(room, days).await?;
            Answer::Done("Changing how long messages are kept…".to_owned())
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
        Action::Confirm { person, said } => {
            client.confirm(client.find_person(&person).await?, &said).await?;
            Answer::Done(format!("@{person} is verified."))
        }
        Action::Accept(person) => {
            client.accept_root(client.find_person(&person).await?).await?;
            Answer::Done(format!("The present keys of @{person} are taken; they are not verified any more."))
        }
        Action::LookAt(alarm) => {
            client.look_at(alarm).await?;
            Answer::Nothing
        }
        Action::Devices => own::devices(client).await?,
        Action::ReadAsked => Answer::Asked(client.unanswered_devices().await?),
        Action::Mine(id) => {
            let device = own::find_device(client, &id).await?;
            client.know_device(device.device_id).await?;
            Answer::Done(format!("{} is yours.", device.name))
        }
        Action::Revoke(id) => {
            let device = own::find_device(client, &id).await?;
            client.revoke_device(device.device_id).await?;
            Answer::Done(format!("Revoked {}. It reads nothing that is sent from now on.", device.name))
        }
        Action::HowToLink => own::how_to_link(client)?,
        Action::Link(code) => Answer::Offered(client.take_linking(&code).await?),
        Action::LetIn(true) => {
            client.let_in().await?;
            Answer::Done("Linked. /devices lists your devices.".to_owned())
        }
        Action::LetIn(false) => {
            client.turn_away().await?;
            Answer::Done("The device was not linked.".to_owned())
        }
        Action::RecoveryKey => own::recovery_key(client).await?,
        Action::NewKey => own::new_key(),
        Action::NewKeyForLost(id) => own::new_key_for_lost(client, &id).await?,
        Action::KeepKey(key) => own::keep_key(client, &key).await?,
        Action::ReadKeys { news } => Answer::Keys { shared: client.has_shared_keys().await?, news },
        Action::WithPassword { password, purpose } => own::with_password(client, &password, purpose).await?,
        Action::ResetLink(person) => own::reset_link(client, &person).await?,
        Action::Doctor => doctor(client).await?,
        Action::Repair(room) => repair(client, room).await?,
        Action::Reset(room) => Answer::Go(client.reset_room(room).await?),
    })
}

/// Whether there is more to be read back from the server.
async fn has_earlier(client: &Client, room: RoomId) -> Result<bool, Failure> {
    let earlier = client.room(room).await?.map_or(Earlier::All, |view| view.earlier);
    Ok(matches!(earlier, Earlier::More | Earlier::Reading))
}

/// Fewer than asked for is everything here.
fn is_whole(lines: &[MessageView], limit: usize) -> bool {
    lines.iter().filter(|line| line.seq.is_some()).count() < limit
}

async fn open(client: &Client, room: RoomId, mut limit: usize, at: Option<Seq>) -> Result<Answer, Failure> {
    client.turn_to(room).await?;
    let mut lines = client.timeline(room, None, limit).await?;
    let reaches = |lines: &[MessageView]| at.is_none_or(|at| lines.iter().any(|line| line.seq <= Some(at)));
    while !reaches(&lines) && !is_whole(&lines, limit) && limit < REACH_MAX {
        limit = (limit * 4).min(REACH_MAX);
        lines = client.timeline(room, None, limit).await?;
    }
    Ok(Answer::Opened(Opened {
        room,
        whole: is_whole(&lines, limit) && !has_earlier(client, room).await?,
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
    let Some(seen) = client.comparison(user).await? else {
        return Ok(Answer::Done(format!("The keys of @{person} are not here yet; try again in a moment.")));
    };
    let groups: Vec<&str> = seen.number.split_whitespace().collect();
    let mut lines = vec![
        "Read this to each other in person or by phone.".to_owned(),
        "If both see the same digits, nobody sits in between.".to_owned(),
        String::new(),
    ];
    lines.extend(groups.chunks(4).map(|four| format!("    {}", four.join("  "))));
    lines.push(String::new());
    lines.push(format!("Or these words: {}", seen.words.join(" ")));
    lines.push(String::new());
    let people = client.people().await?;
    let trust = people.iter().find(|other| other.user_id == user).map(|other| other.trust);
    lines.extend(match trust {
        Some(Trust::Verified) => vec!["You have compared this, and it has not changed.".to_owned()],
        Some(Trust::Changed) => vec![
            "THIS HAS CHANGED since you compared: they began anew, or somebody took".to_owned(),
            format!("their place. Nothing is sent to @{person} until you compare again, or type"),
            format!("/verify @{person} --accept"),
        ],
        Some(Trust::Unverified | Trust::Yourself) | None => vec![
            "You have not compared this yet. When you have:".to_owned(),
            format!("/verify @{person} WHAT THEY READ TO YOU"),
        ],
    });
    Ok(Answer::Page { title: format!("Safety number with @{person}"), lines })
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
