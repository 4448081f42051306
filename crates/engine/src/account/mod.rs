//! Accounts: from a password and a link to a device that is on its owner's chain.

mod add_device;
mod change_password;
mod item;
pub mod linking;
mod linking_code;
mod password;
mod recover;
mod recovery;
mod register;
mod renew;
mod reset;
mod vault;

pub use add_device::{AddedDevice, add_device, revoke_device};
pub use change_password::{Current, PasswordChange, change_password};
pub(crate) use item::{Item, item_name, open_item, seal_item};
pub use linking_code::{LinkingCode, LinkingCodeError};
pub use password::{PasswordError, Stretched, check_strength, fresh_parameters, stretch};
pub use recover::{recover, recover_password};
pub use recovery::{RecoveryKey, RecoveryKeyError};
pub use register::{NewAccount, register};
pub use renew::{AfterLoss, BeforeLoss, lost_device, rotate_recovery};
pub use reset::{NewBeginning, reset};
#[cfg(feature = "hostile")]
pub(crate) use vault::hostile_vault;
pub use vault::{Unlocked, VaultError, VaultKey, unlock, unlock_with_key, unlock_with_recovery};
