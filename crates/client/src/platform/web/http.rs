//! The JSON API from a page: the browser's `fetch` to the page's own origin, which is the only server a page may reach.

use gloo_net::http::{Method, RequestBuilder};
use securechat_proto::http::ServerInfo;

use crate::address::Address;
use crate::failure::Failure;
use crate::http::server_info;
use crate::platform::{ANSWER_BYTES_MAX, Answer, Request};

/// Asks the server that this page came from.
pub(crate) async fn request(_address: &Address, request: Request<'_>) -> Result<Answer, Failure> {
    // What the browser says of it ("Failed to fetch") helps nobody.
    let unreachable = |_: gloo_net::Error| {
        Failure::Unreachable("it does not answer; are you online, and is it running?".into())
    };
    let method = if request.method == "GET" { Method::GET } else { Method::POST };
    let mut asked = RequestBuilder::new(request.path)
        .method(method)
        .credentials(web_sys::RequestCredentials::SameOrigin)
        .cache(web_sys::RequestCache::NoStore);
    if let Some(token) = request.token {
        asked = asked.header("Authorization", &format!("Bearer {token}"));
    }
    let asked = if request.method == "GET" {
        asked.build()
    } else {
        let body = js_sys::Uint8Array::from(request.body.as_ref());
        asked.header("Content-Type", "application/json").body(body)
    };
    let answer = asked.map_err(unreachable)?.send().await.map_err(unreachable)?;
    let body = answer.binary().await.map_err(unreachable)?;
    if body.len() > ANSWER_BYTES_MAX {
        return Err(Failure::Other("the server's answer is too long".into()));
    }
    Ok(Answer { status: answer.status(), body: body.into() })
}

/// The pin of this page's server, by its own word: a page cannot see the certificate it came under, so this is only as good
/// as the way the page was reached (`THREAT_MODEL.md`).
pub(crate) async fn learn_pin(address: &Address) -> Result<String, Failure> {
    let info: ServerInfo = server_info(address).await?;
    Ok(info.pin)
}
