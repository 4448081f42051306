//! Lengths of time as people write them.

use securechat_client::Failure;

/// Seconds of a duration like `30s`, `15m`, `12h`, `7d`.
pub(crate) fn seconds(text: &str) -> Result<u64, Failure> {
    let wrong = || Failure::Usage(format!("'{text}' is not a time; write 30s, 15m, 12h or 7d"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|seconds| *seconds > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(seconds("90s").ok(), Some(90));
        assert_eq!(seconds("7d").ok(), Some(604_800));
        for wrong in ["", "7", "d", "0h", "1w", "-1h", "99999999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
