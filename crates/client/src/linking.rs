//! Lets a new device in from an old one: both sides' way through the server's relay (docs/protocol.md §3.1).

use std::sync::{MutexGuard, PoisonError};

use securechat_engine::account::linking::{Account, Grant, LinkingError, NewSide, OldSide};
use securechat_engine::account::{LinkingCode, LinkingCodeError};
use securechat_engine::{Cx, Engine, LetIn, NewHome};
use securechat_ids::{DeviceId, UnixMillis};
use securechat_proto::Code;
use securechat_proto::http::{
    AddDevice, B64, Linking, LinkingMessage, OpenLinking, Secret, TakeLinking, path,
};

use crate::account::{must_be_free, prove};
use crate::address::{Address, InviteLink, four_words};
use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Api, server_info};
use crate::platform::{Home, Os, learn_pin, now, sleep_until};
use crate::relay::{Line, Offered, contested};

/// Longest wait for the new device's link to come back in the log, milliseconds.
const LOG_MS: u64 = 30_000;
/// How often a link is made anew because the chain grew meanwhile.
const TRIES: u32 = 5;

/// A new device that waits to be let in.
pub struct NewDevice {
    code: LinkingCode,
    address: Address,
    side: NewSide,
    line: Line,
    expires: UnixMillis,
}

/// A new device that was let in, before it has a home.
pub struct Admission(NewHome);

/// A new device that an old one has answered.
pub struct Welcome {
    /// Whose device it is to be.
    pub user_name: String,
    /// Four words that the old device must show too.
    pub words: [&'static str; 4],
}

/// A new device that its person is asked about, on the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How it calls itself.
    pub device_name: String,
    /// Four words that it must show too.
    pub words: [&'static str; 4],
}

impl NewDevice {
    /// Opens a linking at a server. Who answers there need not be known: the old device knows.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn begin(address: &Address) -> Result<Self, Failure> {
        let pin = match &address.pin {
            Some(pin) => pin.clone(),
            None => learn_pin(address).await?,
        };
        let address = Address { pin: Some(pin.clone()), ..address.clone() };
        let info = server_info(&address).await?;
        let (code, side, first) = {
            let mut cx = Cx { now: now(), chance: &mut Os };
            let code = LinkingCode::generate(&mut cx);
            let (side, first) = NewSide::begin(&code, info.server_id, &address.to_string(), &pin, &mut cx)?;
            (code, side, first)
        };
        let id = B64(code.id().to_vec());
        let open = OpenLinking { id: id.clone(), data: B64(first) };
        let Linking { token: Secret(token), expires_ms } =
            Api::anonymous(&address).post(path::LINK, &open).await?;
        // By this machine's clock, as far as it can be known.
        let expires = now().plus(expires_ms.since(info.now_ms));
        let api = Api { address: address.clone(), token: Some(token) };
        Ok(Self { code, address, side, line: Line { api, id, expires }, expires })
    }

    /// The code to be typed on the old device.
    pub fn code(&self) -> String {
        self.code.to_text()
    }

    /// The same as a link, for a QR code: `https://HOST:PORT/l#CODE.PIN`.
    pub fn link(&self) -> String {
        let pin = self.address.pin.as_deref().unwrap_or_default();
        format!("{}/l#{}.{pin}", self.address, self.code())
    }

    /// Until when, by this machine's clock.
    pub fn expires(&self) -> UnixMillis {
        self.expires
    }

    /// Waits for an old device, and says what this one is.
    ///
    /// # Errors
    /// [`Failure::Trust`] when somebody else has the code or stands between.
    pub async fn welcomed(&mut self, device_name: &str) -> Result<Welcome, Failure> {
        let message = self.line.hear(0).await?;
        let welcomed = self.side.welcomed(&message, device_name)?;
        self.line.say(1, welcomed.message).await?;
        let user_name = securechat_engine::clean::clean_line(&welcomed.user_name);
        Ok(Welcome { user_name, words: four_words(&welcomed.words) })
    }

    /// Waits for the person on the old device to confirm, and opens this one's first session.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn let_in(mut self) -> Result<Admission, Failure> {
        let message = self.line.hear(1).await?;
        let grant: Grant = self.side.answered(&message)?;
        let side = &self.side;
        let session = prove(&self.address, side.device_id(), |nonce| side.sign_session(nonce)).await?;
        Ok(Admission(side.home(grant, session.role, &session.token.0)))
    }
}

impl Admission {
    /// Makes a home the new device's.
    ///
    /// # Errors
    /// [`Failure`]; the home is untouched then.
    pub fn settle(&self, home: &Home) -> Result<(), Failure> {
        must_be_free(home)?;
        Ok(Engine::create(&home.create_database()?, &self.0)?)
    }
}

