//! Cuts a Welcome into one for each device: its list of secrets is not signed (RFC 9420 §12.4.3.1).

use openmls::prelude::MlsMessageBodyIn;
use tls_codec::Serialize as _;

use crate::framing::{HEADER_BYTES, split_vector, vector};
use crate::{Invalid, framing, profile};

/// A key package's reference, and the Welcome for it alone.
pub type WelcomePart = (Vec<u8>, Vec<u8>);

/// One Welcome for each KeyPackageRef of a Welcome.
///
/// # Errors
/// [`Invalid`] unless the bytes are exactly one MLSMessage with a Welcome of our suite.
pub fn split_welcome(bytes: &[u8]) -> Result<Vec<WelcomePart>, Invalid> {
    let MlsMessageBodyIn::Welcome(welcome) = framing::parse(bytes)? else {
        return Err(Invalid("not a Welcome".into()));
    };
    if welcome.ciphersuite() != profile::SUITE {
        return Err(Invalid("the Welcome is of another suite".into()));
    }
    let malformed = || Invalid("the Welcome is malformed".into());
    // Welcome = cipher_suite ‖ secrets<V> ‖ encrypted_group_info<V>
    let (head, rest) = bytes.split_at_checked(HEADER_BYTES + 2).ok_or_else(malformed)?;
    let (_, group_info) = split_vector(rest).ok_or_else(malformed)?;
    welcome
        .secrets()
        .iter()
        .map(|secret| {
            let reference = secret.new_member().as_slice().to_vec();
            let secret = secret.tls_serialize_detached().map_err(|_| malformed())?;
            let secrets = vector(&secret).ok_or_else(malformed)?;
            Ok((reference, [head, &secrets, group_info].concat()))
        })
        .collect()
}
