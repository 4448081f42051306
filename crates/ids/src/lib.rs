//! Newtypes that both wings must agree on: user, device, room, message, seq, epoch. Nothing else, ever.

mod bytes16;
mod counters;
mod user_name;

pub use bytes16::{DeviceId, Generation, IdError, MessageId, RoomId, ServerId, UserId};
pub use counters::{Epoch, Seq, UnixMillis};
pub use user_name::{UserName, UserNameError};
