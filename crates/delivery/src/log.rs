//! The workspace log of chain links, and its RFC 6962 root at any size.

use securechat_chain::{SignedLink, leaf_hash};
use securechat_proto::{Code, frame, limits};
use sha2::{Digest as _, Sha256};

use crate::rows::LinkRow;
use crate::{Fault, StoreError, Tx};

/// A page of the log. (Reads.)
///
/// # Errors
/// `BadRequest` for a place beyond the log.
pub fn fetch(tx: &mut dyn Tx, request: &frame::FetchLog) -> Result<frame::Log, Fault> {
    let size = tx.log_size()?;
    if request.from > size {
        return Err(Fault::refuse(Code::BadRequest, "the log is not that long"));
    }
    let links = tx.links_from(request.from, limits::FETCH_LINKS_MAX)?;
    let root = root_at(tx, request.from + links.len() as u64)?;
    Ok(frame::Log { links: links.into_iter().map(Into::into).collect(), size, root: root.to_vec().into() })
}

/// Adds a link that was found to continue its chain; answers with the log's new size.
pub(crate) fn append(tx: &mut dyn Tx, signed: &SignedLink) -> Result<u64, StoreError> {
    let link = signed.link();
    let position = tx.log_size()?;
    let mut peak = leaf_hash(&link.user_id, link.seq, &signed.hash());
    let mut left_ends = position;
    for height in 0..position.trailing_ones() {
        peak = node(&peak_before(tx, left_ends)?, &peak);
        left_ends -= 1 << height;
    }
    let bytes = signed.bytes().to_vec();
    tx.append_link(&LinkRow { position, user: link.user_id, seq: link.seq, bytes, peak })?;
    Ok(position + 1)
}

/// The log's root when it had `size` links.
///
/// # Errors
/// [`StoreError`]; asking beyond the log is one.
pub fn root_at(tx: &mut dyn Tx, size: u64) -> Result<[u8; 32], StoreError> {
    if size == 0 {
        return Ok(Sha256::digest([]).into());
    }
    // Each set bit of the size is a full subtree; the smallest is the rightmost.
    let mut root = peak_before(tx, size)?;
    let mut left = size & (size - 1);
    while left > 0 {
        root = node(&peak_before(tx, left)?, &root);
        left &= left - 1;
    }
    Ok(root)
}

/// Root of the full subtree that ends just before position `end`.
fn peak_before(tx: &mut dyn Tx, end: u64) -> Result<[u8; 32], StoreError> {
    tx.peak(end - 1)?.ok_or_else(|| StoreError::Broken(format!("the log has no link {}", end - 1)))
}

/// RFC 6962 §2.1, as `securechat_chain` has it; a story checks that both agree.
fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}
