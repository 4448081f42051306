//! `[tls]`: a certificate of one's own instead of the private CA.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Certificate and key files, read again when they change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file with the chain, leaf first. Clients pin the leaf's key: keep the key when you renew.
    pub cert: Option<PathBuf>,
    /// PEM file with the leaf's private key.
    pub key: Option<PathBuf>,
}

impl Tls {
    /// Both files, if own ones are wanted.
    pub(crate) fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.cert.as_deref()?, self.key.as_deref()?))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.cert.is_some() == self.key.is_some() {
            Ok(())
        } else {
            Err("tls.cert and tls.key go together".into())
        }
    }
}
