//! A bare connection to the pinned server, for those who carry what others say over it.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::address::Address;
use crate::failure::Failure;
use crate::platform::open_stream;

/// Connects by TCP and TLS. Nothing is sent to whoever is not the pinned server.
///
/// # Errors
/// [`Failure::Unreachable`]; [`Failure::Trust`] when somebody else answers, or when the address has no pin.
pub async fn connect(
    address: &Address,
) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>, Failure> {
    if address.pin.as_deref().is_none_or(str::is_empty) {
        return Err(Failure::Trust(format!("the identity of {address} is not known")));
    }
    open_stream(address).await
}
