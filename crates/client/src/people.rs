//! Accounts, devices and invites through the JSON API.

use securechat_engine::Cx;
use securechat_engine::account::{self, Current};
use securechat_engine::view::AddedBy;
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::http::{
    ChangePassword, Deactivate, Device, Invite, NewInvite, Overview, PasswordParameters, Prelogin, Report,
    RevokeDevice, RevokeInvite, Role, SetRole, User, Vault, path,
};

use crate::address::InviteLink;
use crate::client::Client;
use crate::failure::Failure;
use crate::platform::{Os, now};

/// A device of this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// Which.
    pub device_id: DeviceId,
    /// How it is called.
    pub name: String,
    /// When it was added.
    pub added: UnixMillis,
    /// When it last had a session.
    pub last_seen: UnixMillis,
    /// Whether it is this one.
    pub current: bool,
    /// Who added it.
    pub added_by: AddedByView,
    /// Whether its person is to be asked if it is theirs.
    pub unanswered: bool,
}

/// Who put a device on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddedByView {
    /// Nobody: the account began with it.
    First,
    /// Another device, by its name; `None` if it was removed since.
    Device(Option<String>),
    /// A log-in with password or recovery key.
    RecoveryKey,
    /// The list of devices has not come yet.
    Unknown,
}

/// An invite that still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteView {
    /// Names it when revoking.
    pub id: String,
    /// The link, only when it was just made.
    pub link: Option<String>,
    /// Uses left.
    pub uses: u32,
    /// When it ends.
    pub expires: UnixMillis,
    /// Role it gives.
    pub role: Role,
}

impl Client {
    /// Makes an invite link.
    ///
    /// # Errors
    /// [`Failure::Refused`] for members.
    pub async fn invite(&self, uses: u32, expires_s: u64, role: Role) -> Result<InviteView, Failure> {
        let api = self.api().await?;
        let invite: Invite = api.post(path::INVITES, &NewInvite { uses, expires_s, role }).await?;
        Ok(self.invite_view(invite))
    }

