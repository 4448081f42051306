//! `/api/v1/link`: two devices of one person find each other by a code (docs/protocol.md §3.1).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use http::{HeaderMap, StatusCode};
use securechat_delivery::linking::{LinkingId, Party};
use securechat_delivery::sessions;
use securechat_proto::http::{
    AwaitLinking, B64, Linking, LinkingMessage, OpenLinking, Problem as ProblemBody, TakeLinking, path,
};
use securechat_proto::{Code, Refusal};
use tokio::time::timeout;

use super::bearer::{self, Session};
use super::body::Body;
use super::problem::{Problem, Refusals, SessionRefusals};
use crate::app::App;
use crate::chance::Os;
use crate::peers::Peer;

/// How long a message is waited for before the answer says that there is none.
const WAIT: Duration = Duration::from_secs(20);

/// Opens a linking, for a new device.
#[utoipa::path(post, path = path::LINK, operation_id = "open_linking", tag = "linking", request_body = OpenLinking, responses(
    (status = 200, body = Linking),
    (status = 409, description = "the id is in use", body = ProblemBody),
    (status = 429, description = "too many from this address", body = ProblemBody),
    Refusals,
))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<OpenLinking>,
) -> Result<Json<Linking>, Problem> {
    let id = id(&request.id)?;
    let opened = app.linkings().open(id, request.data.0, peer.address.ip(), app.now(), &mut Os);
    let (token, expires_ms) = opened?;
    Ok(Json(Linking { token, expires_ms }))
}

/// Takes a linking, for an old device, and answers with its first message.
#[utoipa::path(post, path = path::TAKE_LINK, operation_id = "take_linking", tag = "linking", security(("session" = [])), request_body = TakeLinking, responses(
    (status = 200, body = LinkingMessage),
    (status = 404, description = "nobody waits under this code", body = ProblemBody),
    (status = 409, description = "another device has taken it", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    session: Session,
    Body(request): Body<TakeLinking>,
) -> Result<Json<LinkingMessage>, Problem> {
    let taken = app.linkings().take(&id(&request.id)?, session.asker.device, app.now());
    // Also when it was refused: both sides are to hear that there was a second one.
    app.linking_said.notify_waiters();
    Ok(Json(LinkingMessage { id: request.id, number: 0, data: Some(taken?.into()) }))
}

/// Says something to the other side.
#[utoipa::path(post, path = path::PUT_LINK, operation_id = "put_linking", tag = "linking", security(("session" = []), ("linking" = [])), request_body = LinkingMessage, responses(
    (status = 204, description = "kept for the other side"),
    (status = 404, description = "not a linking of the asker's", body = ProblemBody),
    (status = 409, description = "out of order, or a second device had the code", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(request): Body<LinkingMessage>,
) -> Result<StatusCode, Problem> {
    let id = id(&request.id)?;
    let bearer = Bearer::of(&app, &headers, &id).await?;
    let data = request.data.ok_or_else(|| bad("a message has data"))?;
    app.linkings().put(&id, bearer.party(), request.number, data.0, app.now())?;
    app.linking_said.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}

/// Waits for what the other side says.
#[utoipa::path(post, path = path::GET_LINK, operation_id = "get_linking", tag = "linking", security(("session" = []), ("linking" = [])), request_body = AwaitLinking, responses(
    (status = 200, description = "the message, or none after 20 s", body = LinkingMessage),
    (status = 404, description = "not a linking of the asker's, or over", body = ProblemBody),
    (status = 409, description = "a second device had the code", body = ProblemBody),
    Refusals,
    SessionRefusals,
))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(request): Body<AwaitLinking>,
) -> Result<Json<LinkingMessage>, Problem> {
    let id = id(&request.id)?;
    let bearer = Bearer::of(&app, &headers, &id).await?;
    let said = async {
        loop {
            let mut next = std::pin::pin!(app.linking_said.notified());
            // Before looking, so that what is said in between rings too.
            next.as_mut().enable();
            let message = app.linkings().get(&id, bearer.party(), request.number, app.now());
            match message {
                Ok(None) => next.await,
                found => return found,
            }
        }
    };
    let data = timeout(WAIT, said).await.unwrap_or(Ok(None))?;
    Ok(Json(LinkingMessage { id: request.id, number: request.number, data: data.map(B64) }))
}

