//! Text that people and files hand in: links, names, recovery keys, the server's configuration.

use securechat_client::export::{Line, Manifest};
use securechat_client::{InviteLink, server_words};
use securechat_engine::account::RecoveryKey;
use securechat_ids::{DeviceId, RoomId, UserName};
use securechat_server::Config;

pub(crate) fn invite_link(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _none_of_them_panics = server_words(text);
    if let Ok(link) = text.parse::<InviteLink>() {
        assert_eq!(link.to_string().parse(), Ok(link.clone()));
        // It becomes a header and a place to connect to: nothing in it may end a line or the host.
        assert!(
            !link.address.authority().contains(|c: char| c.is_control() || c == '/' || c == '@' || c == ' ')
        );
        assert!(!link.code.contains(char::is_control), "{:?}", link.code);
        assert!(link.address.pin.as_deref().is_none_or(|pin| server_words(pin).is_some()));
    }
}

/// A manifest or a line of an export that somebody hands over.
pub(crate) fn export(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        assert!(manifest.files.iter().all(|file| !file.name.contains(['/', '\\', '\0'])));
        let written = serde_json::to_vec(&manifest).expect("writes");
        assert_eq!(Manifest::parse(&written).expect("what was written can be read"), manifest);
        for room in &manifest.rooms {
            let _may_be_refused = room.room();
        }
    }
    if let Ok(line) = Line::parse(bytes) {
        assert_eq!(Line::parse(&serde_json::to_vec(&line).expect("writes")), Ok(line.clone()));
        if let Ok(Some(message)) = line.message() {
            assert!(!message.text.is_empty());
        }
    }
}

pub(crate) fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(name) = text.parse::<UserName>() {
        assert_eq!(name.as_str().parse(), Ok(name.clone()));
        assert!(name.as_str().len() <= UserName::CHARACTERS_MAX);
    }
    securechat_engine::hostile::room_name(text);
    if let Ok(key) = text.parse::<RecoveryKey>() {
        let written = key.to_text();
        let again = written.parse::<RecoveryKey>().expect("what was written can be read");
        assert_eq!(again.to_text(), written);
    }
    if let Ok(id) = text.parse::<RoomId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(id) = text.parse::<DeviceId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let clean = securechat_engine::clean::clean_line(text);
    assert_eq!(securechat_engine::clean::clean_line(&clean), clean);
    assert!(!clean.contains(char::is_control));
}

pub(crate) fn server_config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Config::parse(text) {
        Ok(config) => {
            let written = toml::to_string(&config).expect("what was read can be written");
            assert_eq!(Config::parse(&written), Ok(config), "{written}");
        }
        Err((line, why)) => {
            assert!(line <= 1 + text.matches('\n').count(), "line {line} of {text:?}");
            assert!(!why.contains('\n'));
        }
    }
}
