//! Linux: the freedesktop.org Secret Service (GNOME Keyring, KWallet, KeePassXC) over the session bus.
//!
//! Spoken here directly, in six calls, because libraries for it answer a prompt by showing it. This never does: a
//! prompt that the service offers is turned down and counts as "locked".

use std::collections::HashMap;
use std::env;
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::de::DeserializeOwned;
use zbus::zvariant::{DynamicType, Type};
use zbus::{Connection, ObjectPath, OwnedObjectPath, OwnedVariant, Variant};
use zeroize::Zeroizing;

use super::keyring::{DeviceKey, Keyring, KeyringTrouble};

const BUS_NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";
/// What lies in here is gone when the session ends.
const FORGETFUL: &str = "/org/freedesktop/secrets/collection/session";

/// Whoever implements it in this session.
pub(super) struct SecretService;

/// A secret as it travels: session, parameters, value, content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl Keyring for SecretService {
    fn keep(&self, name: &str, key: &DeviceKey, limit: Duration) -> Result<(), KeyringTrouble> {
        within(limit, async {
            let bus = Bus::connect().await?;
            let collection = bus.open_collection().await?;
            // As text: some services keep passwords and nothing else.
            let hex = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(key.as_ref()));
            let label = format!("SecureChat device key {name}");
            let properties = HashMap::from([
                ("org.freedesktop.Secret.Item.Label", Variant::from(label)),
                ("org.freedesktop.Secret.Item.Attributes", Variant::from(attributes(name))),
            ]);
            let session = bus.session().await?;
            let secret = (&session, Vec::<u8>::new(), hex.as_bytes(), "text/plain");
            let (_item, prompt): (OwnedObjectPath, OwnedObjectPath) =
                bus.call(&collection, "Collection", "CreateItem", &(properties, secret, true)).await?;
            is_none(&prompt).then_some(()).ok_or(KeyringTrouble::Locked)
        })
    }

    fn find(&self, name: &str, limit: Duration) -> Result<Option<DeviceKey>, KeyringTrouble> {
        within(limit, async {
            let bus = Bus::connect().await?;
            let Some(item) = bus.item(name).await? else { return Ok(None) };
            let session = bus.session().await?;
            let ((_, _, value, _),): (Secret,) = bus.call(&item, "Item", "GetSecret", &(&session,)).await?;
            let value = Zeroizing::new(value);
            let bytes = HEXLOWER_PERMISSIVE.decode(&value).ok().map(Zeroizing::new);
            let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
            let damaged = || KeyringTrouble::Failed(format!("the entry {name} does not hold a key"));
            key.map(|key| Some(Zeroizing::new(key))).ok_or_else(damaged)
        })
    }

    fn forget(&self, name: &str, limit: Duration) -> Result<(), KeyringTrouble> {
        within(limit, async {
            let bus = Bus::connect().await?;
            let Some(item) = bus.item(name).await? else { return Ok(()) };
            let (prompt,): (OwnedObjectPath,) = bus.call(&item, "Item", "Delete", &()).await?;
            is_none(&prompt).then_some(()).ok_or(KeyringTrouble::Locked)
        })
    }
}

/// A connection to the session bus.
struct Bus(Connection);

impl Bus {
    async fn connect() -> Result<Self, KeyringTrouble> {
        Connection::session().await.map(Self).map_err(|error| failed(&error))
    }

    /// What the service calls a conversation. The key crosses the bus as it is: the bus is a socket between processes
    /// of one user, each of which could ask the service for it.
    async fn session(&self) -> Result<OwnedObjectPath, KeyringTrouble> {
        let (_, session): (OwnedVariant, OwnedObjectPath) =
            self.call(SERVICE, "Service", "OpenSession", &("plain", Variant::from(""))).await?;
        Ok(session)
    }

