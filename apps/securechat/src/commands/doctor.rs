//! `doctor`: is this device well, and if not, what to do.

use std::path::Path;

use securechat_client::{Client, Failure, Finding, Health, Home};
use serde::Serialize;

use crate::print;

#[derive(Serialize)]
struct JsonFinding<'a> {
    check: &'a str,
    state: &'a str,
    sentence: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    to_do: &'a str,
}

/// Prints what was found; fails where not all of it is good or has been mended.
pub(super) async fn run(home: &Path, as_json: bool) -> Result<(), Failure> {
    let owned = Home::own(home)?;
    let key = owned.key_place()?.map_or_else(|| "nowhere".to_owned(), |place| place.to_string());
    let client = Client::start(owned)?;
    let found = client.doctor().await;
    client.close().await;
    let found = found?;
    if !as_json {
        print::line(&format!("{} (encrypted; its key is {key})", home.display()));
    }
    for finding in &found {
        if as_json {
            print::json(&JsonFinding {
                check: finding.check.name(),
                state: finding.state.name(),
                sentence: &finding.sentence,
                to_do: &finding.to_do,
            });
        } else {
            print::line(&plain(finding));
        }
    }
    match found.iter().filter(|finding| !finding.state.is_well()).count() {
        0 => Ok(()),
        n => Err(Failure::Other(format!("{n} of these should be looked at"))),
    }
}

fn plain(finding: &Finding) -> String {
    let mark = match finding.state {
        Health::Good => "ok   ",
        Health::Fixed => "FIXED",
        Health::Attention => "LOOK ",
        Health::Broken => "WRONG",
    };
    let check = finding.check.name().replace('_', " ");
    let to_do =
        if finding.to_do.is_empty() { String::new() } else { format!("\n{:20}-> {}", "", finding.to_do) };
    format!("{mark} {check:<13} {}{to_do}", finding.sentence)
}
