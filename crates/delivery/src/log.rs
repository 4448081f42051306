//! The workspace log of chain links, and its RFC 6962 root at any size.

use securechat_proto::frame;

use crate::{Fault, Tx};

/// A page of the log. (Reads.)
///
/// # Errors
/// `BadRequest` for a place beyond the log.
pub fn fetch(tx: &mut dyn Tx, request: &frame::FetchLog) -> Result<frame::Log, Fault> {
    let _ = (tx, request);
    unimplemented!()
}
