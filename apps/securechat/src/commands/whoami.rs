//! `whoami`: who this device is.

use std::path::Path;

use securechat_client::{Client, Failure, Home, server_words};
use serde::Serialize;

use crate::print;

#[derive(Serialize)]
struct JsonMe {
    user: String,
    user_id: String,
    device: String,
    role: &'static str,
    server: String,
    server_words: String,
    login_link: String,
    key: String,
}

pub(super) async fn run(home: &Path, as_json: bool) -> Result<(), Failure> {
    let home = Home::own(home)?;
    let key = home.key_place()?.map(|place| place.to_string()).unwrap_or_default();
    let client = Client::start(home)?;
    let me = client.me().clone();
    let words = server_words(&me.server_pin).map(|words| words.join(" ")).unwrap_or_default();
    let link = client.login_link();
    client.close().await;
    if as_json {
        print::json(&JsonMe {
            user: me.user_name,
            user_id: me.user_id.to_string(),
            device: me.device_id.to_string(),
            role: me.role.text(),
            server: me.server_url,
            server_words: words,
            login_link: link,
            key,
        });
        return Ok(());
    }
    print::line(&format!("{} ({}) at {}", me.user_name, me.role.text(), me.server_url));
    print::line(&format!("Server words: {words}"));
    print::line(&format!("This device's key is {key}."));
    print::line(&format!("Another device of yours: securechat login '{link}' --username {}", me.user_name));
    Ok(())
}
