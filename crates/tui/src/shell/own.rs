//! Does what concerns the person's own devices and keys.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use securechat_client::{AddedByView, Client, DeviceView, Failure, new_recovery_key};

use crate::clock;
use crate::event::Answer;
use crate::secret::{KeyFor, Lost, PasswordFor, Secret};

pub(super) async fn devices(client: &Client) -> Result<Answer, Failure> {
    let zone = clock::zone();
    let mut lines = Vec::new();
    for device in client.devices().await? {
        let this = if device.current { "  (this one)" } else { "" };
        lines.push(format!("{}{this}", device.name));
        let (added, seen) = (clock::day(device.added, &zone), clock::day(device.last_seen, &zone));
        lines.push(format!("    added {added} by {}, last seen {seen}", added_by(&device.added_by)));
        if device.unanswered {
            lines.push("    Not you? /revoke it. It was you: /mine".to_owned());
        }
        lines.push(format!("    {}", device.device_id));
    }
    lines.push(String::new());
    lines.push("/link lets in a new one; /revoke ID ends one of them for ever.".to_owned());
    lines.push("/lost ID also replaces your keys: for a device that may be in other hands.".to_owned());
    Ok(Answer::Page { title: "Your devices".to_owned(), lines })
}

fn added_by(by: &AddedByView) -> String {
    match by {
        AddedByView::First => "the account's beginning".to_owned(),
        AddedByView::Device(Some(name)) => name.clone(),
        AddedByView::Device(None) => "a device that was removed since".to_owned(),
        AddedByView::RecoveryKey => "a log-in".to_owned(),
        AddedByView::Unknown => "somebody not known here yet".to_owned(),
    }
}

/// The one other device whose id begins so.
pub(super) async fn find_device(client: &Client, id: &str) -> Result<DeviceView, Failure> {
    let devices = client.devices().await?;
    let mut found = devices.into_iter().filter(|device| device.device_id.to_string().starts_with(id));
    match (found.next(), found.next()) {
        (Some(device), None) if id.len() >= 4 && !device.current => Ok(device),
        (Some(device), None) if device.current => {
            Err(Failure::Usage("this is the device you are using; `securechat logout` ends it".into()))
        }
        (None, _) => Err(Failure::Usage(format!("you have no device {id}; /devices lists them"))),
        _ => Err(Failure::Usage(format!("{id} could be several devices; give more of its id"))),
    }
}

/// How to let in a new device, with the way to this server as a QR code: it holds no secret.
pub(super) fn how_to_link(client: &Client) -> Result<Answer, Failure> {
    let link = client.login_link();
    let lines = vec![
        "On the new device:".to_owned(),
        String::new(),
        "In a browser, scan the code or open the link below it, and choose to link the browser.".to_owned(),
        String::new(),
        "In a terminal: securechat link, and the link.".to_owned(),
        String::new(),
        "It shows 26 letters and digits. Here: /link and what it shows.".to_owned(),
        String::new(),
        link.clone(),
    ];
    Ok(Answer::CodePage { title: "Let in a new device".to_owned(), code: code(&link)?, lines })
}

/// A text as the rows of a QR code, its quiet edge with it.
pub(crate) fn code(text: &str) -> Result<Vec<String>, Failure> {
    let code = QrCode::new(text.as_bytes()).map_err(|error| Failure::Other(error.to_string()))?;
    // Dark modules are spaces and light ones are filled, as every reader of codes wants it on a dark terminal.
    let mut drawn = code.render::<Dense1x2>();
    let drawn = drawn.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build();
    let rows: Vec<&str> = drawn.lines().collect();
    // Half of the quiet edge is enough beside a frame, and lets the code fit a terminal of 24 rows.
    let inner = rows.get(1..rows.len().saturating_sub(1)).unwrap_or_default();
    Ok(inner
        .iter()
        .map(|row| row.chars().skip(2).take(row.chars().count().saturating_sub(4)).collect())
        .collect())
}

pub(super) async fn recovery_key(client: &Client) -> Result<Answer, Failure> {
    let key = client.recovery_key().await?;
    let groups: Vec<&str> = key.split('-').collect();
    let mut lines =
        vec!["Whoever sees this can act as you. Keep it away from your devices.".to_owned(), String::new()];
    lines.extend(groups.chunks(7).map(|row| format!("    {}", row.join("-"))));
    lines.push(String::new());
    lines.push("Somebody may have seen it? /recovery new".to_owned());
    Ok(Answer::Page { title: "Your recovery key".to_owned(), lines })
}

pub(super) fn new_key() -> Answer {
    Answer::NewKey { key: Secret(new_recovery_key()), purpose: KeyFor::Change }
}

pub(super) async fn new_key_for_lost(client: &Client, id: &str) -> Result<Answer, Failure> {
    let device = find_device(client, id).await?;
    let lost = Lost { device: device.device_id, name: device.name };
    Ok(Answer::NewKey { key: Secret(new_recovery_key()), purpose: KeyFor::Lost(lost) })
}

pub(super) async fn keep_key(client: &Client, key: &Secret) -> Result<Answer, Failure> {
    client.rotate_recovery(&key.0).await?;
    Ok(Answer::Done("Your new recovery key works. Throw the old one away.".to_owned()))
}

pub(super) async fn with_password(
    client: &Client,
    password: &Secret,
    purpose: PasswordFor,
) -> Result<Answer, Failure> {
    let (done, words) = match &purpose {
        PasswordFor::SharedKeys => {
            (client.take_up_keys(&password.0).await, "This device shares with your others again.".to_owned())
        }
        PasswordFor::Lost(lost, key) => (
            client.lost_device(lost.device, &password.0, &key.0).await,
            format!("\"{}\" is out. Your new recovery key works, the old one does not any more.", lost.name),
        ),
    };
    match done {
        Ok(()) => Ok(Answer::Done(words)),
        Err(Failure::BadPassword) => Ok(Answer::WrongPassword(purpose)),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn reset_link(client: &Client, person: &str) -> Result<Answer, Failure> {
    let made = client.reset_link(client.find_person(person).await?).await?;
    let until = clock::day(made.expires, &clock::zone());
    Ok(Answer::Page {
        title: format!("Reset link for @{}", made.user_name),
        lines: vec![
            format!("Give this link to @{} in person or by telephone:", made.user_name),
            String::new(),
            made.link,
            String::new(),
            format!(
                "Whoever opens it speaks as @{} from then on. It works once, until {until}.",
                made.user_name
            ),
            format!("Everybody in the team is told that @{} began anew.", made.user_name),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_a_light_edge_and_fits_a_terminal_of_24_rows() {
        let rows = code("https://chat.example.org:8443/i#.AAECAwQFBgcICQoLDA0ODw").expect("fits");
        let wide = rows[0].chars().count();
        assert!(
            rows.iter()
                .all(|row| row.chars().count() == wide && row.starts_with("██") && row.ends_with("██"))
        );
        assert!(rows[0].chars().all(|part| part == '█'));
        assert!(rows.len() <= 20 && wide <= 41, "{wide} by {}", rows.len());
    }
}
