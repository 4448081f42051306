//! What slash commands do.

use securechat_client::view::{Delivery, History, MessageView};

use super::overlay::{Consequence, Overlay, Question, Search};
use super::whole::State;
use crate::action::Action;
use crate::command::Command;
use crate::secret::PasswordFor;

/// Whether it will not go out by itself.
pub(super) fn has_failed(line: &MessageView) -> bool {
    matches!(line.state, Delivery::Failed(_))
}

impl State {
    pub(super) fn run(&mut self, command: Command) {
        match command {
            Command::Join(room) => self.ask(Action::Join(room)),
            Command::Go(name) => self.turn_to(&name),
            Command::Create { name, open, people } => self.ask(Action::Create { name, open, people }),
            Command::Direct { person, text } => self.ask(Action::Direct { person, text }),
            Command::Add(people) => {
                if let Some(room) = self.here() {
                    self.ask(Action::Add { room, people });
                }
            }
            Command::Remove(person) => self.question_remove(person),
            Command::Admin(person) => self.set_admin(person, true),
            Command::Unadmin(person) => self.set_admin(person, false),
            Command::History(history) => self.question_history(history),
            Command::Keep(days) => self.question_keep(days),
            Command::Leave => self.question_leave(),
            Command::Members => self.open_members(),
            Command::Name(name) => self.ask(Action::SetName(name)),
            Command::Invite => self.ask(Action::Invite),
            Command::Verify(person) => self.ask(Action::Verify(person)),
            Command::Confirm { person, said } => self.ask(Action::Confirm { person, said }),
            Command::Accept(person) => self.ask(Action::Accept(person)),
            Command::Devices => self.ask(Action::Devices),
            Command::HowToLink => self.ask(Action::HowToLink),
            Command::Link(code) => {
                self.say("Waiting for the new device…");
                self.ask(Action::Link(code));
            }
            Command::Mine(id) => self.ask(Action::Mine(id)),
            Command::Revoke(id) => self.ask(Action::Revoke(id)),
            Command::Lost(id) => self.ask(Action::NewKeyForLost(id)),
            Command::Unlock => self.ask_password(PasswordFor::SharedKeys, false),
            Command::Recovery => self.ask(Action::RecoveryKey),
            Command::NewRecovery => self.ask(Action::NewKey),
            Command::ResetLink(person) => self.question_reset_link(person),
            Command::Doctor => self.ask(Action::Doctor),
            Command::Repair => {
                if let Some(room) = self.here() {
                    self.ask(Action::Repair(room));
                }
            }
            Command::Reset => self.question_reset(),
            Command::Search(words) => self.search(&words),
            Command::Inbox => self.ask(Action::ReadInbox),
            Command::Retry => {
                self.each_failed(|line| Action::Retry { room: line.room, message: line.message_id });
            }
            Command::Discard => {
                self.each_failed(|line| Action::Discard { room: line.room, message: line.message_id });
            }
            Command::Help => self.open_help(),
            Command::Quit => self.leave_program(),
        }
    }

    fn here(&mut self) -> Option<securechat_client::ids::RoomId> {
        let here = self.open.as_ref().map(|open| open.room);
        if here.is_none() {
            self.complain("No room is open; Ctrl+K opens one.");
        }
        here
    }

    /// Turns to a room or person by name.
    pub(super) fn turn_to(&mut self, name: &str) {
        if let Some(room) = self.named(name) {
            self.open_room(room, None);
        } else if let Some(person) = name.strip_prefix('@') {
            self.ask(Action::Direct { person: person.to_owned(), text: None });
        } else {
            self.complain(format!("There is no room {name} here; Ctrl+K lists what there is."));
        }
    }

    /// The room of a name, with or without `#`.
    pub(super) fn named(&self, name: &str) -> Option<securechat_client::ids::RoomId> {
        let wanted = name.to_lowercase();
        let is = |label: &str| label == wanted || label.strip_prefix('#') == Some(&wanted);
        self.rooms.iter().find(|room| is(&room.label.to_lowercase())).map(|room| room.room)
    }