    /// Invites that still work.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn invites(&self) -> Result<Vec<InviteView>, Failure> {
        let invites: Vec<Invite> = self.api().await?.get(path::INVITES).await?;
        Ok(invites.into_iter().map(|invite| self.invite_view(invite)).collect())
    }

    fn invite_view(&self, invite: Invite) -> InviteView {
        let address = self.address.clone();
        let link = invite.code.map(|code| InviteLink { address, code: code.0 }.to_string());
        InviteView { id: invite.id, link, uses: invite.uses, expires: invite.expires_ms, role: invite.role }
    }

    /// Ends an invite.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn revoke_invite(&self, id: String) -> Result<(), Failure> {
        self.api().await?.tell(path::REVOKE_INVITE, &RevokeInvite { id }).await
    }

    /// People with their roles, as the server lists them.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn users(&self) -> Result<Vec<User>, Failure> {
        self.api().await?.get(path::USERS).await
    }

    /// Gives a role.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn set_role(&self, user_id: UserId, role: Role) -> Result<(), Failure> {
        self.api().await?.tell(path::SET_ROLE, &SetRole { user_id, role }).await
    }

    /// Deactivates a person.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn deactivate(&self, user_id: UserId) -> Result<(), Failure> {
        self.api().await?.tell(path::DEACTIVATE, &Deactivate { user_id }).await
    }

    /// All that the server holds about this person.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn report(&self) -> Result<Report, Failure> {
        self.api().await?.get(path::REPORT).await
    }

    /// How the server fares.
    ///
    /// # Errors
    /// [`Failure::Refused`] for members.
    pub async fn overview(&self) -> Result<Overview, Failure> {
        self.api().await?.get(path::OVERVIEW).await
    }

    /// This person's devices.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn devices(&self) -> Result<Vec<DeviceView>, Failure> {
        let devices: Vec<Device> = self.api().await?.get(path::DEVICES).await?;
        let user = self.me().user_id;
        let key = self.with(|engine, _| engine.vault_key().clone()).await?;
        let own = self.with(|engine, _| engine.own_devices()).await??;
        let name = |device: &Device| {
            key.open_text(&user, &device.device_name.0).map_or_else(
                || "(name unreadable)".to_owned(),
                |name| securechat_engine::clean::clean_line(&name),
            )
        };
        let view = |device: &Device| {
            let on_chain = own.iter().find(|own| own.device_id == device.device_id);
            DeviceView {
                device_id: device.device_id,
                name: name(device),
                added: device.added_ms,
                last_seen: device.last_seen_ms,
                current: device.current,
                added_by: match on_chain.map(|own| own.added_by) {
                    None => AddedByView::Unknown,
                    Some(AddedBy::First) => AddedByView::First,
                    Some(AddedBy::RecoveryKey) => AddedByView::RecoveryKey,
                    Some(AddedBy::Device(by)) => {
                        AddedByView::Device(devices.iter().find(|other| other.device_id == by).map(name))
                    }
                },
                unanswered: on_chain.is_some_and(|own| own.unanswered),
            }
        };
        Ok(devices.iter().map(view).collect())
    }

    /// Devices of this person that appeared and that nobody has said anything about. Nothing is asked of the server while
    /// there are none.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn unanswered_devices(&self) -> Result<Vec<DeviceView>, Failure> {
        let own = self.with(|engine, _| engine.own_devices()).await??;
        if !own.iter().any(|device| device.unanswered) {
            return Ok(Vec::new());
        }
        Ok(self.devices().await?.into_iter().filter(|device| device.unanswered).collect())
    }

    /// The person says that a device is theirs.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn know_device(&self, device: DeviceId) -> Result<(), Failure> {
        Ok(self.with(move |engine, cx| engine.know_device(device, cx)).await??)
    }

    /// Revokes a device: it ends for ever, and every room removes it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn revoke_device(&self, device: DeviceId) -> Result<(), Failure> {
        let request: Option<RevokeDevice> = self
            .with(move |engine, cx| {
                let chain = engine.own_chain()?;
                Some(account::revoke_device(chain, engine.device_key(), device, cx))
            })
            .await?;
        let request = request.ok_or_else(|| {
            Failure::Other("this device's list of devices is not here yet; try again".into())
        })?;
        self.api().await?.tell(path::REVOKE_DEVICE, &request).await
    }

    /// Changes the password, all or nothing.
    ///
    /// # Errors
    /// [`Failure::BadPassword`] for a wrong old one.
    pub async fn change_password(
        &self,
        old: &str,
        new: &str,
        end_other_sessions: bool,
    ) -> Result<(), Failure> {
        let api = self.api().await?;
        let me = self.me().clone();
        let prelogin = Prelogin { user_name: me.user_name.clone() };
        let parameters: PasswordParameters = api.post(path::PRELOGIN, &prelogin).await?;
        let vault: Vault = api.get(path::VAULT).await?;
        let vault_key = self.with(|engine, _| engine.vault_key().clone()).await?;
        let current = Current {
            user_id: me.user_id,
            user_name: &me.user_name,
            parameters: &parameters,
            vault: &vault,
            vault_key: &vault_key,
        };
        let request: ChangePassword = {
            let mut os = Os;
            let mut cx = Cx { now: now(), chance: &mut os };
            account::change_password(&current, old, new, end_other_sessions, &mut cx)?
        };
        api.tell(path::PASSWORD, &request).await
    }

    /// The recovery key from the vault, to be shown to its owner again.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn recovery_key(&self) -> Result<String, Failure> {
        let vault: Vault = self.api().await?.get(path::VAULT).await?;
        let vault_key = self.with(|engine, _| engine.vault_key().clone()).await?;
        let unlocked = account::unlock_with_key(&self.me().user_id, &vault.sealed.0, &vault_key)?;
        Ok(unlocked.recovery.to_text())
    }

    /// Link by which this person logs in on a further device: address and pin, no code.
    pub fn login_link(&self) -> String {
        InviteLink { address: self.address.clone(), code: String::new() }.to_string()
    }
}
