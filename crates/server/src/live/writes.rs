//! Requests of a session that write: queued at once, many at a time, answered by the store's writer after the commit.

use std::net::IpAddr;
use std::sync::Arc;

use securechat_delivery::{Asker, Fault, Outcome, Tx, inbox, items, key_packages, rooms};
use securechat_ids::RoomId;
use securechat_proto::frame::{Answer, Empty, Request};
use securechat_proto::{Code, Refusal};

use super::lane::encoded;
use super::outlet::Outlet;
use crate::app::App;

/// Queues a request if it is one that writes, and gives it back if it is for the lane.
///
/// # Errors
/// `RateLimited`, `BadRequest`, `Busy`: nothing was queued.
pub(super) fn queue(
    app: &Arc<App>,
    asker: &Asker,
    address: IpAddr,
    outlet: &Arc<Outlet>,
    id: u64,
    request: Request,
) -> Result<Option<Request>, Refusal> {
    let asker = *asker;
    match request {
        Request::Publish(publish) => {
            take_token(app, &asker, address, &publish.room)?;
            write(app, outlet, id, move |tx, app| {
                rooms::publish(tx, &asker, publish, app.now(), &app.limits)
                    .map(|o| told(o, Answer::Published))
            })
        }
        Request::Commit(commit) => {
            take_token(app, &asker, address, &commit.room)?;
            write(app, outlet, id, move |tx, app| {
                rooms::commit(tx, &asker, commit, app.now(), &app.limits).map(|o| told(o, Answer::Committed))
            })
        }
        Request::CreateRoom(create) => {
            take_token(app, &asker, address, &create.room)?;
            write(app, outlet, id, move |tx, app| {
                rooms::create(tx, &asker, &create, app.now(), &app.limits).map(|o| told(o, done))
            })
        }
        Request::Leave(leave) => write(app, outlet, id, move |tx, app| {
            rooms::leave(tx, &asker, &leave, app.now()).map(|o| told(o, done))
        }),
        Request::PutKeyPackages(put) => write(app, outlet, id, move |tx, app| {
            let left = key_packages::put(tx, &asker, &put, app.now(), &app.limits)?;
            Ok(Outcome::quiet(Answer::KeyPackagesLeft(left)))
        }),
        Request::AckInbox(ack) => write(app, outlet, id, move |tx, _| {
            inbox::ack(tx, &asker, &ack)?;
            Ok(Outcome::quiet(done(())))
        }),
        Request::PutItem(put) => {
            take_token(app, &asker, address, &put.name)?;
            write(app, outlet, id, move |tx, app| {
                items::put(tx, &asker, &put, &app.limits).map(|o| told(o, done))
            })
        }
        Request::PutReceipt(put) => {
            // From a bucket of the device's own in place of the room's: receipts leave the room's to what is said in it.
            take_token(app, &asker, address, asker.device.as_bytes())?;
            write(app, outlet, id, move |tx, _| rooms::put_receipt(tx, &asker, &put).map(|o| told(o, done)))
        }
        other => return Ok(Some(other)),
    }?;
    Ok(None)
}

fn write(
    app: &Arc<App>,
    outlet: &Arc<Outlet>,
    id: u64,
    run: impl FnOnce(&mut dyn Tx, &App) -> Result<Outcome<Answer>, Fault> + Send + 'static,
) -> Result<(), Refusal> {
    let (outlet, teller) = (Arc::clone(outlet), Arc::clone(app));
    app.queue(run, move |answered| outlet.answer(encoded(&teller, id, answered)))
}

/// Before anything is queued: over the limit costs the others nothing.
fn take_token(app: &App, asker: &Asker, address: IpAddr, room: &[u8]) -> Result<(), Refusal> {
    let room =
        RoomId::try_from(room).map_err(|_| Refusal::new(Code::BadRequest, "a room id has 16 bytes"))?;
    app.limiter().take(asker, address, room, app.now()).map_err(|wait| {
        Refusal::later(Code::RateLimited, "too fast; the message can be sent again shortly", wait)
    })
}

fn told<T>(outcome: Outcome<T>, answer: impl FnOnce(T) -> Answer) -> Outcome<Answer> {
    Outcome { answer: answer(outcome.answer), wakes: outcome.wakes }
}

fn done((): ()) -> Answer {
    Answer::Done(Empty {})
}
