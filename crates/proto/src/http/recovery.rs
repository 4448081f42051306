//! Bodies for coming back: by recovery key, by a reset code, and new keys after a loss (docs/protocol.md §3.1).

use securechat_ids::{DeviceId, ServerId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use super::{B64, PasswordParameters, Secret, Vault};

/// How every reset code begins, so that a client knows what a link is for before it asks anybody.
pub const RESET_CODE_PREFIX: &str = "reset-";

const RECOVER_LABEL: &[u8] = b"SecureChat recovery v1";
const PASSWORD_LABEL: &[u8] = b"SecureChat recovery password v1";

/// The bytes a recovery key signs to log in, see [`Recover::signature`].
pub fn recover_challenge(server: &ServerId, user: &UserId, nonce: &[u8]) -> Vec<u8> {
    [RECOVER_LABEL, server.as_bytes(), user.as_bytes(), nonce].concat()
}

/// The bytes a recovery key signs to set a new password, see [`RecoverPassword::signature`].
pub fn recover_password_challenge(server: &ServerId, user: &UserId, nonce: &[u8]) -> Vec<u8> {
    [PASSWORD_LABEL, server.as_bytes(), user.as_bytes(), nonce].concat()
}

body! {
    /// Asks for a nonce that a recovery key is to sign.
    RecoverFor {
        /// Folded user name.
        user_name: String,
    }
}

body! {
    /// A nonce, good for one minute and one use. The same for known and unknown names.
    RecoverChallenge {
        /// Whose account.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// 32 bytes.
        nonce: B64,
    }
}

body! {
    /// Logs in by recovery key, to add a device.
    Recover {
        /// Folded user name.
        user_name: String,
        /// From [`RecoverChallenge`].
        nonce: B64,
        /// Ed25519 by the chain's recovery key over `"SecureChat recovery v1" ‖ server_id ‖ user_id ‖ nonce`.
        signature: B64,
    }
}

body! {
    /// What a log-in by recovery key gives: as after one by password, without the share.
    Recovered {
        /// Whose account.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// Grants one `POST` to [`super::path::DEVICES`], for ten minutes.
        ticket: Secret,
        /// The sealed vault.
        vault: Vault,
        /// The user's signed chain links, in order.
        chain: Vec<B64>,
    }
}

body! {
    /// Sets a new password without the old one, all or nothing.
    RecoverPassword {
        /// From [`RecoverChallenge`].
        nonce: B64,
        /// Ed25519 by the chain's recovery key over `"SecureChat recovery password v1" ‖ server_id ‖ user_id ‖ nonce`.
        signature: B64,
        /// How the new password was stretched.
        parameters: PasswordParameters,
        /// Proof of the new password.
        auth: Secret,
        /// New share.
        share: B64,
        /// Vault with the new password slot; its version must be one more than the server's.
        vault: Vault,
    }
}

body! {
    /// Replaces the recovery key, on the chain and in the vault at once.
    RotateRecovery {
        /// Signed `rotate_recovery` link.
        link: B64,
        /// Vault with the new recovery slot; its version must be one more than the server's.
        vault: Vault,
    }
}

body! {
    /// Ends a device that may be in other hands, and replaces every secret it knew, all or nothing.
    LostDevice {
        /// Signed `revoke_device` link.
        revoke: B64,
        /// Signed `rotate_recovery` link that follows it.
        rotate: B64,
        /// Proof of the password as it was, see [`super::Register::auth`].
        auth: Secret,
        /// How the password is stretched from now on.
        parameters: PasswordParameters,
        /// Its proof from now on.
        new_auth: Secret,
        /// New share.
        share: B64,
        /// Vault under a new key; its version must be one more than the server's.
        vault: Vault,
        /// Names of the devices that stay, sealed under the new vault key.
        device_names: Vec<NamedDevice>,
    }
}

body! {
    /// A device's sealed name.
    NamedDevice {
        /// The device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Sealed under the vault key.
        device_name: B64,
    }
}

body! {
    /// Makes a code by which somebody who lost everything begins anew.
    NewResetCode {
        /// Who.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
    }
}

body! {
    /// A reset code: good once, for the named person only; it replaces their former one.
    ResetCode {
        /// Begins with [`RESET_CODE_PREFIX`].
        code: Secret,
        /// For whom.
        user_name: String,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
    }
}

body! {
    /// Asks what a reset has to build on.
    ResetFor {
        /// The reset code.
        code: Secret,
        /// Folded user name; a code is good for one person only.
        user_name: String,
    }
}

body! {
    /// What a reset builds on.
    ResetStart {
        /// Whose account.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// The user's signed chain links, in order.
        chain: Vec<B64>,
        /// The vault's version; the new one has one more.
        vault_version: u64,
    }
}

body! {
    /// Begins an account anew: a new root, one new device, every old one ended.
    Reset {
        /// The reset code.
        code: Secret,
        /// Folded user name.
        user_name: String,
        /// Signed `reset` link.
        link: B64,
        /// How `auth` was stretched.
        parameters: PasswordParameters,
        /// Proof of the new password, see [`super::Register::auth`].
        auth: Secret,
        /// New share.
        share: B64,
        /// New vault.
        vault: Vault,
        /// Device name sealed under the new vault key.
        device_name: B64,
    }
}
