//! The JSON API of one server: asks, answers and refusals.

use bytes::Bytes;
use securechat_engine::clean::clean_line;
use securechat_proto::http::{Problem, ServerInfo, path};
use securechat_proto::{Code, Refusal, VERSION};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::failure::Failure;
use crate::platform::{Request, request};

const BAD_GATEWAY: u16 = 502;

/// The API of one server, with a session or without.
#[derive(Clone)]
pub(crate) struct Api {
    pub address: Address,
    pub token: Option<String>,
}

impl Api {
    /// The API without a session.
    pub(crate) fn anonymous(address: &Address) -> Self {
        Self { address: address.clone(), token: None }
    }

    pub(crate) async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, Failure> {
        read(&self.send("GET", path, Bytes::new()).await?)
    }

    pub(crate) async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, Failure> {
        read(&self.send("POST", path, json(body)).await?)
    }

    /// Posts where the answer has no body.
    pub(crate) async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), Failure> {
        self.send("POST", path, json(body)).await.map(drop)
    }

    async fn send(&self, method: &'static str, path: &str, body: Bytes) -> Result<Bytes, Failure> {
        let asked = Request { method, path, token: self.token.as_deref(), body };
        let answer = request(&self.address, asked).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        let (status, refused) = (answer.status, refused(&answer.body));
        if status == BAD_GATEWAY {
            return Err(gateway(&self.address, refused));
        }
        Err(refused.unwrap_or_else(|| Refusal::new(Code::Internal, format!("it answered {status}"))).into())
    }
}

/// What a refusal's body says. The reason is the server's words and ends on a screen.
fn refused(body: &[u8]) -> Option<Refusal> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    Some(Refusal::later(problem.code, clean_line(&problem.message), problem.retry_after_ms))
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).expect("our own types serialise").into()
}

/// No server says this of itself: something before it could not reach it, most likely our own tunnel (`securechat web`), which
/// says with [`Code::Rejected`] that somebody else answers in the server's place. That is told in our words: a server that
/// answers so itself must not speak to people as if it were this program.
fn gateway(address: &Address, refused: Option<Refusal>) -> Failure {
    match refused {
        Some(Refusal { code: Code::Rejected, .. }) => Failure::Trust(format!(
            "the server at {address} is not the one you joined: its identity has changed; nothing was sent. Ask whoever \
             runs it, and compare the server words"
        )),
        Some(Refusal { message, .. }) => {
            let why = message.strip_prefix("cannot reach the server: ").unwrap_or(&message);
            Failure::Unreachable(why.to_owned())
        }
        None => Failure::Unreachable("what stands before it says that it does not answer".into()),
    }
}

fn read<A: DeserializeOwned>(body: &[u8]) -> Result<A, Failure> {
    // An error may quote what it did not understand.
    let strange = |error: serde_json::Error| clean_line(&error.to_string());
    serde_json::from_slice(body).map_err(|error| {
        Failure::Other(format!("the server's answer is not understood ({})", strange(error)))
    })
}

/// Who answers at an address, checked for a common protocol version.
pub(crate) async fn server_info(address: &Address) -> Result<ServerInfo, Failure> {
    let info: ServerInfo = Api::anonymous(address).get(path::SERVER).await?;
    if info.protocol != VERSION {
        let message =
            format!("it speaks protocol {}, this program {VERSION}; update the older one", info.protocol);
        return Err(Refusal::new(Code::UnsupportedVersion, message).into());
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server is not trusted: it must not steer the terminal of whoever it refuses.
    #[test]
    fn what_a_hostile_server_says_is_tamed() {
        let reason = r"no\u001b]0;owned\u0007\u202e\nsecurechat: all is well";
        let refused =
            refused(format!(r#"{{"code":"forbidden","message":"{reason}","retry_after_ms":0}}"#).as_bytes())
                .unwrap();
        assert_eq!(refused.code, Code::Forbidden);
        let unknown = read::<Vec<Code>>(b"[1]").unwrap_err().to_string();
        let quoted = read::<u8>(br#""a\u001b[2J\u202e""#).unwrap_err().to_string();
        for text in [refused.message, unknown, quoted] {
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }

    #[test]
    fn a_tunnel_without_its_server_is_no_refusal_and_speaks_for_nobody() {
        let link: crate::address::InviteLink = "https://h:1".parse().unwrap();
        let told = |code| Some(Refusal::new(code, "cannot reach the server: run this command"));
        let gone = gateway(&link.address, told(Code::Busy));
        assert!(matches!(&gone, Failure::Unreachable(why) if why == "run this command"), "{gone}");
        let other = gateway(&link.address, told(Code::Rejected));
        assert!(matches!(&other, Failure::Trust(why) if !why.contains("run this")), "{other}");
        assert!(matches!(gateway(&link.address, None), Failure::Unreachable(_)));
    }
}
