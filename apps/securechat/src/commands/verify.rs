//! `verify`: what two people compare, and the mark that they have.

use std::path::Path;

use securechat_client::Failure;
use securechat_client::view::Trust;

use crate::at_work::online;
use crate::cli::Verify;
use crate::print;

pub(super) async fn run(home: &Path, args: Verify) -> Result<(), Failure> {
    online(home, async |client| {
        let (user, name) = (client.find_person(&args.user).await?, &args.user);
        if let Some(said) = &args.confirm {
            client.confirm(user, said).await?;
            print::say(&format!("{name} is verified; your other devices know it in a moment."));
            return client.settle().await;
        }
        if args.accept {
            client.accept_root(user).await?;
            print::say(&format!("The present keys of {name} are taken. They are not verified any more."));
            return client.settle().await;
        }
        let seen = client.comparison(user).await?;
        let seen = seen.ok_or_else(|| Failure::Other(format!("nothing is known of {name} yet")))?;
        print::line(&seen.number);
        print::line(&seen.words.join(" "));
        if args.qr {
            print::qr(&seen.qr)?;
        }
        let people = client.people().await?;
        let trust = people.iter().find(|person| person.user_id == user).map(|person| person.trust);
        print::say(match trust {
            Some(Trust::Verified) => "You have compared this before, and it has not changed.",
            Some(Trust::Changed) => {
                "THIS HAS CHANGED since you compared: they began anew, or somebody took their place. Compare again."
            }
            Some(Trust::Yourself | Trust::Unverified) | None => "You have not compared this yet.",
        });
        print::say(
            "Compare the digits, or the words, with what the other sees for you, face to face or on the phone. If they are \
             equal, nobody stands between you: `securechat verify @user --confirm` with what they read to you keeps that.",
        );
        Ok(())
    })
    .await
}
