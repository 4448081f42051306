//! `/ws`: the handshake is the server's and the browser's; what follows is carried both ways unread.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body_util::Full;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use securechat_client::Failure;
use securechat_proto::http::path;
use securechat_proto::{Code, Refusal};
use tokio::io::{AsyncWriteExt as _, copy, split};
use tokio::time::timeout;

use crate::forward::{ANSWER_BYTES_MAX, back, lost};
use crate::line::{Line, whole};
use crate::listen::Seat;
use crate::local::Local;
use crate::problem;

/// Time for one side to say goodbye after the other has.
const GOODBYE: Duration = Duration::from_secs(5);

const ASKED: [HeaderName; 4] = [
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
];
const ANSWERED: [HeaderName; 4] = [
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// Opens a WebSocket through the tunnel.
pub(crate) async fn ws(
    State(local): State<Arc<Local>>,
    Extension(seat): Extension<Seat>,
    request: Request,
) -> Response {
    let upgrades = request.headers().get(header::UPGRADE);
    if upgrades.is_none_or(|to| !to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return problem::refused(Refusal::new(Code::BadRequest, "this address speaks WebSocket only"));
    }
    match open(&local, seat, request).await {
        Ok(response) => response,
        Err(failure) => lost(&local, &failure),
    }
}

async fn open(local: &Local, seat: Seat, request: Request) -> Result<Response, Failure> {
    let mut asked = http::Request::get(path::WS).body(Full::new(Bytes::new())).map_err(odd)?;
    let headers = asked.headers_mut();
    carry_over(&ASKED, request.headers(), headers);
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    let mut line = Line::open(&local.server).await?;
    let mut answer = line.ask(asked).await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(back(whole(answer, ANSWER_BYTES_MAX).await?));
    }
    let server = hyper::upgrade::on(&mut answer).await.map_err(odd)?;
    let browser = hyper::upgrade::on(request);
    let mut stopped = local.stopped.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = carry(browser, server) => {}
            _ = stopped.changed() => {}
        }
        // The connection's place is held until here.
        drop(seat);
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    carry_over(&ANSWERED, answer.headers(), headers);
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    Ok(response)
}

/// Both ways until one side ends, and then what the other still has to say for a moment: a side that is gone without a word
/// must not hold the other for ever.
async fn carry(browser: OnUpgrade, server: Upgraded) {
    let Ok(browser) = browser.await else { return };
    let (mut from_browser, mut to_browser) = split(TokioIo::new(browser));
    let (mut from_server, mut to_server) = split(TokioIo::new(server));
    let up = async {
        let _ended = copy(&mut from_browser, &mut to_server).await;
        let _ended = to_server.shutdown().await;
    };
    let down = async {
        let _ended = copy(&mut from_server, &mut to_browser).await;
        let _ended = to_browser.shutdown().await;
    };
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    let _late = tokio::select! {
        () = &mut up => timeout(GOODBYE, down).await,
        () = &mut down => timeout(GOODBYE, up).await,
    };
}

fn carry_over(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

fn odd(error: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("the connection cannot become a WebSocket ({error})"))
}
