//! Certificate and key from the operator's own files, read again when they change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certified::certified;
use super::fault::IdentityError;
use super::pin::KeyHash;

/// The two files.
#[derive(Clone, Debug)]
pub(crate) struct OwnFiles {
    certificate: PathBuf,
    key: PathBuf,
}

/// What was read from them, and how they looked then.
pub(crate) struct OwnIdentity {
    pub(super) served: Arc<CertifiedKey>,
    pub(super) key_hash: KeyHash,
}

/// Tells two states of the files apart.
pub(crate) type Stamp = [Option<(SystemTime, u64)>; 2];

impl OwnFiles {
    pub(crate) fn new(certificate: &Path, key: &Path) -> Self {
        Self { certificate: certificate.to_owned(), key: key.to_owned() }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        [of(&self.certificate), of(&self.key)]
    }

    pub(crate) fn read(&self) -> Result<OwnIdentity, IdentityError> {
        let unusable = |path: &Path, why: String| IdentityError::Own { path: path.to_owned(), why };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable(&self.certificate, error.to_string()))?;
        let key_hash = chain
            .first()
            .and_then(KeyHash::of)
            .ok_or_else(|| unusable(&self.certificate, "it holds no certificate".into()))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| unusable(&self.key, error.to_string()))?;
        let served = certified(chain, key).map_err(|error| unusable(&self.key, error.to_string()))?;
        Ok(OwnIdentity { served: Arc::new(served), key_hash })
    }
}
