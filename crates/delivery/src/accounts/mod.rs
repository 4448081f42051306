//! Accounts: registering, logging in, passwords, vaults, devices. bcrypt runs in the shell, outside any transaction.

mod devices;
mod login;
mod password;
mod recover;
mod register;
mod renew;
mod reset;
mod vault;

pub use devices::{devices, revoke_device};
pub use login::{LoggedIn, add_device, log_in, vouch_device};
pub use password::{change_password, parameters_for, password_hash_of, password_record};
pub use recover::{recover, recover_password, recovery_challenge};
pub use register::{may_register, register};
pub use renew::{lost_device, rotate_recovery};
pub use reset::{may_reset, reset, reset_start};
pub use vault::{put_vault, vault};
