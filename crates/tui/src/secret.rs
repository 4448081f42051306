//! What only its owner may see, and what it is for: typed passwords and recovery keys, which no debug line prints.

use std::fmt;

use securechat_client::ids::DeviceId;

/// A password or a recovery key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A device that may be in other hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Which.
    pub device: DeviceId,
    /// How it is called.
    pub name: String,
}

/// What a new recovery key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyFor {
    /// It takes the place of the one there is.
    Change,
    /// The one there is could be read on a lost device.
    Lost(Lost),
}

/// What a password is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PasswordFor {
    /// Taking up the keys that another device has replaced.
    SharedKeys,
    /// Shutting out a lost device, with the recovery key from then on.
    Lost(Lost, Secret),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_line_does_not_tell_it() {
        let lost = Lost { device: DeviceId::from_bytes([1; 16]), name: "phone".into() };
        let told = format!("{:?}", PasswordFor::Lost(lost, Secret("abcd-efgh".into())));
        assert!(told.contains("phone") && !told.contains("abcd"), "{told}");
    }
}
