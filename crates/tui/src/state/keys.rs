//! New recovery keys and passwords: shown, typed back and asked for, before anything is changed.

use super::notices::raise;
use super::overlay::{Form, Overlay, Proves};
use super::whole::State;
use crate::action::Action;
use crate::secret::{KeyFor, PasswordFor, Secret};
use crate::widgets::Composer;

/// Groups of a key in a row of the box.
const GROUPS_A_ROW: usize = 7;
/// Said until the keys are here.
const REPLACED: &str = "Your keys were replaced on another of your devices, where one was given up as lost. Type your password \
                        once: /unlock. Messages go on meanwhile.";

impl State {
    /// A key that is nobody's yet: it is shown, and one of its groups has to be typed back.
    pub(super) fn show_new_key(&mut self, key: Secret, purpose: KeyFor) {
        let mut lines = match &purpose {
            KeyFor::Change => {
                vec![
                    "Write this key down. Your old one works until you have shown that you have it."
                        .to_owned(),
                ]
            }
            KeyFor::Lost(lost) => vec![format!(
                "\"{}\" could read your recovery key, so you get a new one. Write it down. Nothing has happened yet.",
                lost.name
            )],
        };
        let groups: Vec<&str> = key.0.split('-').collect();
        // Which group is asked for follows from the key, so that nobody learns to copy always the same one.
        let number = key.0.bytes().next().map_or(0, usize::from) % groups.len();
        lines.push(String::new());
        lines.extend(groups.chunks(GROUPS_A_ROW).map(|row| format!("    {}", row.join("-"))));
        let label = format!("Group {} of {}, from where you wrote it down:", number + 1, groups.len());
        let group = Secret(groups[number].to_owned());
        let title = "Your new recovery key".to_owned();
        self.open_form(Form::new(title, lines, label, Proves::Stored { group, key, purpose }));
    }

    /// Asks for the password; `wrong` if the one before was none.
    pub(super) fn ask_password(&mut self, purpose: PasswordFor, wrong: bool) {
        let (title, lines) = match &purpose {
            PasswordFor::SharedKeys => (
                "Take up your new keys".to_owned(),
                vec![
                    "One of your devices was given up as lost, so the keys that your devices share are new. Your password \
                     opens them here."
                        .to_owned(),
                ],
            ),
            PasswordFor::Lost(lost, _) => (
                format!("Shut out \"{}\"", lost.name),
                vec![
                    format!("With Enter, \"{}\" is signed out for ever, and every room gets new keys.", lost.name),
                    "What it has read already stays on it. Your old recovery key stops working, and your other devices ask \
                     for your password once."
                        .to_owned(),
                ],
            ),
        };
        self.notice = None;
        let mut form =
            Form::new(title, lines, "Your password (hidden):".to_owned(), Proves::Password(purpose));
        form.wrong = wrong.then(|| "That is not your password.".to_owned());
        self.open_form(form);
    }

    fn open_form(&mut self, form: Form) {
        self.overlay = Some(Overlay::Form(form));
    }

    /// Enter in a form.
    pub(super) fn fill(&mut self, mut form: Form) {
        let typed = form.input.text().trim();
        match form.proves.clone() {
            Proves::Stored { group, key, purpose } if typed.eq_ignore_ascii_case(&group.0) => match purpose {
                KeyFor::Change => self.ask(Action::KeepKey(key)),
                KeyFor::Lost(lost) => self.ask_password(PasswordFor::Lost(lost, key), false),
            },
            Proves::Stored { .. } => {
                form.wrong =
                    Some("That is not what the key has there. Compare it group by group.".to_owned());
                self.open_form(form);
            }
            Proves::Password(_) if form.input.is_empty() => {
                form.wrong = Some("Type your password, or Esc.".to_owned());
                self.open_form(form);
            }
            Proves::Password(purpose) => {
                let password = Secret(form.input.text().to_owned());
                self.say("This takes a few seconds…");
                self.ask(Action::WithPassword { password, purpose });
            }
        }
    }

    /// Esc in a form.
    pub(super) fn put_away(&mut self, form: &Form) {
        self.say(match form.proves {
            Proves::Stored { purpose: KeyFor::Change, .. } => {
                "Nothing was changed; your old recovery key works."
            }
            Proves::Stored { .. } | Proves::Password(PasswordFor::Lost(..)) => {
                "Nothing was changed; the device is still yours."
            }
            Proves::Password(PasswordFor::SharedKeys) => "/unlock asks again.",
        });
    }

    /// Whether this device has the keys that its siblings share; `news` if the recovery key was replaced just now.
    pub(super) fn on_keys(&mut self, shared: bool, news: bool) {
        if !shared {
            raise(&mut self.alarms, REPLACED.to_owned());
            return;
        }
        self.keys_are_here();
        if news {
            raise(
                &mut self.alarms,
                "Your recovery key was replaced on another of your devices; the one you wrote down before does not work any \
                 more. Not you? /devices, then /revoke what you do not know, and /recovery new"
                    .to_owned(),
            );
        }
    }

