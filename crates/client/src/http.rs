//! The JSON API of one server: asks, answers and refusals.

use bytes::Bytes;
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
        let problem = serde_json::from_slice::<Problem>(&answer.body);
        if answer.status == BAD_GATEWAY {
            return Err(gateway(problem.ok()));
        }
        Err(match problem {
            Ok(problem) => Refusal::later(problem.code, problem.message, problem.retry_after_ms).into(),
            Err(_) => Refusal::new(Code::Internal, format!("it answered {}", answer.status)).into(),
        })
    }
}

/// No server says this of itself: something before it could not reach it, most likely our own tunnel (`securechat web`), which
/// says with [`Code::Rejected`] that somebody else answers in the server's place.
fn gateway(problem: Option<Problem>) -> Failure {
    match problem {
        Some(Problem { code: Code::Rejected, message, .. }) => Failure::Trust(message),
        Some(Problem { message, .. }) => {
            let why = message.strip_prefix("cannot reach the server: ").unwrap_or(&message);
            Failure::Unreachable(why.to_owned())
        }
        None => Failure::Unreachable("what stands before it says that it does not answer".into()),
    }
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).expect("our own types serialise").into()
}

fn read<A: DeserializeOwned>(body: &[u8]) -> Result<A, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::Other(format!("the server's answer is not understood ({error})")))
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
