//! The name people log in with and are mentioned by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 1–32 of `[a-z0-9._-]`; capital letters are folded, anything else is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// Why a text is not a user name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// Empty, or longer than 32 characters.
    #[error("a user name has 1 to 32 characters")]
    Length,
    /// Holds something else than letters, digits, dot, underscore and hyphen.
    #[error("a user name has only the letters a-z, digits, '.', '_' and '-'")]
    Character,
}

impl UserName {
    /// Most characters a name may have.
    pub const CHARACTERS_MAX: usize = 32;

    /// The folded name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !text.chars().all(allowed) {
            return Err(UserNameError::Character);
        }
        if text.is_empty() || text.len() > Self::CHARACTERS_MAX {
            return Err(UserNameError::Length);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl TryFrom<String> for UserName {
    type Error = UserNameError;

    fn try_from(text: String) -> Result<Self, UserNameError> {
        text.parse()
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_letters_are_folded() {
        assert_eq!("Ana.Maria-1_x".parse::<UserName>().map(|n| n.to_string()), Ok("ana.maria-1_x".into()));
    }

    /// The old project's account takeover: a line break in a name wrote a second account.
    #[test]
    fn what_could_break_a_line_or_a_field_is_refused() {
        for text in ["eve\nroot", "eve:hash", "eve\r", "eve\0", "é", "a b", "ａｎａ", "ana\u{202e}"] {
            assert_eq!(text.parse::<UserName>(), Err(UserNameError::Character), "{text:?}");
        }
    }

    #[test]
    fn length_is_one_to_thirty_two() {
        assert_eq!("".parse::<UserName>(), Err(UserNameError::Length));
        assert_eq!("a".repeat(33).parse::<UserName>(), Err(UserNameError::Length));
        assert!("a".repeat(32).parse::<UserName>().is_ok());
    }
}
