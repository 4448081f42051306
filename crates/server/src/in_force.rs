//! The limits in force under their names in the configuration file, for those who run the server.

use securechat_delivery::Limits;
use securechat_delivery::fairness::{Rate, Rates};
use securechat_proto::http::Limit;

use crate::config::{Config, Connections};

/// All limits, as they hold after the protocol's and the system's own bounds.
pub(crate) fn limits(config: &Config, connections: &Connections, limits: &Limits) -> Vec<Limit> {
    let mut all = section("limits", limits);
    all.extend(section("connections", connections));
    all.push(counted("passwords.queue", config.passwords.queue.max(1) as u64));
    all.extend(config.storage.bytes_max.map(|bytes| counted("storage.bytes_max", bytes)));
    let Rates { device, account, address, room } = config.rates;
    all.extend([
        rate("rates.device", device),
        rate("rates.account", account),
        rate("rates.address", address),
        rate("rates.room", room),
    ]);
    all
}

/// Every number of a section: one that is added to the configuration is shown here too.
fn section(name: &str, section: &impl serde::Serialize) -> Vec<Limit> {
    let section = serde_json::to_value(section).unwrap_or_default();
    let numbers = section.as_object().into_iter().flatten();
    numbers.filter_map(|(key, value)| Some(counted(&format!("{name}.{key}"), value.as_u64()?))).collect()
}

fn counted(name: &str, value: u64) -> Limit {
    // Names in the configuration say what they count.
    let unit = ["bytes", "seconds", "days"].into_iter().find(|unit| name.contains(&format!("_{unit}")));
    let unit = unit.or(name.contains(".bytes_").then_some("bytes")).unwrap_or("count");
    Limit { name: name.to_owned(), value, unit: unit.to_owned(), per_second: None }
}

fn rate(name: &str, rate: Rate) -> Limit {
    // A bucket takes zero for one.
    let (burst, per_second) = (u64::from(rate.burst.max(1)), u64::from(rate.per_second.max(1)));
    Limit { name: name.to_owned(), value: burst, unit: "messages".to_owned(), per_second: Some(per_second) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(config: &Config) -> Vec<String> {
        let limits = limits(config, &config.connections, &config.limits);
        let one = |limit: &Limit| {
            let flow = limit.per_second.map(|flow| format!(", {flow}/s")).unwrap_or_default();
            format!("{} {} {}{flow}", limit.name, limit.value, limit.unit)
        };
        limits.iter().map(one).collect()
    }

    #[test]
    fn each_has_its_name_and_unit() {
        let mut config = Config::default();
        let all = shown(&config);
        for line in [
            "limits.message_bytes_max 65536 bytes",
            "limits.users_max 10000 count",
            "limits.session_days 30 days",
            "limits.invite_seconds_max 31536000 seconds",
            "connections.max 18000 count",
            "passwords.queue 32 count",
            "rates.device 60 messages, 10/s",
        ] {
            assert!(all.iter().any(|shown| shown == line), "{line}: {all:#?}");
        }
        assert!(!all.iter().any(|shown| shown.starts_with("storage.")), "no bound is no limit");
        config.storage.bytes_max = Some(8_192);
        config.rates.room = Rate { burst: 0, per_second: 0 };
        let all = shown(&config);
        assert!(all.contains(&"storage.bytes_max 8192 bytes".to_owned()), "{all:#?}");
        assert!(all.contains(&"rates.room 1 messages, 1/s".to_owned()), "{all:#?}");
    }
}
