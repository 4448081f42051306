//! Why there is no identity to serve.

use std::path::PathBuf;

use crate::folder::FolderError;

/// Why there is no identity to serve.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file system refuses.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file of the identity is cut off, replaced or gone. It is not made anew, for every client would raise an alarm.
    #[error(
        "{0} in the data folder is damaged; restore it from a backup, for clients trust no other identity"
    )]
    Damaged(&'static str),
    /// The operator's own files.
    #[error("{} cannot be used: {why}", path.display())]
    Own {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No certificate could be made.
    #[error("no certificate could be made: {0}")]
    Making(#[from] rcgen::Error),
    /// The TLS library refuses.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}
