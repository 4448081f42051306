//! One side's end of the server's relay, by which a new device is let in (docs/protocol.md §3.1).

use securechat_engine::account::linking::OldSide;
use securechat_ids::UnixMillis;
use securechat_proto::Code;
use securechat_proto::http::{AwaitLinking, B64, LinkingMessage, path};

use crate::failure::Failure;
use crate::http::Api;
use crate::platform::{now, sleep_until};

/// Between two tries after the server could not be reached, milliseconds.
const AGAIN_MS: u64 = 1_000;

/// What waits for the person's answer.
pub(crate) struct Offered {
    pub(crate) side: OldSide,
    pub(crate) line: Line,
}

/// One side's end of the relay.
pub(crate) struct Line {
    pub(crate) api: Api,
    pub(crate) id: B64,
    pub(crate) expires: UnixMillis,
}

impl Line {
    /// Hands a message on.
    pub(crate) async fn say(&self, number: u32, data: Vec<u8>) -> Result<(), Failure> {
        let message = LinkingMessage { id: self.id.clone(), number, data: Some(B64(data)) };
        self.api.tell(path::PUT_LINK, &message).await.map_err(contested)
    }

    /// Waits for a message of the other side, over lost connections too, until the linking is over.
    pub(crate) async fn hear(&self, number: u32) -> Result<Vec<u8>, Failure> {
        let ask = AwaitLinking { id: self.id.clone(), number };
        while now() < self.expires {
            let answer: Result<LinkingMessage, Failure> = self.api.post(path::GET_LINK, &ask).await;
            match answer {
                Ok(LinkingMessage { data: Some(data), .. }) => return Ok(data.0),
                Ok(LinkingMessage { data: None, .. }) => {}
                Err(Failure::Unreachable(_)) => sleep_until(Some(now().plus(AGAIN_MS))).await,
                Err(failure) => return Err(contested(failure)),
            }
        }
        Err(Failure::Usage("the code is over after five minutes; begin anew".into()))
    }
}

/// A second device with the code is no refusal like others.
pub(crate) fn contested(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(refusal) if refusal.code == Code::Conflict => Failure::Trust(
            "somebody else used this code too, so it ends here and nothing was linked; make a new one, and show it to nobody"
                .into(),
        ),
        Failure::Refused(refusal) if refusal.code == Code::NotFound => Failure::Usage(
            "no device waits under this code: it was mistyped, used already, or older than five minutes".into(),
        ),
        other => other,
    }
}
