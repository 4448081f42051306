//! How the server fares, for those who run it: counts, sizes, health, limits and refusals; no name, address or text.

use securechat_ids::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::Code;

body! {
    /// How the server fares, told to the owner and admins. What is `null` could not be found out.
    Overview {
        /// Release of the program.
        version: String,
        /// When it was started, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        started_ms: UnixMillis,
        /// Its clock, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        now_ms: UnixMillis,
        /// Active accounts.
        people: u64,
        /// People with at least one device connected now.
        online: u64,
        /// Devices connected now.
        devices: u64,
        /// Open connections of every kind, the asker's own among them; `connections.max` bounds them.
        connections: u64,
        /// Rooms that somebody is in.
        rooms: u64,
        /// Invites that still work.
        invites: u64,
        /// Room taken and left.
        storage: Storage,
        /// What the server shows to TLS clients.
        certificate: Certificate,
        /// What was looked at just now, always the same things in the same order.
        health: Vec<Check>,
        /// The limits in force, by their names in the configuration file.
        limits: Vec<Limit>,
        /// What was refused since the start, by code; codes that did not occur are left out.
        refusals: Vec<RefusalCount>,
    }
}

body! {
    /// Room on the disk, in bytes.
    Storage {
        /// The database.
        database_bytes: Option<u64>,
        /// Its write-ahead log, which is emptied into it from time to time.
        wal_bytes: Option<u64>,
        /// What is left on the disk for the server's user.
        free_bytes: Option<u64>,
    }
}

body! {
    /// What the server shows to TLS clients.
    Certificate {
        /// Four words of the identity, to compare by voice.
        words: Vec<String>,
        /// When the certificate ends, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
        /// Whether it is the operator's own, who renews it; the server renews the one it made itself.
        own_files: bool,
    }
}

body! {
    /// One thing that was looked at.
    Check {
        /// `database`, `disk` or `certificate`.
        name: String,
        /// Whether all is well.
        ok: bool,
        /// What was found, for people.
        detail: String,
    }
}

body! {
    /// One limit in force.
    Limit {
        /// Its name in the configuration file, such as `limits.users_max` or `rates.device`.
        name: String,
        /// The bound; of a rate its burst.
        value: u64,
        /// `bytes`, `days`, `seconds`, `count`, or `messages` of a rate.
        unit: String,
        /// Of a rate: what comes back each second.
        per_second: Option<u64>,
    }
}

body! {
    /// How often one code was answered.
    RefusalCount {
        /// Which.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        code: Code,
        /// Over HTTP and WebSocket together.
        count: u64,
    }
}
