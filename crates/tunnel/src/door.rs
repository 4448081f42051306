//! Who may use the tunnel: the browser that was given the token in the printed link, known from then on by a cookie.
//!
//! Any program of this machine reaches a port on loopback, and any page can make a browser ask there. Neither has the token.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, header};
use securechat_proto::{Code, Refusal};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Wrong tokens in [`WINDOW`] until all are refused.
const WRONG_MAX: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// The two secrets of one run, and how often somebody guessed.
pub(crate) struct Door {
    token: Zeroizing<String>,
    cookie: Zeroizing<String>,
    /// Cookies know no ports: another tunnel of this machine must not replace this one's.
    cookie_name: String,
    wrong: Mutex<VecDeque<Instant>>,
}

impl Door {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            token: secret(),
            cookie: secret(),
            cookie_name: format!("securechat_local_{port}"),
            wrong: Mutex::default(),
        }
    }

    /// What the printed link carries in its fragment, which no browser sends.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The cookie for a right token.
    pub(crate) fn try_token(&self, given: &str) -> Result<String, Refusal> {
        let now = Instant::now();
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|at| now.duration_since(*at) < WINDOW);
        if let (true, Some(oldest)) = (wrong.len() >= WRONG_MAX, wrong.front()) {
            let wait = WINDOW.saturating_sub(now.duration_since(*oldest)).as_millis();
            let wait = u64::try_from(wait).unwrap_or(u64::MAX);
            return Err(Refusal::later(Code::RateLimited, "too many wrong tokens; wait a little", wait));
        }
        if is_equal(given, &self.token) {
            return Ok(format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name, *self.cookie));
        }
        wrong.push_back(now);
        Err(outside())
    }

    /// Whether a request has the cookie.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie_name && is_equal(value, &self.cookie))
    }
}

/// Goes out as 401, but not under the code of a session that has ended: that one would make the app throw its session away.
pub(crate) fn outside() -> Refusal {
    Refusal::new(Code::Forbidden, "open the link that `securechat web` printed")
}

fn is_equal(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

#[expect(clippy::disallowed_methods, reason = "the tunnel's one source of randomness")]
fn secret() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).expect("without the system's randomness nothing here is safe");
    Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_ten_wrong_tokens_even_the_right_one_waits_a_minute() {
        let door = Door::new(1);
        for _ in 0..WRONG_MAX {
            assert_eq!(door.try_token("wrong").unwrap_err().code, Code::Forbidden);
        }
        let refused = door.try_token(door.token()).unwrap_err();
        assert_eq!((refused.code, refused.retry_after_ms), (Code::RateLimited, 60_000));
        tokio::time::advance(WINDOW).await;
        assert!(door.try_token(door.token()).is_ok());
    }

    #[test]
    fn the_cookie_is_another_secret_and_is_found_among_others() {
        let door = Door::new(8766);
        assert_eq!(door.token().len(), 43);
        assert_ne!(*door.token, *door.cookie);
        let with = |text: String| HeaderMap::from_iter([(header::COOKIE, text.parse().unwrap())]);
        assert!(door.knows(&with(format!("a=b; securechat_local_8766={}; c", *door.cookie))));
        for wrong in [
            format!("securechat_local_8766={}", *door.token),
            format!("securechat_local_8767={}", *door.cookie),
            format!("securechat_local_8766={}x", *door.cookie),
            "securechat_local_8766=".to_owned(),
            String::new(),
        ] {
            assert!(!door.knows(&with(wrong.clone())), "{wrong}");
        }
    }
}
