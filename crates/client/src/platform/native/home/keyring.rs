//! The keyring of a desktop session as this program sees it: short secrets under names, and why it may not answer.

use std::time::Duration;

use zeroize::Zeroizing;

/// The 32 bytes that open a home's database.
pub(crate) type DeviceKey = Zeroizing<[u8; 32]>;

/// Longest that a new home waits to learn whether there is a keyring.
pub(crate) const TO_DECIDE: Duration = Duration::from_secs(2);

/// Longest that an existing home waits for its key. Just after a log-in to the desktop the keyring's process may still
/// be starting, and there is no second place to look in.
pub(crate) const TO_OPEN: Duration = Duration::from_secs(10);

/// A place that keeps keys for whoever is logged in. Nothing in here may ever show a prompt: programs that run by a
/// timer have nobody who could answer it.
pub(crate) trait Keyring: Send + Sync {
    /// Keeps a key for good, under a name that nobody else uses.
    fn keep(&self, name: &str, key: &DeviceKey, limit: Duration) -> Result<(), KeyringTrouble>;

    /// The key under a name; `None` if the keyring is open and has no such name.
    fn find(&self, name: &str, limit: Duration) -> Result<Option<DeviceKey>, KeyringTrouble>;

    /// Removes what is under a name, if anything is.
    fn forget(&self, name: &str, limit: Duration) -> Result<(), KeyringTrouble>;
}

/// Why a keyring is of no use now, and what its owner can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringTrouble {
    /// Nothing to talk to.
    #[error(
        "there is no desktop session here (DBUS_SESSION_BUS_ADDRESS is not set); run this inside that session"
    )]
    NoSession,
    /// This program does not use the keyring of this system.
    #[error("this build uses no keyring on this system")]
    NotBuilt,
    /// A bus, but nothing on it that keeps secrets for good.
    #[error("no keyring answers in this session; start it (on GNOME: gnome-keyring-daemon) and try again")]
    Absent,
    /// It would have to ask for a password first.
    #[error("the keyring is locked; unlock it, for instance by logging in to the desktop, and try again")]
    Locked,
    /// It said nothing for too long.
    #[error("the keyring did not answer within {} s; look whether it waits for you, and try again", .0.as_secs())]
    Silent(Duration),
    /// Anything else, in its words.
    #[error("the keyring failed: {0}")]
    Failed(String),
}
