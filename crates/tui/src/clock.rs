//! The one place of this crate that asks for the time and the zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use securechat_client::ids::UnixMillis;

/// This machine's time.
#[expect(clippy::disallowed_methods, reason = "the face's one clock; everything else is handed `now`")]
pub(crate) fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The reader's zone.
pub(crate) fn zone() -> TimeZone {
    TimeZone::system()
}

/// A moment on the reader's clock: `14:02`.
pub(crate) fn hour(time: UnixMillis, zone: &TimeZone) -> String {
    shown(time, zone, "%H:%M")
}

/// A moment on the reader's calendar: `Tue 24 Nov 2026`.
pub(crate) fn day(time: UnixMillis, zone: &TimeZone) -> String {
    shown(time, zone, "%a %-d %b %Y")
}

fn shown(time: UnixMillis, zone: &TimeZone, format: &str) -> String {
    let ms = i64::try_from(time.0).unwrap_or(i64::MAX);
    // Beyond the year 9999 there is nothing to show.
    let Ok(moment) = Timestamp::from_millisecond(ms) else { return "?".to_owned() };
    moment.to_zoned_datetime(zone.clone()).strftime(format).to_string()
}

/// Seconds until a moment, rounded up.
pub(crate) fn seconds_until(until: UnixMillis, now: UnixMillis) -> u64 {
    until.0.saturating_sub(now.0).div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_zone_of_the_reader() {
        let time = UnixMillis(1_795_524_600_000);
        assert_eq!(day(time, &TimeZone::UTC), "Tue 24 Nov 2026");
        assert_eq!(hour(time, &TimeZone::UTC), "12:50");
        assert_eq!(hour(time, &TimeZone::fixed(jiff::tz::offset(2))), "14:50");
        assert_eq!(day(UnixMillis(u64::MAX), &TimeZone::UTC), "?");
    }

    #[test]
    fn a_wait_is_rounded_up_and_never_negative() {
        assert_eq!(seconds_until(UnixMillis(2_001), UnixMillis(0)), 3);
        assert_eq!(seconds_until(UnixMillis(1), UnixMillis(5)), 0);
    }
}
