//! The wire: frames, HTTP bodies, versions, limits, error codes. Knows nothing of who sends or receives.

mod code;
pub mod frame;
pub mod http;
pub mod limits;

pub use code::{Code, Refusal};

/// Version of the protocol this build speaks; sent in `Hello` and in every HTTP answer's `x-securechat-protocol`.
pub const VERSION: u32 = 1;

/// Port a server listens on unless told otherwise.
pub const PORT: u16 = 8765;
