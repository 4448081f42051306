//! Facts of which there is one.

use crate::StoreError;

/// Names a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetaKey {
    /// Who the server is: 16 bytes.
    ServerId,
    /// Which life of its memory this is: 16 bytes.
    Generation,
    /// The team's room: 16 bytes.
    TeamRoom,
    /// Hash of the owner code, 32 bytes, and when it ends, 8 bytes big endian.
    OwnerCode,
}

impl MetaKey {
    /// The stable text.
    pub const fn text(self) -> &'static str {
        match self {
            MetaKey::ServerId => "server_id",
            MetaKey::Generation => "generation",
            MetaKey::TeamRoom => "team_room",
            MetaKey::OwnerCode => "owner_code",
        }
    }
}

/// Reads and writes facts.
pub trait MetaRows {
    /// A fact, if it is there.
    ///
    /// # Errors
    /// [`StoreError`], as all methods of rows.
    fn meta(&mut self, key: MetaKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets a fact, or with `None` forgets it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_meta(&mut self, key: MetaKey, value: Option<&[u8]>) -> Result<(), StoreError>;
}
