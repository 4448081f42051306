//! A device's memory: rows of the one SQLite file, read and written inside whatever transaction is open.

pub(crate) mod account_rows;
pub(crate) mod device_rows;
pub(crate) mod evidence_rows;
pub(crate) mod history_rows;
pub(crate) mod intent_rows;
pub(crate) mod item_rows;
pub(crate) mod limit_rows;
pub(crate) mod link_rows;
pub(crate) mod message_rows;
mod open;
pub(crate) mod outbox_rows;
pub(crate) mod receipt_rows;
pub(crate) mod repair_rows;
pub(crate) mod room_rows;
pub(crate) mod setting_rows;
pub(crate) mod verified_rows;

pub(crate) use account_rows::AccountRow;
pub(crate) use history_rows::{Ended, HistoryRow};
pub(crate) use intent_rows::{IntentRow, Made, MadeCommit, PolicyWish, Wish};
pub(crate) use limit_rows::LimitRow;
pub(crate) use message_rows::{MessageRow, NewMessage};
pub use open::{MemoryError, prepare};
pub(crate) use outbox_rows::OutboxRow;
pub(crate) use repair_rows::Halt;
pub(crate) use room_rows::{RoomRow, RoomState};
