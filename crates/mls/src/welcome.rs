//! Cuts a Welcome into one for each device: its list of secrets is not signed (RFC 9420 §12.4.3.1).

use crate::Invalid;

/// One Welcome for each KeyPackageRef of a Welcome.
///
/// # Errors
/// [`Invalid`] unless the bytes are exactly one MLSMessage with a Welcome of our suite.
pub fn split_welcome(bytes: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Invalid> {
    let _ = bytes;
    unimplemented!("split_welcome")
}
