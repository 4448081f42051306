//! The identity that is served now: resolves handshakes, and swaps certificates while running.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use securechat_ids::UnixMillis;
use x509_parser::prelude::{ASN1Time, FromDer as _, X509Certificate};

use super::authority::Authority;
use super::fault::IdentityError;
use super::leaf::{self, Leaf};
use super::names::Names;
use super::own::{OwnFiles, Stamp};
use super::pin::KeyHash;

/// Who the server is to TLS clients.
pub(crate) struct Identity {
    source: Source,
    now: RwLock<Now>,
}

enum Source {
    Made { tls: PathBuf, authority: Box<Authority>, names: Names },
    Own(OwnFiles),
}

struct Now {
    served: Arc<CertifiedKey>,
    key_hash: KeyHash,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Made { not_after: UnixMillis },
    Own(Stamp),
}

impl Identity {
    /// The identity kept in a folder, made now if this is the first start.
    pub(crate) fn open(tls: &Path, names: Names, now: UnixMillis) -> Result<Self, IdentityError> {
        let authority = Authority::open(tls, &names, now)?;
        let leaf = Leaf::open(tls, &authority, &names, now)?;
        let state = Now {
            served: leaf.served,
            key_hash: authority.key_hash,
            state: State::Made { not_after: leaf.not_after },
        };
        Ok(Self {
            source: Source::Made { tls: tls.to_owned(), authority: Box::new(authority), names },
            now: RwLock::new(state),
        })
    }

    /// The identity of the operator's own files.
    pub(crate) fn own(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let files = OwnFiles::new(certificate, key);
        let stamp = files.stamp();
        let read = files.read()?;
        let state = Now { served: read.served, key_hash: read.key_hash, state: State::Own(stamp) };
        Ok(Self { source: Source::Own(files), now: RwLock::new(state) })
    }

    /// What links carry: first 16 bytes of SHA-256 over the CA's (own files: the leaf's) public key, base64url.
    pub(crate) fn pin(&self) -> String {
        self.read().key_hash.pin()
    }

    /// What people compare by voice: the first 44 bits of that hash as BIP 39 words.
    pub(crate) fn words(&self) -> [&'static str; 4] {
        self.read().key_hash.words()
    }

    /// From when until when the certificate that is served is good.
    pub(crate) fn validity(&self) -> (UnixMillis, UnixMillis) {
        let served = Arc::clone(&self.read().served);
        let (_, leaf) = X509Certificate::from_der(&served.cert[0]).expect("it was parsed to find its key");
        let at = |time: ASN1Time| UnixMillis(u64::try_from(time.timestamp()).unwrap_or(0) * 1_000);
        (at(leaf.validity().not_before), at(leaf.validity().not_after))
    }

    /// Whether it is of the operator's own files.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.source, Source::Own(_))
    }

    /// Renews a certificate that is due, or takes over own files that have changed. Returns whether anything was swapped.
    ///
    /// # Errors
    /// [`IdentityError`]; what was served is served on.
    pub(crate) fn refresh(&self, now: UnixMillis) -> Result<bool, IdentityError> {
        let state = self.read().state;
        let next = match (&self.source, state) {
            (Source::Made { tls, authority, names }, State::Made { not_after })
                if leaf::is_due(not_after, now) =>
            {
                let leaf = Leaf::open(tls, authority, names, now)?;
                let state = State::Made { not_after: leaf.not_after };
                Now { served: leaf.served, key_hash: authority.key_hash, state }
            }
            (Source::Own(files), State::Own(stamp)) if files.stamp() != stamp => {
                let stamp = files.stamp();
                let read = files.read()?;
                Now { served: read.served, key_hash: read.key_hash, state: State::Own(stamp) }
            }
            _ => return Ok(false),
        };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(true)
    }

    /// TLS 1.2 and 1.3 under this identity, X25519MLKEM768 preferred.
    pub(crate) fn tls(self: &Arc<Self>) -> Result<ServerConfig, IdentityError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as Arc<dyn ResolvesServerCert>;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Tickets that only this process can open spare a reconnect storm most of its signatures.
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        config.send_tls13_tickets = 1;
        Ok(config)
    }

    /// The certificate that clients pin.
    #[cfg(test)]
    pub(crate) fn anchor(&self) -> rustls_pki_types::CertificateDer<'static> {
        self.read().served.cert.last().cloned().expect("a chain has certificates")
    }

    /// The leaf that is served.
    #[cfg(test)]
    pub(crate) fn served(&self) -> Vec<u8> {
        self.read().served.cert[0].to_vec()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Now> {
        self.now.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.read().served))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.pin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

    #[test]
    fn a_leaf_is_renewed_while_running_and_the_pin_stays() {
        let temp = tempfile::tempdir().unwrap();
        let identity = Identity::open(temp.path(), Names::detect(&[], &[]), NOW).unwrap();
        let (pin, leaf) = (identity.pin(), identity.served());
        assert!(!identity.refresh(NOW.plus(59 * DAY_MS)).unwrap());
        assert_eq!(identity.served(), leaf);
        assert!(identity.refresh(NOW.plus(61 * DAY_MS)).unwrap());
        assert_ne!(identity.served(), leaf);
        assert_eq!(identity.pin(), pin);
        assert_eq!(identity.read().served.cert.len(), 2, "leaf and CA are served");
        let (from, until) = identity.validity();
        assert_eq!((from, until), (NOW.plus(60 * DAY_MS), NOW.plus((61 + 90) * DAY_MS)), "a day early");
        assert!(!identity.is_own());
    }

    #[test]
    fn own_files_are_pinned_by_their_leaf_and_read_again_when_they_change() {
        let temp = tempfile::tempdir().unwrap();
        let make = |host: &str| {
            let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
            std::fs::write(temp.path().join("cert.pem"), made.cert.pem()).unwrap();
            std::fs::write(temp.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
            KeyHash::of(made.cert.der()).unwrap().pin()
        };
        let first = make("a.example");
        let identity = Identity::own(&temp.path().join("cert.pem"), &temp.path().join("key.pem")).unwrap();
        assert_eq!(identity.pin(), first);
        assert!(identity.is_own());
        assert!(!identity.refresh(NOW).unwrap());
        let second = make("much-longer-name-so-that-the-size-differs.example");
        assert!(identity.refresh(NOW).unwrap());
        assert_eq!(identity.pin(), second);
        std::fs::write(temp.path().join("key.pem"), "half a file").unwrap();
        assert!(identity.refresh(NOW).is_err());
        assert_eq!(identity.pin(), second, "what was served is served on");
    }
}
