//! CBOR (RFC 8949) to and from bytes, with the whole input consumed.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The CBOR bytes of a value.
pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing CBOR to memory cannot fail");
    bytes
}

/// The value of exactly these bytes; `None` for anything else.
pub(crate) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut rest = bytes;
    let value = ciborium::from_reader(&mut rest).ok()?;
    rest.is_empty().then_some(value)
}

/// For `crate::hostile`: reads, writes, reads and writes; both writings are the same.
#[cfg(feature = "hostile")]
pub(crate) fn reads_back<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Some(value) = from_bytes::<T>(bytes) {
        let written = to_bytes(&value);
        let again = from_bytes::<T>(&written).expect("what was written can be read");
        assert_eq!(to_bytes(&again), written);
    }
}
