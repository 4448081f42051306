//! Why a message is not shown: a closed list, each with a name that stays, a sentence, and what leads out of it.

/// Why a line of a timeline stands in place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// This device was out of the room; what was said meanwhile has not been read back.
    Gap,
    /// This device was out of the room, which keeps nothing for later.
    NotKept,
    /// It was deleted by the room's policy.
    Deleted,
    /// A newer client wrote it.
    NeedsNewerVersion,
    /// Body, signature or origin are not what its sender sealed.
    Tampered,
    /// Its bytes do not open for this room.
    Undecryptable,
    /// Made for another epoch than the one it stands in.
    WrongEpoch,
    /// Its key is gone: it came too late, too early or twice.
    OutOfWindow,
    /// Said by this device before its memory was lost.
    OwnLost,
    /// Sealed with another key than its epoch's.
    WrongKey,
}

impl Unreadable {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Gap,
        Self::NotKept,
        Self::Deleted,
        Self::NeedsNewerVersion,
        Self::Tampered,
        Self::Undecryptable,
        Self::WrongEpoch,
        Self::OutOfWindow,
        Self::OwnLost,
        Self::WrongKey,
    ];

    /// Stable name: in memory and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::NotKept => "not_kept",
            Self::Deleted => "deleted",
            Self::NeedsNewerVersion => "needs_newer_version",
            Self::Tampered => "tampered",
            Self::Undecryptable => "undecryptable",
            Self::WrongEpoch => "wrong_epoch",
            Self::OutOfWindow => "out_of_window",
            Self::OwnLost => "own_lost",
            Self::WrongKey => "wrong_key",
        }
    }

    /// The reason of a name.
    pub fn of(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name().as_bytes() == name)
    }

    /// What happened, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Gap => "this device was out of the room until here; what was said meanwhile is missing",
            Self::NotKept => {
                "this device was out of the room until here, and this room keeps nothing that was said meanwhile"
            }
            Self::Deleted => "this message has been deleted, as this room's policy wants it",
            Self::NeedsNewerVersion => "this message needs a newer version of SecureChat",
            Self::Tampered => {
                "this message is not what its sender sealed: its text, its signature or where it comes from was changed on its way"
            }
            Self::Undecryptable => {
                "this message cannot be decrypted: it was not made for this room as it is now"
            }
            Self::WrongEpoch => "the server put this message into the wrong epoch",
            Self::OutOfWindow => {
                "this message cannot be decrypted any more: it came too late, far too early, or a second time"
            }
            Self::OwnLost => "this device said this before its memory was lost",
            Self::WrongKey => "this message was sealed with another key than its room's",
        }
    }

    /// What leads out of it, as a sentence; nothing is ever left without one.
    pub const fn way_out(self) -> &'static str {
        match self {
            Self::Gap => {
                "It is read from the archive by itself, as far back as the room lets newcomers read."
            }
            Self::NotKept => "Ask somebody who was there.",
            Self::Deleted => "There is none: it is gone for everybody.",
            Self::NeedsNewerVersion => "Update this program.",
            Self::Tampered | Self::WrongEpoch | Self::WrongKey => {
                "Ask its sender by another way what it said; whoever runs the server should know of this."
            }
            Self::Undecryptable | Self::OutOfWindow => {
                "Ask its sender to say it again; if it stays so, `securechat room repair` brings this device back in."
            }
            Self::OwnLost => "Ask somebody else in the room what it said.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_name_and_has_a_way_out() {
        for why in Unreadable::ALL {
            assert_eq!(Unreadable::of(why.name().as_bytes()), Some(why));
            assert!(!why.sentence().is_empty() && why.way_out().ends_with('.'));
        }
        assert_eq!(Unreadable::of(b"because"), None);
    }
}