    fn question_leave(&mut self) {
        let Some(room) = self.here() else { return };
        let label = self.view(room).map_or_else(String::new, |view| view.label.clone());
        let words = format!("Leave {label}? Enter leaves, Esc stays.");
        self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::Leave(room) }));
    }

    fn question_reset(&mut self) {
        let Some(room) = self.here() else { return };
        let label = self.view(room).map_or_else(String::new, |view| view.label.clone());
        let words =
            format!("Make {label} anew, with the same people, and end this one? Enter does, Esc does not.");
        self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::Reset(room) }));
    }

    fn question_reset_link(&mut self, person: String) {
        let words = format!(
            "Make a link by which @{person} begins anew? It is for somebody who lost every device, the password and the \
             recovery key. All their devices stop working, and everybody is told. Enter makes it, Esc does not."
        );
        self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::ResetLink(person) }));
    }

    fn question_remove(&mut self, person: String) {
        let Some(room) = self.here() else { return };
        let label = self.view(room).map_or_else(String::new, |view| view.label.clone());
        let words = format!("Remove @{person} from {label}? Enter removes, Esc does not.");
        let yes = Consequence::Remove { room, person };
        self.overlay = Some(Overlay::Question(Question { words, yes }));
    }

    fn set_admin(&mut self, person: String, admin: bool) {
        if let Some(room) = self.here() {
            self.ask(Action::SetAdmin { room, person, admin });
        }
    }

    fn question_history(&mut self, history: History) {
        let Some(room) = self.here() else { return };
        let label = self.view(room).map_or_else(String::new, |view| view.label.clone());
        let what = match history {
            History::Shared => "newcomers read everything",
            History::SinceJoin => "newcomers read only from the day they join",
            History::None => "nothing is kept for later reading; only who is here reads it",
        };
        let words =
            format!("From here on in {label} {what}. This cannot be undone. Enter does it, Esc does not.");
        let yes = Consequence::TightenHistory { room, history };
        self.overlay = Some(Overlay::Question(Question { words, yes }));
    }

    fn question_keep(&mut self, days: u32) {
        let Some(room) = self.here() else { return };
        let label = self.view(room).map_or_else(String::new, |view| view.label.clone());
        let words = match days {
            0 => format!("Keep messages of {label} for ever from now on? Enter does it, Esc does not."),
            days => {
                let unit = if days == 1 { "day" } else { "days" };
                format!(
                    "Messages of {label} older than {days} {unit} are deleted for everybody, on the server and on every \
                     device, and do not come back. Enter does it, Esc does not."
                )
            }
        };
        self.overlay = Some(Overlay::Question(Question { words, yes: Consequence::KeepFor { room, days } }));
    }

    fn search(&mut self, words: &str) {
        let mut search = Search::default();
        search.input.insert(words);
        self.overlay = Some(Overlay::Search(search));
        if !words.is_empty() {
            self.ask(Action::Search(words.to_owned()));
        }
    }

    fn each_failed(&mut self, action: impl Fn(&MessageView) -> Action) {
        let lines = self.open.iter().flat_map(|open| &open.lines);
        let actions: Vec<Action> = lines.filter(|line| has_failed(line)).map(action).collect();
        if actions.is_empty() {
            self.say("Nothing has failed in this room.");
        }
        for action in actions {
            self.ask(action);
        }
    }

    pub(super) fn retry_selected(&mut self) {
        match self.open.as_ref().and_then(|open| open.selected_line()) {
            Some(line) if has_failed(line) => {
                self.ask(Action::Retry { room: line.room, message: line.message_id });
            }
            _ => self.say("Only what was not sent can be sent again."),
        }
    }

    pub(super) fn discard_selected(&mut self) {
        match self.open.as_ref().and_then(|open| open.selected_line()) {
            Some(line) if line.own && (has_failed(line) || line.state == Delivery::Queued) => {
                let action = Action::Discard { room: line.room, message: line.message_id };
                let text = line.text.clone();
                self.composer.keep(&text);
                self.ask(action);
                self.say("Dropped; Ctrl+Y puts its text back.");
            }
            _ => self.say("Only what has not left can be dropped."),
        }
    }
}
