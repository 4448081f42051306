//! The other end of a WebSocket session.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use securechat_delivery::rows::{LeafRow, RoomStay};
use securechat_delivery::{Fault, Outcome};
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, UnixMillis};
use securechat_proto::VERSION;
use securechat_proto::frame::{Answer, ClientFrame, Hello, Publish, Ready, Request, ServerFrame};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Person, Trial};

/// A client's WebSocket.
pub(crate) struct Live {
    pub(crate) ws: WebSocketStream<TlsStream<TcpStream>>,
}

impl Live {
    pub(crate) async fn open(trial: &Trial) -> Self {
        Self::open_with(trial, &[]).await.unwrap()
    }

    /// With further headers; or the status that came instead.
    pub(crate) async fn open_with(
        trial: &Trial,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, StatusCode> {
        let mut request = format!("wss://{}/ws", trial.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::client_async(request, trial.connect().await).await {
            Ok((ws, _)) => Ok(Self { ws }),
            Err(Error::Http(response)) => Err(response.status()),
            Err(other) => panic!("{other}"),
        }
    }

    /// A session that has said `Hello`.
    pub(crate) async fn of(trial: &Trial, person: &Person) -> Self {
        let mut live = Self::open(trial).await;
        live.hello(1, person.token()).await;
        live
    }

    pub(crate) async fn hello(&mut self, id: u64, token: &str) -> Ready {
        match self.ask(id, Request::Hello(Hello { version: VERSION, token: token.to_owned() })).await {
            Answer::Ready(ready) => ready,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, id: u64, request: Request) {
        self.raw(Message::Binary(ClientFrame::new(id, request).to_bytes())).await;
    }

    pub(crate) async fn raw(&mut self, message: Message) {
        self.ws.send(message).await.unwrap();
    }

    /// The answer to this request, passing over news.
    pub(crate) async fn ask(&mut self, id: u64, request: Request) -> Answer {
        self.send(id, request).await;
        loop {
            let frame = self.next().await.unwrap();
            if frame.id == id {
                return frame.answer.unwrap();
            }
        }
    }

    /// The next frame; `None` when the server has closed.
    pub(crate) async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            match self.ws.next().await {
                Some(Ok(Message::Binary(bytes))) => return Some(ServerFrame::parse(bytes).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    /// The next news.
    pub(crate) async fn news(&mut self) -> Answer {
        loop {
            let frame = self.next().await.unwrap();
            if frame.id == 0 {
                return frame.answer.unwrap();
            }
        }
    }

    /// The code of the server's goodbye, after which it closes.
    pub(crate) async fn bye(&mut self) -> u32 {
        let mut code = None;
        while let Some(frame) = self.next().await {
            if let Some(Answer::Bye(refused)) = frame.answer {
                code = Some(refused.code);
            }
        }
        code.unwrap()
    }
}

/// A room at epoch 0 with a leaf for each of these devices, put straight into the store: what MLS says is no matter here.
pub(crate) async fn room(trial: &Trial, number: u8, people: &[&Person]) -> RoomId {
    let room = RoomId::from_bytes([number; 16]);
    let leaves: Vec<LeafRow> =
        (0..).zip(people).map(|(index, p)| LeafRow { index, user: p.user, device: p.device }).collect();
    let make = trial.app.write(move |tx, _| -> Result<_, Fault> {
        let key = tx.insert_room(&room, false)?.unwrap();
        for leaf in &leaves {
            tx.set_stay(key, &leaf.user, RoomStay::Member, UnixMillis(1))?;
        }
        tx.change_leaves(key, &[], &leaves)?;
        tx.refresh_due(key)?;
        Ok(Outcome::quiet(()))
    });
    make.await.unwrap();
    room
}

/// A message that looks right from outside: the clear header of RFC 9420 §6.3, and noise.
pub(crate) fn publish(room: RoomId, message: u8, body: &'static [u8]) -> Publish {
    let mut mls = vec![0, 1, 0, 2, 16];
    mls.extend(room.as_bytes());
    mls.extend(Epoch(0).0.to_be_bytes());
    mls.extend([1, 0, 2, 9, 9, 3, 8, 8, 8]);
    Publish {
        room: Bytes::copy_from_slice(room.as_bytes()),
        base_epoch: 0,
        message_id: Bytes::copy_from_slice(MessageId::from_bytes([message; 16]).as_bytes()),
        mls: mls.into(),
        body: Bytes::from_static(body),
    }
}

/// A device's id on the wire.
pub(crate) fn wire(device: &DeviceId) -> Bytes {
    Bytes::copy_from_slice(device.as_bytes())
}