impl Client {
    /// Takes the linking of a code or link that a new device shows, and waits for what it says of itself. What is asked then
    /// is answered by [`Client::let_in`] or [`Client::turn_away`].
    ///
    /// # Errors
    /// [`Failure::Usage`] for no code, [`Failure::Trust`] when somebody else has it.
    pub async fn take_linking(&self, text: &str) -> Result<Offer, Failure> {
        let code = self.linking_code(text)?;
        let me = self.me();
        let server_id = self.with(|engine, _| engine.server_id()).await?;
        let account = Account {
            server_id,
            server_pin: me.server_pin.clone(),
            user_id: me.user_id,
            user_name: me.user_name.clone(),
        };
        let id = B64(code.id().to_vec());
        let line = Line { api: self.api().await?, id: id.clone(), expires: now().plus(LINKING_MS) };
        let taken: Result<LinkingMessage, Failure> =
            line.api.post(path::TAKE_LINK, &TakeLinking { id }).await;
        let first = taken.map_err(contested)?.data.unwrap_or_default();
        let (mut side, message) = {
            let mut cx = Cx { now: now(), chance: &mut Os };
            OldSide::begin(&code, &first.0, &account, &mut cx)?
        };
        line.say(0, message).await?;
        let offer = line.hear(1).await?;
        let (device_name, words) = side.offered(&offer)?;
        *self.offered() = Some(Offered { side, line });
        Ok(Offer { device_name, words: four_words(&words) })
    }

    fn offered(&self) -> MutexGuard<'_, Option<Offered>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn linking_code(&self, text: &str) -> Result<LinkingCode, Failure> {
        if !text.contains("://") {
            return Ok(text.parse()?);
        }
        let link: InviteLink = text.parse()?;
        if link.address.pin != self.address.pin {
            let what =
                "the new device is at another server than this one; open there the server that you use here";
            return Err(Failure::Trust(what.into()));
        }
        Ok(link.code.parse()?)
    }

    /// The person said yes: puts the new device on the chain and hands over what it needs.
    ///
    /// # Errors
    /// [`Failure`]; the new device hears that it came to nothing, if it can be reached.
    pub async fn let_in(&self) -> Result<DeviceId, Failure> {
        let mut offered = self.offered().take().ok_or(LinkingError::Over)?;
        let device = offered.side.device_id().ok_or(LinkingError::Over)?;
        let (side, put) = self.put_on_chain(offered.side).await;
        offered.side = side;
        if let Err(failure) = put {
            *self.offered() = Some(offered);
            let _unheard = self.turn_away().await;
            return Err(failure);
        }
        let Offered { mut side, line } = offered;
        let message = self.with(move |engine, _| match engine.granting(&device) {
            Some(granting) => side.granted(&granting),
            None => Err(LinkingError::Over),
        });
        line.say(1, message.await??).await?;
        Ok(device)
    }

    /// The person said no.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn turn_away(&self) -> Result<(), Failure> {
        let mut offered = self.offered().take().ok_or(LinkingError::Over)?;
        let message = offered.side.refused()?;
        offered.line.say(1, message).await
    }

    /// Appends the link, anew if the chain grew meanwhile, and waits until it is in this device's copy of the log.
    async fn put_on_chain(&self, side: OldSide) -> (OldSide, Result<(), Failure>) {
        let mut listener = self.listen();
        let mut side = side;
        for _ in 0..TRIES {
            let made = self.with(move |engine, cx| {
                let length = engine.own_chain().map_or(0, |chain| chain.length());
                let made = engine.let_in(&mut side, cx);
                (side, length, made)
            });
            let (back, length, made): (OldSide, u64, Result<AddDevice, LetIn>) = match made.await {
                Ok(made) => made,
                // The engine stopped and took the linking along.
                Err(failure) => return (OldSide::over(), Err(failure)),
            };
            side = back;
            let put = async {
                let request = made?;
                self.api().await?.tell(path::VOUCH_DEVICE, &request).await
            };
            let grew = async {
                loop {
                    let now = self.with(|engine, _| engine.own_chain().map_or(0, |c| c.length())).await?;
                    if now > length {
                        return Ok(());
                    }
                    if listener.next().await.is_none() {
                        return Err(Failure::Other("the engine has stopped".into()));
                    }
                }
            };
            let put = put.await;
            let lost = matches!(&put, Err(Failure::Refused(refusal)) if refusal.code == Code::Conflict);
            if let Err(failure) = put
                && !lost
            {
                return (side, Err(failure));
            }
            let grew = tokio::select! {
                grew = grew => grew,
                () = sleep_until(Some(now().plus(LOG_MS))) => {
                    Err(Failure::Unreachable("the list of your devices does not arrive; try again".into()))
                }
            };
            if grew.is_err() || !lost {
                return (side, grew);
            }
        }
        (side, Err(Failure::Other("your devices changed again and again meanwhile; try again".into())))
    }
}

/// How long the old side waits, as long as the relay.
const LINKING_MS: u64 = securechat_proto::limits::LINKING_MS;

impl From<LinkingError> for Failure {
    fn from(error: LinkingError) -> Self {
        match error {
            LinkingError::Channel | LinkingError::OtherServer => Failure::Trust(error.to_string()),
            LinkingError::Refused | LinkingError::Malformed | LinkingError::Over => {
                Failure::Other(error.to_string())
            }
        }
    }
}

impl From<LinkingCodeError> for Failure {
    fn from(error: LinkingCodeError) -> Self {
        Failure::Usage(error.to_string())
    }
}

impl From<LetIn> for Failure {
    fn from(error: LetIn) -> Self {
        match error {
            LetIn::Linking(error) => error.into(),
            LetIn::Memory(error) => error.into(),
        }
    }
}
