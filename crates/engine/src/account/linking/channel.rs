//! The channel of a linking: Noise NNpsk0, its randomness drawn beforehand, and the words both sides show.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::{CryptoResolver, DefaultResolver, FallbackResolver};
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, HandshakeState, TransportState};
use zeroize::Zeroizing;

use super::LinkingError;
use crate::account::LinkingCode;
use crate::{Cx, cbor};

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
/// Longest message, as the relay takes it.
const BYTES_MAX: usize = securechat_proto::limits::LINKING_BYTES_MAX;

/// The one secret that a side draws: its ephemeral key.
struct Drawn(Mutex<Option<Zeroizing<[u8; 32]>>>);

struct Once(Option<Zeroizing<[u8; 32]>>);

impl CryptoResolver for Drawn {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        let seed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(Box::new(Once(seed)))
    }

    fn resolve_dh(&self, _: &DHChoice) -> Option<Box<dyn Dh>> {
        None
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        None
    }

    fn resolve_cipher(&self, _: &CipherChoice) -> Option<Box<dyn Cipher>> {
        None
    }
}

impl Random for Once {
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), snow::Error> {
        // Never the same bytes twice.
        let seed = self.0.take().filter(|seed| seed.len() == dest.len()).ok_or(snow::Error::Rng)?;
        dest.copy_from_slice(seed.as_ref());
        Ok(())
    }
}

/// The two messages before both have keys.
pub(super) struct Handshake(Box<HandshakeState>);

/// Both have keys.
pub(super) struct Channel {
    transport: Box<TransportState>,
    words: [u8; 6],
}

impl Handshake {
    pub(super) fn new(code: &LinkingCode, begins: bool, cx: &mut Cx<'_>) -> Self {
        let drawn = Drawn(Mutex::new(Some(Zeroizing::new(cx.bytes()))));
        let resolver = FallbackResolver::new(Box::new(drawn), Box::new(DefaultResolver));
        let params = PATTERN.parse().expect("the pattern is one that snow knows");
        let prologue = [b"SecureChat link v1".as_slice(), &code.id()].concat();
        let psk = code.psk();
        let builder = Builder::with_resolver(params, Box::new(resolver));
        let builder = builder.psk(0, &psk).and_then(|builder| builder.prologue(&prologue));
        let state = builder
            .and_then(|builder| if begins { builder.build_initiator() } else { builder.build_responder() });
        Self(Box::new(state.expect("psk and prologue are set once and of the right lengths")))
    }

    pub(super) fn say(&mut self, payload: &[u8]) -> Result<Vec<u8>, LinkingError> {
        let mut message = vec![0; BYTES_MAX];
        let length = self.0.write_message(payload, &mut message).map_err(|_| LinkingError::Over)?;
        message.truncate(length);
        Ok(message)
    }

    pub(super) fn hear(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkingError> {
        let mut payload = vec![0; BYTES_MAX];
        let length = self.0.read_message(message, &mut payload).map_err(|_| LinkingError::Channel)?;
        payload.truncate(length);
        Ok(payload)
    }

    pub(super) fn finish(self) -> Result<Channel, LinkingError> {
        let hash = Sha256::new()
            .chain_update(b"SecureChat link words v1")
            .chain_update(self.0.get_handshake_hash())
            .finalize();
        let mut words = [0; 6];
        words.copy_from_slice(&hash[..6]);
        let transport = Box::new(self.0.into_transport_mode().map_err(|_| LinkingError::Over)?);
        Ok(Channel { transport, words })
    }
}

impl Channel {
    /// What the four words are made of.
    pub(super) fn words(&self) -> [u8; 6] {
        self.words
    }

    pub(super) fn say(&mut self, value: &impl Serialize) -> Result<Vec<u8>, LinkingError> {
        let payload = Zeroizing::new(cbor::to_bytes(value));
        let mut message = vec![0; BYTES_MAX];
        let length =
            self.transport.write_message(&payload, &mut message).map_err(|_| LinkingError::Malformed)?;
        message.truncate(length);
        Ok(message)
    }

    pub(super) fn hear<T: DeserializeOwned>(&mut self, message: &[u8]) -> Result<T, LinkingError> {
        let mut payload = Zeroizing::new(vec![0; BYTES_MAX]);
        let length = self.transport.read_message(message, &mut payload).map_err(|_| LinkingError::Channel)?;
        cbor::from_bytes(&payload[..length]).ok_or(LinkingError::Malformed)
    }
}
