//! Who is who: comparing with people, and what must not happen and did.

use securechat_engine::Engine;
use securechat_engine::evidence::Evidence;
use securechat_ids::UserId;
use securechat_proto::http::B64;

use crate::address::four_words;
use crate::client::Client;
use crate::failure::Failure;
use crate::platform::{now, sleep_until};

/// Longest wait for what own devices are handed, and between two looks, in milliseconds.
const SETTLE_MS: u64 = 10_000;
const SETTLE_STEP_MS: u64 = 200;

/// What two people compare; both see the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Sixty digits in twelve groups.
    pub number: String,
    /// Four words, quicker to read aloud; weaker than the number.
    pub words: [&'static str; 4],
    /// What a QR code says.
    pub qr: String,
    root: [u8; 32],
}

impl Comparison {
    /// Whether this is what the other one said: the number, the words or the code, in whatever spacing.
    pub fn is(&self, said: &str) -> bool {
        let plain = |text: &str| {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
        };
        [plain(&self.number), plain(&self.words.concat()), plain(&self.qr)].contains(&plain(said))
    }
}

impl Client {
    /// What to compare with a person; `None` while their chain is not here.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn comparison(&self, user: UserId) -> Result<Option<Comparison>, Failure> {
        let seen = self.with(move |engine, _| engine.comparison(&user)).await?;
        Ok(seen.map(|seen| Comparison {
            number: seen.number,
            words: four_words(&seen.words_hash),
            qr: seen.qr,
            root: seen.root,
        }))
    }

    /// Marks a person as verified: what they said is what this device shows.
    ///
    /// # Errors
    /// [`Failure::Trust`] when it is something else.
    pub async fn confirm(&self, user: UserId, said: &str) -> Result<(), Failure> {
        let seen = self.comparison(user).await?;
        let seen = seen.ok_or_else(|| Failure::Other("nothing is known of this person yet".into()))?;
        if !seen.is(said) {
            return Err(Failure::Trust(
                "that is not what this device shows: read it again, slowly; if it differs again, somebody stands between \
                 you, so write nothing private and tell your team"
                    .into(),
            ));
        }
        self.act(move |engine, cx| engine.mark_verified(&user, seen.root, cx)).await
    }

    /// Takes a person's new keys without comparing.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn accept_root(&self, user: UserId) -> Result<(), Failure> {
        self.act(move |engine, cx| engine.accept_root(&user, cx)).await
    }

    /// Waits until this user's other devices have been handed what was marked; not for long where they cannot be.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn settle(&self) -> Result<(), Failure> {
        let end = now().plus(SETTLE_MS);
        while self.read(Engine::items_wait).await? && now() < end {
            sleep_until(Some(now().plus(SETTLE_STEP_MS))).await;
        }
        Ok(())
    }

    /// What must not happen and did, and the links of the log that this device has: everything another needs to see it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn evidence(&self) -> Result<(Vec<Evidence>, Vec<B64>), Failure> {
        self.read(|engine| Ok((engine.evidence()?, engine.log_links()?.into_iter().map(B64).collect()))).await
    }

    /// What nobody has looked at yet of it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn not_looked_at(&self) -> Result<Vec<Evidence>, Failure> {
        let mut all = self.read(Engine::evidence).await?;
        all.retain(|evidence| !evidence.looked_at);
        Ok(all)
    }

    /// A person has looked at an alarm, as it was shown: with or without the room before it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn look_at(&self, alarm: String) -> Result<(), Failure> {
        self.with(move |engine, cx| {
            let all = engine.evidence()?;
            for evidence in all.iter().filter(|evidence| alarm.ends_with(&evidence.sentence)) {
                engine.look_at(&evidence.sentence, cx)?;
            }
            Ok::<(), securechat_engine::EngineError>(())
        })
        .await??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_other_said_is_known_in_any_spacing_and_nothing_else_is() {
        let seen = Comparison {
            number: "01234 56789".into(),
            words: ["able", "zoo", "car", "dog"],
            qr: "SC-VERIFY:AB".into(),
            root: [0; 32],
        };
        for said in ["0123456789", " 01234-56789 ", "Able zoo car dog", "sc-verify:ab"] {
            assert!(seen.is(said), "{said}");
        }
        for said in ["", "01234", "able zoo car", "able zoo car cat"] {
            assert!(!seen.is(said), "{said}");
        }
    }
}