    /// There is nothing to be unlocked any more.
    pub(super) fn keys_are_here(&mut self) {
        self.alarms.retain(|alarm| alarm != REPLACED);
    }
}

impl Form {
    fn new(title: String, lines: Vec<String>, label: String, proves: Proves) -> Self {
        Self { title, lines, label, input: Composer::default(), wrong: None, proves }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use securechat_client::ids::DeviceId;
    use securechat_client::{News, Told};

    use super::*;
    use crate::event::{Answer, Event};
    use crate::secret::Lost;
    use crate::state::testing::{NOW, looking_at};

    /// Its first byte is 98, so that the first of its 14 groups is asked for.
    const KEY: &str = "bcdf-2345-3456-4567-5678-6789-7890-8901-9012-0123-1234-2346-3457-4568";

    fn key(state: &mut State, code: KeyCode) -> Vec<Action> {
        state.on(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), NOW)
    }

    fn enter(state: &mut State, text: &str) -> Vec<Action> {
        for letter in text.chars() {
            key(state, KeyCode::Char(letter));
        }
        key(state, KeyCode::Enter)
    }

    fn answer(state: &mut State, answer: Answer) -> Vec<Action> {
        state.on(Event::Answer(answer), NOW)
    }

    fn form(state: &State) -> &Form {
        match &state.overlay {
            Some(Overlay::Form(form)) => form,
            other => panic!("a form, not {other:?}"),
        }
    }

    fn tell(state: &mut State, news: News) -> Vec<Action> {
        state.on(Event::Told(Told::News(news)), NOW)
    }

    #[test]
    fn a_new_key_is_used_only_when_a_group_of_it_was_typed_back() {
        let mut state = looking_at(vec![], (80, 24));
        let shown = || Answer::NewKey { key: Secret(KEY.into()), purpose: KeyFor::Change };
        answer(&mut state, shown());
        assert!(form(&state).lines.concat().contains("bcdf-2345"), "{:?}", form(&state));
        assert!(form(&state).label.contains("Group 1 of 14"), "{}", form(&state).label);
        assert!(enter(&mut state, "nope").is_empty());
        assert!(form(&state).wrong.is_some(), "and what was typed stays to be looked at");
        key(&mut state, KeyCode::Esc);
        assert!(state.overlay.is_none(), "nothing was asked for");
        answer(&mut state, shown());
        assert_eq!(enter(&mut state, "BCDF "), [Action::KeepKey(Secret(KEY.into()))]);
    }

    #[test]
    fn a_lost_device_ends_after_key_and_password_and_a_wrong_password_asks_again() {
        let mut state = looking_at(vec![], (80, 24));
        let lost = Lost { device: DeviceId::from_bytes([4; 16]), name: "phone".into() };
        let purpose = KeyFor::Lost(lost.clone());
        answer(&mut state, Answer::NewKey { key: Secret(KEY.into()), purpose });
        assert!(enter(&mut state, "bcdf").is_empty());
        assert!(form(&state).is_hidden());
        assert!(enter(&mut state, "").is_empty(), "no password at all");
        let purpose = PasswordFor::Lost(lost, Secret(KEY.into()));
        let asked = Action::WithPassword { password: Secret("a b".into()), purpose: purpose.clone() };
        assert_eq!(enter(&mut state, "a b"), [asked]);
        answer(&mut state, Answer::WrongPassword(purpose.clone()));
        assert!(form(&state).wrong.is_some() && form(&state).input.is_empty());
        assert_eq!(form(&state).proves, Proves::Password(purpose));
    }

    #[test]
    fn replaced_keys_are_an_alarm_until_they_are_here() {
        let mut state = looking_at(vec![], (80, 24));
        let read = |news| [Action::ReadKeys { news }];
        assert_eq!(tell(&mut state, News::VaultKey { known: false }), read(true));
        answer(&mut state, Answer::Keys { shared: false, news: true });
        assert!(state.bars().is_some_and(|bar| bar.contains("/unlock")));
        assert!(enter(&mut state, "/unlock").is_empty());
        let purpose = PasswordFor::SharedKeys;
        let asked = Action::WithPassword { password: Secret("p".into()), purpose };
        assert_eq!(enter(&mut state, "p"), [asked]);
        tell(&mut state, News::VaultKey { known: true });
        assert!(state.bars().is_none());
        answer(&mut state, Answer::Keys { shared: true, news: false });
        assert!(state.bars().is_none(), "nothing was replaced");
        answer(&mut state, Answer::Keys { shared: true, news: true });
        assert!(state.bars().is_some_and(|bar| bar.contains("/recovery new")), "the recovery key alone was");
    }

    #[test]
    fn whoever_comes_online_is_asked_whether_keys_were_replaced_meanwhile() {
        let mut state = looking_at(vec![], (80, 24));
        let actions = tell(&mut state, News::CaughtUp);
        assert!(actions.contains(&Action::ReadKeys { news: false }), "{actions:?}");
    }
}