/// The two kinds of bearer that a linking knows.
enum Bearer {
    New(String),
    Old(securechat_ids::DeviceId),
}

impl Bearer {
    async fn of(app: &Arc<App>, headers: &HeaderMap, id: &LinkingId) -> Result<Self, Problem> {
        let token = bearer::token(headers)?;
        if app.linkings().is_new_device(id, token) {
            return Ok(Bearer::New(token.to_owned()));
        }
        let hash = sessions::token_hash(token);
        let found = app.read(move |tx, app| Ok(sessions::find_by_token(tx, &hash, app.now())?)).await?;
        let asker = found.ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                "no device waits under this code; a code works once, for five minutes",
            )
        })?;
        Ok(Bearer::Old(asker.device))
    }

    fn party(&self) -> Party<'_> {
        match self {
            Bearer::New(token) => Party::New { token },
            Bearer::Old(device) => Party::Old { device: *device },
        }
    }
}

fn id(bytes: &B64) -> Result<LinkingId, Problem> {
    bytes.0.as_slice().try_into().map_err(|_| bad("the id of a linking has 16 bytes"))
}

fn bad(message: &str) -> Problem {
    Refusal::new(Code::BadRequest, message).into()
}

#[cfg(test)]
mod tests {
    use securechat_proto::Code;
    use securechat_proto::http::{
        AwaitLinking, B64, Device, Linking, LinkingMessage, OpenLinking, TakeLinking, path,
    };

    use crate::trial::Trial;

    fn id() -> B64 {
        B64(vec![7; 16])
    }

    fn say(number: u32, text: &str) -> LinkingMessage {
        LinkingMessage { id: id(), number, data: Some(B64(text.as_bytes().to_vec())) }
    }

    async fn opened(trial: &Trial) -> Linking {
        let open = OpenLinking { id: id(), data: B64(b"first".to_vec()) };
        trial.post(path::LINK, None, &open).await.ok()
    }

    #[tokio::test]
    async fn what_one_side_says_the_other_hears_also_while_it_waits() {
        let (trial, ana) = Trial::with_owner().await;
        let linking = opened(&trial).await;
        let take = TakeLinking { id: id() };
        let first: LinkingMessage = trial.post(path::TAKE_LINK, Some(ana.token()), &take).await.ok();
        assert_eq!(first.data, Some(B64(b"first".to_vec())));
        let waits = AwaitLinking { id: id(), number: 0 };
        let said = say(0, "second");
        let (heard, put) = tokio::join!(
            trial.post(path::GET_LINK, Some(&linking.token.0), &waits),
            trial.post(path::PUT_LINK, Some(ana.token()), &said)
        );
        assert_eq!(put.status, 204);
        assert_eq!(heard.ok::<LinkingMessage>().data, said.data);
        assert_eq!(trial.post(path::GET_LINK, Some("x"), &waits).await.refused(), Code::NotFound);
        assert_eq!(trial.post(path::TAKE_LINK, None, &take).await.refused(), Code::Unauthenticated);
    }

    #[tokio::test]
    async fn a_device_vouches_for_another() {
        let (trial, mut ana) = Trial::with_owner().await;
        let add = ana.add_device(2);
        assert_eq!(trial.post(path::VOUCH_DEVICE, Some(ana.token()), &add).await.status, 204);
        assert_eq!(trial.post(path::VOUCH_DEVICE, Some(ana.token()), &add).await.refused(), Code::Conflict);
        assert_eq!(trial.get(path::DEVICES, Some(ana.token())).await.ok::<Vec<Device>>().len(), 2);
    }
}
