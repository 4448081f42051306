//! Everything that a page can ask of the engine: a name, what it says, what it gets.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::shapes::*;

/// Something that can be asked.
pub trait Asked {
    /// Its name in JSON.
    const NAME: &'static str;
    /// What comes back.
    type Gives: serde::Serialize;
}

#[derive(Deserialize)]
struct Asking<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    of: &'a RawValue,
}

macro_rules! asks {
    ($($(#[$doc:meta])* $name:literal $ask:ident { $($field:ident: $ty:ty),* $(,)? } -> $gives:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            #[cfg_attr(test, derive(ts_rs::TS))]
            pub struct $ask { $(#[doc = "See the name."] pub $field: $ty,)* }

            impl Asked for $ask {
                const NAME: &'static str = $name;
                type Gives = $gives;
            }
        )*

        /// One of them.
        #[derive(Debug)]
        pub enum Ask { $($(#[$doc])* $ask($ask),)* }

        /// Reads `{"name": …, "of": …}`. Read in two steps: serde's own way of doing it in one is 100 KB of code.
        ///
        /// # Errors
        /// For a name that is not known, or parts that are not as the name wants them.
        pub fn read(text: &str) -> Result<Ask, serde_json::Error> {
            let asked: Asking<'_> = serde_json::from_str(text)?;
            match &*asked.name {
                $($name => serde_json::from_str(asked.of.get()).map(Ask::$ask),)*
                _ => Err(serde::de::Error::custom("nothing of that name can be asked")),
            }
        }

        #[cfg(test)]
        pub(super) fn declarations(cfg: &ts_rs::Config) -> Vec<(&'static str, String, String)> {
            vec![$(($name, <$ask as ts_rs::TS>::inline(cfg), <$gives as ts_rs::TS>::name(cfg)),)*]
        }
    };
}

asks! {
    /// Who is here, and who the server is. The first thing asked.
    "door" Door { link: Option<String> } -> DoorView;
    /// What is wrong with a new password, if anything, and how good it is.
    "strength" Strength { password: String, user_name: String } -> StrengthView;
    /// Makes an account with this browser as its first device.
    "register" Register { link: String, user_name: String, display: String, password: String, device: String } -> RegisteredView;
    /// Makes this browser a further device of an account.
    "login" Login { link: Option<String>, user_name: String, password: String, device: String } -> Me;
    /// What is wrong with a recovery key as it was typed, if anything.
    "check_recovery_key" CheckRecoveryKey { key: String } -> Option<String>;
    /// Makes this browser a further device of an account by its recovery key, with a new password.
    "recover" Recover { link: Option<String>, user_name: String, recovery_key: String, password: String, device: String } -> Me;
    /// Begins an account anew by a reset link, with this browser as its only device.
    "begin_anew" BeginAnew { link: String, user_name: String, password: String, device: String } -> RegisteredView;
    /// Shows a code by which another device lets this browser in.
    "link_begin" LinkBegin {} -> LinkingView;
    /// Waits until another device has taken the code.
    "link_welcome" LinkWelcome { device: String } -> LinkWelcomeView;
    /// Waits until it has let this browser in, which is a device then.
    "link_enter" LinkEnter {} -> Me;
    /// Nobody waits any more.
    "link_stop" LinkStop {} -> ();
    /// Ends the session and wipes everything here.
    "log_out" LogOut {} -> ();

    /// Who this device is.
    "me" WhoAmI {} -> Me;
    /// Where the connection stands.
    "connection" Connection {} -> ConnectionView;
    /// The machine or its network has woken: the connection is tried now, or put to the proof.
    "wake" Wake {} -> ();
    /// Rooms, the team's first.
    "rooms" Rooms {} -> Vec<Room>;
    /// The newest lines of a room before a place, oldest first; at the end also what waits.
    "timeline" Timeline { room: String, before: Option<Number>, limit: u32 } -> Vec<Line>;
    /// Lines after a place, oldest first.
    "after" After { room: String, seq: Number, limit: u32 } -> Vec<Line>;
    /// Everything unread, room by room.
    "inbox" Inbox { limit: u32 } -> Vec<Line>;
    /// Lines with all these words, of one room or of all, newest first.
    "search" Search { room: Option<String>, words: String, limit: u32 } -> Vec<Line>;
    /// People in a room.
    "members" Members { room: String } -> Vec<Person>;
    /// People of the team.
    "people" People {} -> Vec<Person>;
    /// What to compare with a person.
    "comparison" Compare { user: String } -> Option<ComparisonView>;
    /// Marks a person as verified: this is what they said.
    "confirm" Confirm { user: String, said: String } -> ();
    /// Takes new keys of a person who was verified, without comparing.
    "accept_root" AcceptRoot { user: String } -> ();
    /// An alarm was looked at.
    "look_at" LookAt { what: String } -> ();

    /// Sends a text under an id of the page's (32 hexadecimal digits): asked twice, it is sent once.
    "send" Send { id: String, room: String, text: String } -> ();
    /// Lets a failed message go out again.
    "retry" Retry { room: String, id: String } -> ();
    /// Drops a message that has not left.
    "discard" Discard { room: String, id: String } -> ();
    /// What was being written in a room.
    "draft" Draft { room: String } -> String;
    /// Keeps what is being written.
    "keep_draft" KeepDraft { room: String, text: String } -> ();
    /// Everything up to a place has been read.
    "mark_read" MarkRead { room: String, seq: Number } -> ();
    /// Everything from a place on counts as unread again.
    "mark_unread" MarkUnread { room: String, seq: Number } -> ();

    /// Makes a room. `history` is whether newcomers read back.
    "create_room" CreateRoom { room: String, topic: String, open: bool, history: HistoryView, people: Vec<String> } -> String;
    /// The direct messages with a person, opened if need be.
    "open_dm" OpenDm { user: String } -> String;
    /// Joins an open room.
    "join" Join { room: String } -> ();
    /// Leaves a room.
    "leave" Leave { room: String } -> ();
    /// Adds people.
    "add_people" AddPeople { room: String, users: Vec<String> } -> ();
    /// Removes a person.
    "remove_person" RemovePerson { room: String, user: String } -> ();
    /// Makes a person an admin of a room.
    "make_admin" MakeAdmin { room: String, user: String } -> ();
    /// Takes that from them.
    "unmake_admin" UnmakeAdmin { room: String, user: String } -> ();
    /// From now on newcomers of a room read back no further than this; it cannot be undone.
    "tighten_history" TightenHistory { room: String, history: HistoryView } -> ();
    /// From now on messages of a room are kept for so many days; 0 is for ever.
    "keep_for" KeepFor { room: String, days: u32 } -> ();
    /// How this person wants to be called.
    "set_display" SetDisplay { display: String } -> ();
    /// Settings of this device.
    "settings" Settings {} -> Vec<Setting>;
    /// Sets one, or forgets it.
    "set" Set { setting: String, value: Option<String> } -> ();

    /// This person's devices.
    "devices" Devices {} -> Vec<Device>;
    /// Takes the code or link that a new device shows, and waits for what it says of itself.
    "link_take" LinkTake { code: String } -> LinkOfferView;
    /// Lets it in.
    "link_let_in" LinkLetIn {} -> ();
    /// Does not.
    "link_turn_away" LinkTurnAway {} -> ();
    /// A device that was asked about is this person's.
    "know_device" KnowDevice { device: String } -> ();
    /// Revokes a device for ever.
    "revoke_device" RevokeDevice { device: String } -> ();
    /// Ends a device that may be in other hands and replaces every key that it knew. `key` is the recovery key from then on,
    /// which its owner has stored.
    "lost_device" LostDevice { device: String, password: String, key: String } -> ();
    /// Whether this browser has the keys that this person's devices share; if not, another device has replaced them.
    "shared_keys" SharedKeys {} -> bool;
    /// Takes up the keys that another device has replaced.
    "take_up_keys" TakeUpKeys { password: String } -> ();
    /// Changes the password, all or nothing.
    "change_password" ChangePassword { old: String, new: String, end_others: bool } -> ();
    /// The recovery key, for its owner.
    "recovery_key" RecoveryKey {} -> String;
    /// A new recovery key, which is nobody's before it is kept.
    "new_recovery_key" NewRecoveryKey {} -> String;
    /// Replaces the recovery key by one that its owner has stored.
    "keep_recovery_key" KeepRecoveryKey { key: String } -> ();
    /// What the server holds about this person.
    "report" Report {} -> ReportView;

    /// Whether everything is well; mends what can be mended.
    "doctor" Doctor {} -> Vec<FindingView>;
    /// Lets a stopped room go on.
    "repair" RepairRoom { room: String } -> ();
    /// Puts away what was wrong with a room that goes on.
    "seen" Seen { room: String } -> ();
    /// Makes a room anew; gives the new one.
    "reset_room" ResetRoom { room: String } -> String;

    /// Invites that still work.
    "invites" Invites {} -> Vec<Invite>;
    /// Makes one.
    "invite" MakeInvite { uses: u32, days: u32 } -> Invite;
    /// Ends one.
    "revoke_invite" RevokeInvite { id: String } -> ();
    /// A link as a QR code.
    "qr" Qr { text: String } -> QrView;
    /// Accounts, as the server lists them.
    "users" Users {} -> Vec<User>;
    /// How the server is, for owners and admins.
    "overview" Overview {} -> OverviewView;
    /// Gives a role; `owner` hands the team over.
    "set_role" SetRole { user: String, role: RoleView } -> ();
    /// Makes a link by which somebody who lost everything begins anew.
    "reset_link" ResetLink { user: String } -> String;
    /// Deactivates an account.
    "deactivate" Deactivate { user: String } -> ();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_wrongly_is_no_ask() {
        assert!(matches!(read(r#"{"name":"rooms","of":{}}"#), Ok(Ask::Rooms(_))));
        assert!(matches!(
            read(r#"{"of":{"room":"a","text":"b"},"name":"keep_draft"}"#),
            Ok(Ask::KeepDraft(_))
        ));
        for wrong in
            [r#"{"name":"room","of":{}}"#, r#"{"name":"rooms","of":{"a":1}}"#, r#"{"name":"rooms"}"#, "[]"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
