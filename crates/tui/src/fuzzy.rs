//! How well a few typed letters fit a name.

/// Higher fits better; `None` if the letters are not all there in their order.
pub(crate) fn score(typed: &str, name: &str) -> Option<i64> {
    let mut name_chars = name.chars().flat_map(char::to_lowercase).enumerate();
    let mut score = 0;
    let mut last: Option<usize> = None;
    let mut before = ' ';
    for wanted in typed.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()) {
        loop {
            let (at, c) = name_chars.next()?;
            let starts_word = !before.is_alphanumeric();
            before = c;
            if c == wanted {
                let follows = last.is_some_and(|last| last + 1 == at);
                score += 1 + i64::from(follows) * 4 + i64::from(starts_word) * 6;
                last = Some(at);
                break;
            }
        }
    }
    // Of two names that fit alike the shorter one is meant.
    let length = i64::try_from(name.chars().count()).unwrap_or(i64::MAX / 2);
    Some(score * 100 - length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_must_be_there_in_their_order() {
        assert!(score("gnl", "#general").is_some());
        assert!(score("lg", "#general").is_none());
        assert!(score("", "#general").is_some());
    }

    #[test]
    fn starts_of_words_and_runs_win_over_scattered_letters() {
        assert!(score("op", "#ops") > score("op", "#shop-plan"));
        assert!(score("rb", "#rollback-build") > score("rb", "#orbit"));
        assert!(score("ops", "#ops") > score("ops", "#ops-archive"));
    }
}
