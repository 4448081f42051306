//! What the mind asks of a store, row by row, inside one transaction. A file per kind of row.

mod account;
mod device;
mod invite;
mod item;
mod link;
mod mail;
mod meta;
mod receipt;
mod room;
mod session;

pub use account::{AccountRow, AccountRows, PasswordRow, VaultRow};
pub use device::{DeviceRow, DeviceRows};
pub use invite::{InviteRow, InviteRows};
pub use item::{ItemRow, ItemRows};
pub use link::{LinkRow, LinkRows};
pub use mail::{InboxRow, KeyPackageRow, MailRows, PackageUse};
pub use meta::{MetaKey, MetaRows};
pub use receipt::{ReceiptRow, ReceiptRows};
pub use room::{EventRow, GroupRow, LeafRow, Place, RoomKey, RoomRow, RoomRows, RoomStay, RoomTraffic};
pub use session::{SessionRow, SessionRows};

/// All rows, inside one transaction.
pub trait Tx:
    MetaRows
    + LinkRows
    + AccountRows
    + DeviceRows
    + SessionRows
    + InviteRows
    + RoomRows
    + MailRows
    + ItemRows
    + ReceiptRows
{
}

impl<T> Tx for T where
    T: MetaRows
        + LinkRows
        + AccountRows
        + DeviceRows
        + SessionRows
        + InviteRows
        + RoomRows
        + MailRows
        + ItemRows
        + ReceiptRows
{
}
