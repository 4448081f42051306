//! Requests of a session that are answered one after the other: reads, and writes with large answers.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use securechat_delivery::{
    Asker, Fault, Outcome, inbox, items, key_packages, log, read_with, rooms, sessions,
};
use securechat_proto::frame::{Answer, Hello, Request, ServerFrame};
use securechat_proto::{Code, Refusal, VERSION, limits};

use super::outlet::Outlet;
use crate::app::{App, refusal};

/// What is to be done.
pub(super) enum Errand {
    /// Look who says `Hello`.
    Greet { id: u64, hello: Hello },
    /// Answer a request that reads.
    Answer { id: u64, asker: Asker, request: Box<Request> },
    /// Look whether a token still holds.
    Validate { token_hash: [u8; 32] },
}

/// What came of it; answers have gone to the outlet.
#[derive(Clone, Copy)]
pub(super) enum Done {
    /// Answered or refused.
    Answered,
    /// The device is known, and in the registry.
    Greeted { asker: Asker, token_hash: [u8; 32] },
    /// Who the token stands for now.
    Validated(Option<Asker>),
}

/// An errand under way.
pub(super) type Lane = Pin<Box<dyn Future<Output = Done> + Send>>;

impl Errand {
    pub(super) fn run(self, app: &Arc<App>, outlet: &Arc<Outlet>) -> Lane {
        let (app, outlet) = (Arc::clone(app), Arc::clone(outlet));
        match self {
            Errand::Greet { id, hello } => Box::pin(greet(app, outlet, id, hello)),
            Errand::Answer { id, asker, request } => Box::pin(async move {
                let answered = answer(&app, asker, *request).await;
                outlet.answer(encoded(&app, id, answered));
                Done::Answered
            }),
            Errand::Validate { token_hash } => Box::pin(async move {
                let found = app.read(move |tx, app| Ok(sessions::find_by_token(tx, &token_hash, app.now())?));
                match found.await {
                    Ok(asker) => Done::Validated(asker),
                    // A store that cannot be read ends the process; it is no reason to log anybody out.
                    Err(_) => Done::Answered,
                }
            }),
        }
    }
}

/// The answer's frame, or a refusal's; never longer than a frame may be.
pub(super) fn encoded(app: &App, id: u64, answered: Result<Answer, Refusal>) -> Bytes {
    let refused = |refusal: Refusal| {
        app.refused.add(refusal.code);
        ServerFrame::new(id, Answer::Refused(refusal.into())).to_bytes()
    };
    match answered {
        Ok(answer) => {
            let frame = ServerFrame::new(id, answer).to_bytes();
            if frame.len() > limits::FRAME_BYTES_MAX {
                return refused(Refusal::new(Code::TooLarge, "the answer does not fit a frame"));
            }
            frame
        }
        Err(refusal) => refused(refusal),
    }
}

async fn greet(app: Arc<App>, outlet: Arc<Outlet>, id: u64, hello: Hello) -> Done {
    let greeted = if hello.version == VERSION {
        let (greeter, token_hash) = (Arc::clone(&outlet), sessions::token_hash(&hello.token));
        app.blocking(move |app| enter(app, &greeter, id, token_hash)).await.and_then(|entered| entered)
    } else {
        let message = format!("this server speaks protocol version {VERSION}, the client {}", hello.version);
        Err(Refusal::new(Code::UnsupportedVersion, message))
    };
    match greeted {
        Ok((asker, token_hash)) => {
            // Moves the session's end; nobody waits for it, and if it fails the next `Hello` does it.
            let note = app.queue(
                move |tx, app| {
                    Ok(Outcome::quiet(sessions::note_use(tx, &token_hash, app.now(), &app.limits)?))
                },
                |_| {},
            );
            if note.is_err() {
                tracing::debug!("a session's use was not noted: too much to write");
            }
            Done::Greeted { asker, token_hash }
        }
        Err(refusal) => {
            outlet.answer(encoded(&app, id, Err(refusal.clone())));
            outlet.end(refusal);
            Done::Answered
        }
    }
}

/// Into the registry first and then a fresh look at the store: what happens in between comes as news.
fn enter(
    app: &Arc<App>,
    outlet: &Arc<Outlet>,
    id: u64,
    token_hash: [u8; 32],
) -> Result<(Asker, [u8; 32]), Refusal> {
    let now = app.now();
    let asker = read_with(&*app.store, |tx| Ok(sessions::find_by_token(tx, &token_hash, now)?))
        .map_err(refusal)?
        .ok_or_else(|| Refusal::new(Code::Unauthenticated, "the session has ended; log in again"))?;
    app.hub.enter(&asker, token_hash, outlet, app.limits.sessions_per_user_max)?;
    let ready = read_with(&*app.store, |tx| sessions::ready(tx, &asker, now)).map_err(refusal)?;
    outlet.open(encoded(app, id, Ok(Answer::Ready(ready))));
    Ok((asker, token_hash))
}

async fn answer(app: &Arc<App>, asker: Asker, request: Request) -> Result<Answer, Refusal> {
    // A key package goes to one asker only, so handing them out writes.
    if let Request::ClaimKeyPackages(claim) = request {
        let claimed = app.write(move |tx, app| {
            Ok(Outcome::quiet(key_packages::claim(tx, &asker, &claim, app.now(), &app.limits)?))
        });
        return claimed.await.map(Answer::KeyPackages);
    }
    let unknown = || Fault::Refused(Refusal::new(Code::BadRequest, "this server does not know the request"));
    app.read(move |tx, app| match &request {
        Request::Fetch(fetch) => rooms::fetch(tx, &asker, fetch, &app.limits).map(Answer::Events),
        Request::GetGroup(get) => rooms::group(tx, &asker, get).map(Answer::Group),
        Request::GetTree(get) => rooms::tree(tx, &asker, get).map(Answer::Tree),
        Request::FetchInbox(fetch) => inbox::fetch(tx, &asker, fetch).map(Answer::Inbox),
        Request::FetchReceipts(fetch) => rooms::receipts(tx, &asker, fetch).map(Answer::Receipts),
        Request::FetchItems(fetch) => items::fetch(tx, &asker, fetch).map(Answer::Items),
        Request::FetchLog(fetch) => log::fetch(tx, fetch).map(Answer::Log),
        _ => Err(unknown()),
    })
    .await
}
