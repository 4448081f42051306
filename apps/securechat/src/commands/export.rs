//! `export`: everything this device has of one's rooms, in a folder that anybody can read.

use std::path::Path;

use securechat_client::export::{
    ExportError, Folder, Line, Manifest, Page, RoomEntry, Sheet, VERSION, index,
};
use securechat_client::ids::Seq;
use securechat_client::view::{Earlier, RoomStanding, RoomView};
use securechat_client::{Client, Failure};

use crate::at_work::with_client;
use crate::cli::{Export, ExportFormat};
use crate::print;

/// Messages held in memory at a time.
const PAGE: usize = 500;

pub(super) async fn run(home: &Path, args: Export) -> Result<(), Failure> {
    print::say(
        "This export is NOT encrypted: whoever can read the folder reads everything in it. Keep it where only you can.",
    );
    with_client(home, async |client| {
        // What is here is written even when the server cannot be reached; the exit code says so.
        let mut reached = client.caught_up().await;
        if args.all {
            reached?;
            reached = Ok(());
        }
        let rooms = chosen(client, &args.room).await?;
        let mut folder = Folder::create(&args.dir).map_err(failed)?;
        let mut entries = Vec::new();
        for (number, room) in rooms.iter().enumerate() {
            if args.all {
                read_all_back(client, room).await?;
            }
            entries.push(write_room(client, &mut folder, room, number + 1, args.format).await?);
        }
        let me = client.me().clone();
        let time = print::utc(print::now());
        let messages = entries.iter().map(|room| room.messages).sum();
        if args.format != ExportFormat::Json {
            let below = format!("Export of {} lines at {}, {time}. Not encrypted.", messages, me.server_url);
            let mut sheet = folder.sheet("index.html").map_err(failed)?;
            sheet.write(&index(&format!("Rooms of @{}", me.user_name), &below, &entries)).map_err(failed)?;
            folder.keep(sheet).map_err(failed)?;
        }
        let manifest = Manifest {
            version: VERSION,
            server_id: client.server_id().await?.to_string(),
            server_url: me.server_url,
            user_id: me.user_id.to_string(),
            user_name: me.user_name,
            time,
            messages,
            rooms: entries,
            files: Vec::new(),
        };
        folder.finish(manifest).map_err(failed)?;
        print::say(&format!("{messages} lines of {} rooms are in {}.", rooms.len(), args.dir.display()));
        reached
    })
    .await
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn failed(error: ExportError) -> Failure {
    match error {
        ExportError::Exists(_) | ExportError::Newer(_) => Failure::Usage(error.to_string()),
        ExportError::File(..) | ExportError::Malformed(..) => Failure::Other(error.to_string()),
    }
}

/// The rooms named; without names all that have something to show.
async fn chosen(client: &Client, labels: &[String]) -> Result<Vec<RoomView>, Failure> {
    let all = client.rooms().await?;
    if labels.is_empty() {
        return Ok(all.into_iter().filter(|view| view.newest.is_some()).collect());
    }
    let mut rooms = Vec::new();
    for label in labels {
        let room = client.find_room(label).await?;
        rooms.extend(all.iter().filter(|view| view.room == room).cloned());
    }
    Ok(rooms)
}

/// Waits until all that can be read back of a room has been.
async fn read_all_back(client: &Client, room: &RoomView) -> Result<(), Failure> {
    if room.state != RoomStanding::Joined {
        return Ok(());
    }
    client.read_back(room.room, Some(Seq(1)), None).await?;
    let earlier = client.room(room.room).await?.map(|view| view.earlier);
    if let Some(why) = earlier.and_then(Earlier::sentence) {
        print::say(&format!("{}: {why}", room.label));
    }
    Ok(())
}

async fn write_room(
    client: &Client,
    folder: &mut Folder,
    room: &RoomView,
    number: usize,
    format: ExportFormat,
) -> Result<RoomEntry, Failure> {
    let name = |end: &str| format!("room-{number:04}.{end}");
    let begin = |wanted: bool, end: &str| -> Result<Option<Sheet>, Failure> {
        if wanted { Ok(Some(folder.sheet(&name(end)).map_err(failed)?)) } else { Ok(None) }
    };
    let mut lines = begin(format != ExportFormat::Html, "jsonl")?;
    let mut page = begin(format != ExportFormat::Json, "html")?;
    if let Some(sheet) = &mut page {
        sheet.write(&Page::begin(&room.label, &room.topic)).map_err(failed)?;
    }
    let (mut after, mut messages, mut writer) = (Seq(0), 0, Page::default());
    loop {
        let views = client.messages_after(room.room, after, PAGE).await?;
        let Some(last) = views.last().and_then(|view| view.seq) else { break };
        after = last;
        for view in &views {
            let time = print::utc(view.time);
            if let Some(sheet) = &mut page {
                let (day, clock) = print::day_and_clock(view.time);
                sheet.write(&writer.line(view, &day, &clock, &time)).map_err(failed)?;
            }
            if let (Some(sheet), Some(line)) = (&mut lines, Line::of(view, time)) {
                let json = serde_json::to_string(&line).map_err(|error| Failure::Other(error.to_string()))?;
                sheet.write(&json).and_then(|()| sheet.write("\n")).map_err(failed)?;
            }
            messages += 1;
        }
    }
    let entry = RoomEntry {
        id: room.room.to_string(),
        label: room.label.clone(),
        topic: room.topic.clone(),
        messages,
        lines: lines.is_some().then(|| name("jsonl")),
        page: page.is_some().then(|| name("html")),
    };
    if let Some(sheet) = &mut page {
        sheet.write(Page::end()).map_err(failed)?;
    }
    for sheet in lines.into_iter().chain(page) {
        folder.keep(sheet).map_err(failed)?;
    }
    Ok(entry)
}
