//! How good a new password is, as far as anybody can say without knowing how it was chosen.

use securechat_client::check_strength;

use crate::words::StrengthView;

/// Bits from which each score begins, taking every character as drawn at random: generous, therefore high.
const SCORES: [f64; 4] = [40.0, 60.0, 80.0, 100.0];

/// Judges a password for a name.
pub fn judge(password: &str, user_name: &str) -> StrengthView {
    let problem = check_strength(password, user_name).err().map(|error| error.to_string());
    let bits = bits(password);
    let score = SCORES.iter().filter(|least| bits >= **least).count();
    let score = if problem.is_some() { 0 } else { u8::try_from(score).unwrap_or(4).max(1) };
    StrengthView { score, problem }
}

fn bits(password: &str) -> f64 {
    let any = |test: fn(char) -> bool| password.chars().any(test);
    let alphabet = [
        (any(|c| c.is_ascii_lowercase()), 26.0),
        (any(|c| c.is_ascii_uppercase()), 26.0),
        (any(|c| c.is_ascii_digit()), 10.0),
        (any(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 33.0),
        (any(|c| !c.is_ascii()), 100.0),
    ];
    let alphabet: f64 = alphabet.iter().filter(|(used, _)| *used).map(|(_, size)| size).sum();
    // What repeats the character before, or counts on from it, adds little.
    let mut fresh = 0.0;
    let mut before: Option<char> = None;
    for c in password.chars() {
        let step = before.map(|b| (i64::from(u32::from(c)) - i64::from(u32::from(b))).abs());
        fresh += if step.is_some_and(|step| step <= 1) { 0.2 } else { 1.0 };
        before = Some(c);
    }
    fresh * alphabet.max(1.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_and_more_mixed_is_better_and_a_row_of_keys_is_not() {
        assert_eq!(judge("short", "ana").score, 0);
        assert!(judge("ana-ana-", "ana").problem.is_none());
        assert!(judge("aaaaaaaaaaaaaaaa", "ana").problem.is_some());
        assert_eq!(judge("abcdefgh12345678", "ana").score, 1);
        assert!(judge("kettle-vivid-organ-plaza", "ana").score >= 4);
        assert!(judge("kvO9w2xq", "ana").score < 3);
    }
}
