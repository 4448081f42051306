//! The JSON API natively, one connection a request: rare enough that simplicity wins.

use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;

use super::{socket, tls};
use crate::address::Address;
use crate::failure::Failure;
use crate::platform::{ANSWER_BYTES_MAX, Answer, Request};

/// Asks the pinned server.
pub(crate) async fn request(address: &Address, request: Request<'_>) -> Result<Answer, Failure> {
    let stream = socket::open(address).await?;
    let broken =
        |error: hyper::Error| Failure::Unreachable(format!("{address} broke off the connection ({error})"));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = tokio::spawn(connection);
    let mut asked = hyper::Request::builder()
        .method(request.method)
        .uri(request.path)
        .header(HOST, address.authority())
        .header(CONTENT_TYPE, "application/json");
    if let Some(token) = request.token {
        asked = asked.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let asked = asked.body(Full::new(request.body)).map_err(|error| Failure::Other(error.to_string()))?;
    let answer = sender.send_request(asked).await.map_err(broken)?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await
        .map_err(|error| Failure::Unreachable(format!("the answer broke off ({error})")))?
        .to_bytes();
    driver.abort();
    Ok(Answer { status, body })
}

/// The pin of whatever answers at an address now: the last certificate it presents is its identity.
pub(crate) async fn learn_pin(address: &Address) -> Result<String, Failure> {
    let stream = socket::open(&Address { pin: None, ..address.clone() }).await?;
    let (_, session) = stream.get_ref();
    session
        .peer_certificates()
        .and_then(|chain| chain.last())
        .and_then(tls::pin_of)
        .ok_or_else(|| Failure::Trust(format!("{address} shows no identity")))
}
