//! Where asks are answered: at the door while nobody is logged in, by the client after that.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Function;
use securechat_client::ids::{DeviceId, MessageId, RoomId, Seq, UserId};
use securechat_client::{
    Address, BeginAnew, Client, ComeBack, Failure, Home, InviteLink, LogIn, NewDevice, NewRoom, begin_anew,
    check_recovery_key, end_session, log_in, look, new_recovery_key, recover, register,
};
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::faces;
use crate::keys::Keys;
use crate::strength::judge;
use crate::words::{
    Ask, Asked, DoorView, Line, LinkOfferView, LinkWelcomeView, LinkingView, Me, Number, RegisteredView,
    Setting, TellView, read,
};

/// Between two looks at whether somebody still uses the client, milliseconds.
const WAIT_MS: u32 = 20;

/// Who sits at the desk.
enum Seat {
    /// Nobody: the home is empty.
    Free(Rc<Home>),
    /// A device at work.
    Taken(Rc<Client>),
    /// Somebody is coming or going.
    Between,
}

/// The desk of one worker.
pub(crate) struct Desk {
    keys: Keys,
    server: String,
    tell: Function,
    seat: RefCell<Seat>,
    /// This browser as a new device that waits to be let in.
    linking: RefCell<Option<NewDevice>>,
    /// How many linkings were begun or stopped: one that waited does not go on after another.
    linkings: Cell<u32>,
}

impl Desk {
    /// Opens the home and, if somebody is logged in, connects.
    pub(crate) async fn open(keys: Keys, server: String, tell: Function) -> Result<Rc<Self>, JsValue> {
        let desk = Rc::new(Self {
            keys,
            server,
            tell,
            seat: RefCell::new(Seat::Between),
            linking: RefCell::new(None),
            linkings: Cell::new(0),
        });
        let opened = async {
            let (key, held) = match desk.keys.held().await? {
                Some(key) => (key, true),
                None => (desk.keys.make().await?, false),
            };
            let home = Home::own(key).await?;
            // A log-out was cut off: its key is gone, and what is left can be read by nobody.
            if !held && home.is_taken() {
                home.wipe()?;
            }
            if home.is_taken() {
                return desk.take(home);
            }
            desk.seat.replace(Seat::Free(Rc::new(home)));
            Ok(())
        };
        opened.await.map_err(|failure| thrown(&failure))?;
        Ok(desk)
    }