    /// The collection for new secrets, if it keeps them for good and is open.
    async fn open_collection(&self) -> Result<OwnedObjectPath, KeyringTrouble> {
        let (path,): (OwnedObjectPath,) = self.call(SERVICE, "Service", "ReadAlias", &("default",)).await?;
        if is_none(&path) || path.as_str() == FORGETFUL {
            return Err(KeyringTrouble::Absent);
        }
        let property = ("org.freedesktop.Secret.Collection", "Locked");
        let reply = self.send(path.as_str(), "org.freedesktop.DBus.Properties", "Get", &property).await?;
        let (locked,): (OwnedVariant,) = reply;
        match bool::try_from(locked) {
            Ok(false) => Ok(path),
            Ok(true) | Err(_) => Err(KeyringTrouble::Locked),
        }
    }

    /// The entry of a name. A service that cannot look into locked collections says nothing about them, so "not there" is
    /// believed only of an open one.
    async fn item(&self, name: &str) -> Result<Option<OwnedObjectPath>, KeyringTrouble> {
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            self.call(SERVICE, "Service", "SearchItems", &(attributes(name),)).await?;
        match (open.into_iter().next(), locked.is_empty()) {
            (Some(item), _) => Ok(Some(item)),
            (None, false) => Err(KeyringTrouble::Locked),
            (None, true) => self.open_collection().await.map(|_| None),
        }
    }

    async fn call<B, R>(&self, path: &str, kind: &str, method: &str, body: &B) -> Result<R, KeyringTrouble>
    where
        B: serde::Serialize + DynamicType + Sync,
        R: DeserializeOwned + Type,
    {
        self.send(path, &format!("org.freedesktop.Secret.{kind}"), method, body).await
    }

    async fn send<B, R>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<R, KeyringTrouble>
    where
        B: serde::Serialize + DynamicType + Sync,
        R: DeserializeOwned + Type,
    {
        let path = ObjectPath::try_from(path).map_err(|error| KeyringTrouble::Failed(error.to_string()))?;
        let reply = self.0.call_method(Some(BUS_NAME), path, Some(interface), method, body).await;
        let body = reply.map_err(|error| failed(&error))?;
        body.body().deserialize().map_err(|error| KeyringTrouble::Failed(error.to_string()))
    }
}

fn attributes(name: &str) -> HashMap<&'static str, String> {
    HashMap::from([("application", "securechat".to_owned()), ("device-key", name.to_owned())])
}

fn is_none(path: &OwnedObjectPath) -> bool {
    path.as_str() == "/"
}

fn failed(error: &zbus::Error) -> KeyringTrouble {
    let zbus::Error::MethodError(name, said, _) = error else {
        return KeyringTrouble::Failed(error.to_string());
    };
    match name.as_str() {
        "org.freedesktop.Secret.Error.IsLocked" => KeyringTrouble::Locked,
        "org.freedesktop.DBus.Error.ServiceUnknown"
        | "org.freedesktop.DBus.Error.NameHasNoOwner"
        | "org.freedesktop.DBus.Error.NoReply" => KeyringTrouble::Absent,
        name if name.starts_with("org.freedesktop.DBus.Error.Spawn") => KeyringTrouble::Absent,
        name => KeyringTrouble::Failed(said.clone().unwrap_or_else(|| name.to_owned())),
    }
}

/// Runs a conversation to its end or its limit. On a thread of its own, because callers may be inside a runtime, which
/// must not be entered twice.
fn within<T: Send>(
    limit: Duration,
    conversation: impl Future<Output = Result<T, KeyringTrouble>> + Send,
) -> Result<T, KeyringTrouble> {
    // Before any thread or socket: on a machine without a desktop this is all that happens.
    if env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none_or(|address| address.is_empty()) {
        return Err(KeyringTrouble::NoSession);
    }
    let talk = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| KeyringTrouble::Failed(error.to_string()))?;
        let done = runtime.block_on(async { tokio::time::timeout(limit, conversation).await });
        // A name look-up or a slow close must not hold up what is decided already.
        runtime.shutdown_background();
        done.unwrap_or(Err(KeyringTrouble::Silent(limit)))
    };
    std::thread::scope(|scope| scope.spawn(talk).join())
        .unwrap_or_else(|_| Err(KeyringTrouble::Failed("its thread broke off".into())))
}
