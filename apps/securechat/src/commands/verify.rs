//! `verify`: the number two people compare.

use std::path::Path;

use securechat_client::Failure;

use crate::at_work::online;
use crate::print;

pub(super) async fn run(home: &Path, user: &str) -> Result<(), Failure> {
    online(home, async |client| {
        let person = client.find_person(user).await?;
        let number = client.safety_number(person).await?;
        let number = number.ok_or_else(|| Failure::Other(format!("nothing is known of {user} yet")))?;
        print::line(&number);
        print::say(
            "Compare these digits with what the other sees for you, face to face or on the phone. If they are equal, \
             nobody stands between you.",
        );
        Ok(())
    })
    .await
}