    /// Seats the device of a home and passes on what it tells.
    fn take(self: &Rc<Self>, home: Home) -> Result<(), Failure> {
        let client = Rc::new(Client::start(home)?);
        let mut listener = client.listen();
        let mut connection = client.connection();
        self.seat.replace(Seat::Taken(client));
        let desk = Rc::clone(self);
        spawn_local(async move {
            while let Some(told) = listener.next().await {
                if let Some(told) = faces::told(told) {
                    desk.tell(&told);
                }
            }
        });
        let desk = Rc::clone(self);
        spawn_local(async move {
            loop {
                let connection_now = faces::connection(&connection.borrow_and_update());
                desk.tell(&TellView::Connection { connection: connection_now });
                if connection.changed().await.is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    fn tell(&self, told: &TellView) {
        let text = serde_json::to_string(told).expect("our own types serialise");
        // A page that fails on news still has its answers.
        let _thrown = self.tell.call1(&JsValue::NULL, &JsValue::from_str(&text));
    }

    fn client(&self) -> Result<Rc<Client>, Failure> {
        match &*self.seat.borrow() {
            Seat::Taken(client) => Ok(Rc::clone(client)),
            Seat::Free(_) | Seat::Between => Err(Failure::NotLoggedIn),
        }
    }

    fn home(&self) -> Result<Rc<Home>, Failure> {
        match &*self.seat.borrow() {
            Seat::Free(home) => Ok(Rc::clone(home)),
            Seat::Taken(_) => Err(Failure::Usage("somebody is logged in here already; log out first".into())),
            Seat::Between => Err(Failure::Usage("another log-in is under way in this browser".into())),
        }
    }

    /// The page's own server, or the one that a link names.
    fn link(&self, link: Option<&str>) -> Result<InviteLink, Failure> {
        let own: InviteLink = self.server.parse()?;
        let Some(given) = link else { return Ok(own) };
        let given: InviteLink = given.parse()?;
        Ok(InviteLink { address: Address { pin: given.address.pin, ..own.address }, ..given })
    }

    /// Answers one ask.
    pub(crate) async fn ask(self: &Rc<Self>, ask: &str) -> Result<String, JsValue> {
        let ask =
            read(ask).map_err(|error| thrown(&Failure::Usage(format!("the page asks wrongly ({error})"))))?;
        self.answer(ask).await.map_err(|failure| thrown(&failure))
    }

    async fn answer(self: &Rc<Self>, ask: Ask) -> Result<String, Failure> {
        match ask {
            Ask::Door(ask) => gives(&ask, self.door(ask.link.as_deref()).await?),
            Ask::Strength(ask) => gives(&ask, judge(&ask.password, &ask.user_name)),
            Ask::Register(ask) => {
                let link = self.link(Some(&ask.link))?;
                let home = self.home()?;
                let joined = register(&home, &link, &ask.user_name, &ask.password, &ask.device).await?;
                drop(home);
                let me = self.come_in(&ask.display).await?;
                gives(&ask, RegisteredView { me, recovery_key: joined.recovery_key })
            }
            Ask::Login(ask) => {
                let link = self.link(ask.link.as_deref())?;
                let home = self.home()?;
                let (user_name, password, device_name) = (&ask.user_name, &ask.password, &ask.device);
                // The page came from this server: whoever typed the password here has trusted it already.
                log_in(&home, &LogIn { link: &link, user_name, password, device_name }, |_| true).await?;
                drop(home);
                gives(&ask, self.come_in("").await?)
            }
            Ask::CheckRecoveryKey(ask) => {
                gives(&ask, check_recovery_key(&ask.key).err().map(|failure| failure.to_string()))
            }
            Ask::Recover(ask) => {
                let link = self.link(ask.link.as_deref())?;
                let home = self.home()?;
                let back = ComeBack {
                    link: &link,
                    user_name: &ask.user_name,
                    recovery_key: &ask.recovery_key,
                    new_password: &ask.password,
                    device_name: &ask.device,
                };
                recover(&home, &back, |_| true).await?;
                drop(home);
                gives(&ask, self.come_in("").await?)
            }
            Ask::BeginAnew(ask) => {
                let link = self.link(Some(&ask.link))?;
                let home = self.home()?;
                let (user_name, new_password, device_name) = (&ask.user_name, &ask.password, &ask.device);
                let joined =
                    begin_anew(&home, &BeginAnew { link: &link, user_name, new_password, device_name })
                        .await?;
                drop(home);
                let me = self.come_in("").await?;
                gives(&ask, RegisteredView { me, recovery_key: joined.recovery_key })
            }
            Ask::NewRecoveryKey(ask) => gives(&ask, new_recovery_key()),
            Ask::KeepRecoveryKey(ask) => gives(&ask, self.client()?.rotate_recovery(&ask.key).await?),
            Ask::ResetLink(ask) => gives(&ask, self.client()?.reset_link(user(&ask.user)?).await?.link),
            Ask::LinkBegin(ask) => gives(&ask, self.link_begin().await?),
            Ask::LinkWelcome(ask) => gives(&ask, self.link_welcome(&ask.device).await?),
            Ask::LinkEnter(ask) => {
                let (new, turn) = self.waiting()?;
                let admission = new.let_in().await?;
                self.still(turn)?;
                admission.settle(&*self.home()?)?;
                gives(&ask, self.come_in("").await?)
            }
            Ask::LinkStop(ask) => {
                self.linking.replace(None);
                self.linkings.set(self.linkings.get() + 1);
                gives(&ask, ())
            }
            Ask::LinkTake(ask) => {
                let offer = self.client()?.take_linking(&ask.code).await?;
                let words = offer.words.iter().map(|word| (*word).to_owned()).collect();
                gives(&ask, LinkOfferView { label: offer.device_name, words })
            }
            Ask::LinkLetIn(ask) => gives(&ask, self.client()?.let_in().await.map(drop)?),
            Ask::LinkTurnAway(ask) => gives(&ask, self.client()?.turn_away().await?),
            Ask::KnowDevice(ask) => {
                let device: DeviceId = ask.device.parse().map_err(|_| unknown("device"))?;
                gives(&ask, self.client()?.know_device(device).await?)
            }
            Ask::LogOut(ask) => gives(&ask, self.go_out().await?),
            Ask::WhoAmI(ask) => gives(&ask, self.me().await?),
            Ask::Connection(ask) => gives(&ask, faces::connection(&self.client()?.connection().borrow())),
            Ask::Wake(ask) => {
                self.client()?.wake();
                gives(&ask, ())
            }
            Ask::Rooms(ask) => {
                let client = self.client()?;
                let names = client.people().await?;
                let team = client.team_room().await?;
                let rooms = client.rooms().await?;
                gives(&ask, rooms.into_iter().map(|room| faces::room(room, &names, team)).collect())
            }
            Ask::Timeline(ask) => {
                let before = ask.before.map(|Number(seq)| Seq(seq));
                let client = self.client()?;
                let (room, limit) = (room(&ask.room)?, ask.limit as usize);
                client.turn_to(room).await?;
                let page = match before {
                    Some(before) => client.older(room, before, limit).await?,
                    None => client.timeline(room, None, limit).await?,
                };
                gives(&ask, lines(&client, page))
            }
            Ask::After(ask) => {
                let client = self.client()?;
                let page =
                    client.messages_after(room(&ask.room)?, Seq(ask.seq.0), ask.limit as usize).await?;
                gives(&ask, lines(&client, page))
            }
            Ask::Inbox(ask) => {
                let client = self.client()?;
                gives(&ask, lines(&client, client.inbox(ask.limit as usize).await?))
            }
            Ask::Search(ask) => {
                let client = self.client()?;
                let (words, limit) = (ask.words.clone(), ask.limit as usize);
                let found = match &ask.room {
                    Some(id) => client.search_in(room(id)?, words, limit).await?,
                    None => client.search(words, limit).await?,
                };
                gives(&ask, lines(&client, found))
            }
            Ask::Members(ask) => {
                let members = self.client()?.members(room(&ask.room)?).await?;
                gives(&ask, members.into_iter().map(faces::person).collect())
            }
            Ask::People(ask) => {
                let people = self.client()?.people().await?;
                gives(&ask, people.into_iter().map(faces::person).collect())
            }
            Ask::Compare(ask) => {
                let seen = self.client()?.comparison(user(&ask.user)?).await?;
                gives(&ask, seen.map(faces::comparison))
            }
            Ask::Confirm(ask) => gives(&ask, self.client()?.confirm(user(&ask.user)?, &ask.said).await?),
            Ask::AcceptRoot(ask) => gives(&ask, self.client()?.accept_root(user(&ask.user)?).await?),
            Ask::LookAt(ask) => gives(&ask, self.client()?.look_at(ask.what.clone()).await?),
            Ask::Send(ask) => {
                let sent =
                    self.client()?.send_as(message(&ask.id)?, room(&ask.room)?, ask.text.clone()).await;
                gives(&ask, sent?)
            }
            Ask::Retry(ask) => gives(&ask, self.client()?.retry(room(&ask.room)?, message(&ask.id)?).await?),
            Ask::Discard(ask) => {
                gives(&ask, self.client()?.discard(room(&ask.room)?, message(&ask.id)?).await?)
            }
            Ask::Draft(ask) => gives(&ask, self.client()?.draft(room(&ask.room)?).await?),
            Ask::KeepDraft(ask) => {
                gives(&ask, self.client()?.keep_draft(room(&ask.room)?, ask.text.clone()).await?)
            }
            Ask::MarkRead(ask) => {
                gives(&ask, self.client()?.mark_read(room(&ask.room)?, Seq(ask.seq.0)).await?)
            }
            Ask::MarkUnread(ask) => {
                gives(&ask, self.client()?.mark_unread(room(&ask.room)?, Seq(ask.seq.0)).await?)
            }
            Ask::CreateRoom(ask) => {
                let new = NewRoom {
                    name: ask.room.clone(),
                    topic: ask.topic.clone(),
                    open: ask.open,
                    history: faces::history_of(ask.history),
                    people: users(&ask.people)?,
                };
                gives(&ask, self.client()?.create_room(new).await?.to_string())
            }
            Ask::OpenDm(ask) => {
                let target = securechat_client::Target::Person(user(&ask.user)?);
                gives(&ask, self.client()?.room_for(target).await?.to_string())
            }
            Ask::Join(ask) => gives(&ask, self.client()?.join_room(room(&ask.room)?).await?),
            Ask::Leave(ask) => gives(&ask, self.client()?.leave_room(room(&ask.room)?).await?),
            Ask::AddPeople(ask) => {
                gives(&ask, self.client()?.add_people(room(&ask.room)?, users(&ask.users)?).await?)
            }
            Ask::RemovePerson(ask) => {
                gives(&ask, self.client()?.remove_person(room(&ask.room)?, user(&ask.user)?).await?)
            }
            Ask::MakeAdmin(ask) => {
                gives(&ask, self.client()?.make_admin(room(&ask.room)?, user(&ask.user)?).await?)
            }
            Ask::UnmakeAdmin(ask) => {
                gives(&ask, self.client()?.unmake_admin(room(&ask.room)?, user(&ask.user)?).await?)
            }
            Ask::TightenHistory(ask) => {
                let history = faces::history_of(ask.history);
                gives(&ask, self.client()?.tighten_history(room(&ask.room)?, history).await?)
            }
            Ask::KeepFor(ask) => gives(&ask, self.client()?.keep_for(room(&ask.room)?, ask.days).await?),
            Ask::SetDisplay(ask) => gives(&ask, self.client()?.set_display_name(ask.display.clone()).await?),
            Ask::Settings(ask) => {
                let settings = self.client()?.settings().await?;
                let settings = settings.into_iter().map(|(setting, value)| Setting { setting, value });
                gives(&ask, settings.collect())
            }
            Ask::Set(ask) => {
                gives(&ask, self.client()?.set_setting(ask.setting.clone(), ask.value.clone()).await?)
            }
            Ask::Devices(ask) => {
                let devices = self.client()?.devices().await?;
                gives(&ask, devices.into_iter().map(faces::device).collect())
            }
            Ask::RevokeDevice(ask) => {
                let device: DeviceId = ask.device.parse().map_err(|_| unknown("device"))?;
                gives(&ask, self.client()?.revoke_device(device).await?)
            }
            Ask::LostDevice(ask) => {
                let device: DeviceId = ask.device.parse().map_err(|_| unknown("device"))?;
                gives(&ask, self.client()?.lost_device(device, &ask.password, &ask.key).await?)
            }
            Ask::SharedKeys(ask) => gives(&ask, self.client()?.has_shared_keys().await?),
            Ask::TakeUpKeys(ask) => gives(&ask, self.client()?.take_up_keys(&ask.password).await?),
            Ask::ChangePassword(ask) => {
                gives(&ask, self.client()?.change_password(&ask.old, &ask.new, ask.end_others).await?)
            }
            Ask::RecoveryKey(ask) => gives(&ask, self.client()?.recovery_key().await?),
            Ask::Doctor(ask) => {
                let found = self.client()?.doctor().await?;
                gives(&ask, found.into_iter().map(faces::finding).collect())
            }
            Ask::RepairRoom(ask) => {
                let _done = self.client()?.repair_room(room(&ask.room)?).await?;
                gives(&ask, ())
            }
            Ask::Seen(ask) => gives(&ask, self.client()?.dismiss_trouble(room(&ask.room)?).await?),
            Ask::ResetRoom(ask) => {
                gives(&ask, self.client()?.reset_room(room(&ask.room)?).await?.to_string())
            }
            Ask::Report(ask) => gives(&ask, faces::report(self.client()?.report().await?)),
            Ask::Invites(ask) => {
                let invites = self.client()?.invites().await?;
                gives(&ask, invites.into_iter().map(faces::invite).collect())
            }
            Ask::MakeInvite(ask) => {
                let seconds = u64::from(ask.days) * 24 * 3600;
                let made = self.client()?.invite(ask.uses, seconds, securechat_client::Role::Member).await?;
                gives(&ask, faces::invite(made))
            }
            Ask::RevokeInvite(ask) => gives(&ask, self.client()?.revoke_invite(ask.id.clone()).await?),
            Ask::Qr(ask) => gives(&ask, faces::qr(&ask.text)?),
            Ask::Users(ask) => {
                let users = self.client()?.users().await?;
                gives(&ask, users.into_iter().map(faces::user).collect())
            }
            Ask::Overview(ask) => gives(&ask, faces::overview(self.client()?.overview().await?)),
            Ask::SetRole(ask) => {
                gives(&ask, self.client()?.set_role(user(&ask.user)?, faces::role_of(ask.role)).await?)
            }
            Ask::Deactivate(ask) => gives(&ask, self.client()?.deactivate(user(&ask.user)?).await?),
        }
    }

    async fn door(&self, link: Option<&str>) -> Result<DoorView, Failure> {
        let me = match self.client() {
            Ok(_) => Some(self.me().await?),
            Err(_) => None,
        };
        // A link that cannot be read is said to be so; a server that does not answer only has no words yet.
        let link = self.link(link)?;
        let info = look(&link.address).await.ok();
        Ok(DoorView {
            me,
            invited: !link.code.is_empty() && !link.is_reset(),
            anew: link.is_reset(),
            pin_differs: matches!((&link.address.pin, &info), (Some(pin), Some(info)) if *pin != info.pin),
            needs_owner: info.as_ref().is_some_and(|info| info.needs_owner),
            version: info.as_ref().map(|info| info.version.clone()),
            words: info.map(|info| info.words),
        })
    }

    async fn link_begin(&self) -> Result<LinkingView, Failure> {
        drop(self.home()?);
        let new = NewDevice::begin(&self.link(None)?.address).await?;
        let view = LinkingView { code: new.code(), link: new.link(), expires: Number(new.expires().0) };
        self.linkings.set(self.linkings.get() + 1);
        self.linking.replace(Some(new));
        Ok(view)
    }

    async fn link_welcome(&self, device: &str) -> Result<LinkWelcomeView, Failure> {
        let (mut new, turn) = self.waiting()?;
        let welcome = new.welcomed(device).await?;
        self.still(turn)?;
        self.linking.replace(Some(new));
        let words = welcome.words.iter().map(|word| (*word).to_owned()).collect();
        Ok(LinkWelcomeView { user_name: welcome.user_name, words })
    }

    /// The linking that waits, and which it is.
    fn waiting(&self) -> Result<(NewDevice, u32), Failure> {
        let new = self.linking.replace(None);
        Ok((new.ok_or_else(not_linking)?, self.linkings.get()))
    }

    fn still(&self, turn: u32) -> Result<(), Failure> {
        if self.linkings.get() == turn { Ok(()) } else { Err(not_linking()) }
    }

    async fn me(&self) -> Result<Me, Failure> {
        let client = self.client()?;
        let view = client.me_now().await?;
        let people = client.people().await?;
        let own = people.into_iter().find(|person| person.user_id == view.user_id);
        Ok(faces::me(&view, own.and_then(|person| person.display), client.login_link()))
    }

    /// From an account that was just made or entered to a device at work.
    async fn come_in(self: &Rc<Self>, display: &str) -> Result<Me, Failure> {
        let home = match self.seat.replace(Seat::Between) {
            Seat::Free(home) => Rc::into_inner(home),
            Seat::Taken(_) | Seat::Between => None,
        };
        let home =
            home.ok_or_else(|| Failure::Other("another log-in is under way in this browser".into()))?;
        self.take(home)?;
        let client = self.client()?;
        if !display.trim().is_empty() {
            // The name is told in the team's room; who cannot get there yet sets it later, in the settings.
            let told = async {
                client.caught_up().await?;
                client.set_display_name(display.to_owned()).await
            };
            let _later = told.await;
        }
        drop(client);
        self.me().await
    }

    async fn go_out(self: &Rc<Self>) -> Result<(), Failure> {
        let client = self.client()?;
        self.seat.replace(Seat::Between);
        let mut client = client;
        // Whoever still waits for an answer has it first.
        let client = loop {
            match Rc::try_unwrap(client) {
                Ok(client) => break client,
                Err(shared) => client = shared,
            }
            TimeoutFuture::new(WAIT_MS).await;
        };
        client.close().await;
        let key = self.keys.held().await?.ok_or_else(|| Failure::Other("the key is gone already".into()))?;
        let home = Home::own(key).await?;
        end_session(&home).await;
        self.keys.destroy().await?;
        home.wipe()?;
        let home = home.with_key(self.keys.make().await?);
        self.seat.replace(Seat::Free(Rc::new(home)));
        self.tell(&TellView::Left);
        Ok(())
    }
}

fn not_linking() -> Failure {
    Failure::Usage("this browser is not being linked any more; begin anew".into())
}

/// The answer as JSON, of the type that the ask promises.
fn gives<A: Asked>(_ask: &A, answer: A::Gives) -> Result<String, Failure> {
    serde_json::to_string(&answer).map_err(|error| Failure::Other(error.to_string()))
}

fn lines(client: &Client, page: Vec<securechat_client::view::MessageView>) -> Vec<Line> {
    let name = &client.me().user_name;
    page.into_iter().map(|view| faces::line(view, name)).collect()
}

fn thrown(failure: &Failure) -> JsValue {
    let view = faces::failure(failure);
    JsValue::from_str(&serde_json::to_string(&view).expect("our own types serialise"))
}

fn unknown(what: &str) -> Failure {
    Failure::Usage(format!("the page names a {what} that is none"))
}

fn room(id: &str) -> Result<RoomId, Failure> {
    id.parse().map_err(|_| unknown("room"))
}

fn user(id: &str) -> Result<UserId, Failure> {
    id.parse().map_err(|_| unknown("person"))
}

fn users(ids: &[String]) -> Result<Vec<UserId>, Failure> {
    ids.iter().map(|id| user(id)).collect()
}

fn message(id: &str) -> Result<MessageId, Failure> {
    id.parse().map_err(|_| unknown("message"))
}
