//! Every default of the simulation, with its unit and its source.
//!
//! Guarantees: no default without a source; “model” marks our own choices. Leaves out: lessons' choices, which override
//! these by name.

use quorum_types::{MS, Micros, Refusal, SECOND};

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The interval between a leader's heartbeats.
    pub heartbeat_us: Micros,
    /// Base of the election timeout, drawn from one to two times this.
    pub election_us: Micros,
    /// One-way latency of a link, lowest and highest.
    pub latency_us: (Micros, Micros),
    /// A sync of a node of a replica set, shortest and longest.
    pub fsync_us: (Micros, Micros),
    /// From power to a running process that reads its log.
    pub boot_us: Micros,
    /// Log bytes replayed a second.
    pub replay_bytes_per_s: u64,
    /// Log bytes synced a second by a standalone engine.
    pub sync_bytes_per_s: u64,
    /// Fixed part of a sync of a standalone engine.
    pub sync_us: Micros,
    /// Whether a standalone engine's writes take the time that its disk takes, however fast the disk is.
    pub real_time: bool,
    /// The number of generated rows per batch, if the learner does not say.
    pub batch_rows: u64,
    /// The number of documents of an import, likewise.
    pub import_rows: u64,
    /// Time between two writes of the client.
    pub client_interval_us: Micros,
    /// How long the client waits for one node's answer.
    pub client_attempt_us: Micros,
    /// How long the client tries before it gives a write up.
    pub client_deadline_us: Micros,
    /// Whether the client sends writes from the beginning.
    pub client_on: bool,
    /// How many writes the client makes in a run.
    pub client_writes: u64,
    /// A log file that has reached this length is followed by another.
    pub rotate_bytes: u64,
    /// A growing segment of this many bytes is sealed.
    pub segment_seal_bytes: u64,
    /// A segment that has grown for this long is sealed.
    pub segment_life_us: Micros,
    /// A segment of 16 MiB or more that got no row for this long is sealed.
    pub segment_idle_us: Micros,
    /// Rows indexed a second.
    pub index_rows_per_s: u64,
    /// Dimension of a replica set's vectors.
    pub dim: u32,
    /// Whether a candidate first asks what the answer would be.
    pub pre_vote: bool,
    /// Whether a leader that does not hear from a majority stops, and followers of a live leader do not vote.
    pub check_quorum: bool,
    /// The maximum number of bytes of uncommitted proposals; 0 for no limit.
    pub uncommitted_bytes: u64,
    /// A snapshot is taken after this many entries; 0 for never.
    pub snapshot_entries: u64,
    /// The number of nodes that vote at the start; 0 for all.
    pub voters: u32,
    /// The percentage of the client's operations that read a register.
    pub client_reads: u64,
    /// The percentage that write one.
    pub client_puts: u64,
    /// The percentage that write one if it still holds the value last read; the others insert rows.
    pub client_swaps: u64,
    /// The number of registers.
    pub client_keys: u64,
    /// Whether reads are served from the leader's lease.
    pub lease_reads: bool,
    /// The maximum number of entries in one append.
    pub append_entries: usize,
}

/// A setting as programs and people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, with its unit.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The default.
    pub default: u64,
    /// The minimum value.
    pub min: u64,
    /// The maximum value.
    pub max: u64,
    /// The source of the default.
    pub source: &'static str,
}

impl Setting {
    /// Refuses a name that is not in a table, and a value out of its bounds.
    pub fn check(table: &[Self], name: &str, value: u64) -> Result<(), Refusal> {
        let Some(setting) = table.iter().find(|setting| setting.name == name) else {
            let names: Vec<&str> = table.iter().map(|setting| setting.name).collect();
            let error = format!("there is no setting “{name}”; there are {}", names.join(", "));
            return Err(Refusal::new("unknown_setting", error));
        };
        if (setting.min..=setting.max).contains(&value) {
            return Ok(());
        }
        let error = format!("{name} takes {} to {} {}, not {value}", setting.min, setting.max, setting.unit);
        Err(Refusal::new("bad_setting", error))
    }
}

const ETCD: &str = "etcd 3.5 documentation, Tuning: heartbeat-interval 100 ms, election-timeout 1000 ms";
const ETCD_PRE_VOTE: &str = "etcd 3.5 documentation, configuration flags: pre-vote true";
const ETCD_CHECK_QUORUM: &str = "etcd 3.5 source, server/etcdserver/raft.go: CheckQuorum true";
const ETCD_READS: &str = "etcd 3.5 source, raft: ReadOnlySafe, a majority confirms each read";
const MODEL: &str = "model";
const MODEL_LINK: &str =
    "model: links between cities, slow enough to be seen; etcd's advice of election ≥ 10 round trips holds";
const MODEL_DISK: &str = "model: small strict IndexedDB commits measured at 1.0 ms (p50) to 5.8 ms (p99)";

/// All settings, in the order in which they are shown.
pub const ALL: [Setting; 34] = [
    Setting { name: "heartbeat_ms", unit: "ms", default: 100, min: 10, max: 10_000, source: ETCD },
    Setting { name: "election_ms", unit: "ms", default: 1_000, min: 50, max: 60_000, source: ETCD },
    Setting { name: "latency_min_ms", unit: "ms", default: 20, min: 0, max: 10_000, source: MODEL_LINK },
    Setting { name: "latency_max_ms", unit: "ms", default: 50, min: 0, max: 10_000, source: MODEL_LINK },
    Setting { name: "fsync_min_ms", unit: "ms", default: 1, min: 0, max: 10_000, source: MODEL_DISK },
    Setting { name: "fsync_max_ms", unit: "ms", default: 6, min: 0, max: 10_000, source: MODEL_DISK },
    Setting { name: "boot_ms", unit: "ms", default: 300, min: 0, max: 600_000, source: MODEL },
    Setting {
        name: "replay_mb_per_s",
        unit: "MB/s",
        default: 200,
        min: 1,
        max: 10_000,
        source: "model: IndexedDB reads 1 MiB chunks at 192 to 244 MB/s",
    },
    Setting {
        name: "sync_mb_per_s",
        unit: "MB/s",
        default: 68,
        min: 1,
        max: 10_000,
        source: "model: strict 1 MiB commits to IndexedDB measured at 68 MB/s",
    },
    Setting { name: "sync_us", unit: "µs", default: 1_000, min: 0, max: 1_000_000, source: MODEL_DISK },
    Setting {
        name: "real_time",
        unit: "0 or 1",
        default: 0,
        min: 0,
        max: 1,
        source: "model: 0 lets a disk of 20 MB/s or more write as fast as the program can; 1 shows what it takes",
    },
    Setting {
        name: "batch_rows",
        unit: "rows",
        default: 1_000,
        min: 1,
        max: 10_000,
        source: "course note 1: inserts of 1,000 rows",
    },
    Setting {
        name: "import_rows",
        unit: "rows",
        default: 100_000,
        min: 1,
        max: 1_000_000,
        source: "course note 1: a knowledge base of 100,000 documents",
    },
    Setting {
        name: "client_interval_ms",
        unit: "ms",
        default: 500,
        min: 10,
        max: 60_000,
        source: "model: course note 2 sends one request a second",
    },
    Setting { name: "client_attempt_ms", unit: "ms", default: 400, min: 10, max: 60_000, source: MODEL },
    Setting { name: "client_deadline_ms", unit: "ms", default: 1_000, min: 10, max: 600_000, source: MODEL },
    Setting {
        name: "wal_file_kib",
        unit: "KiB",
        default: 4_096,
        min: 1,
        max: 65_536,
        source: "model: small enough that 11,000 rows of 128 dimensions make two files",
    },
    Setting {
        name: "segment_seal_mb",
        unit: "MB",
        default: 122,
        min: 1,
        max: 1_024,
        source: "Milvus 2.5 docs: dataCoord.segment.maxSize 1024 MB × sealProportion 0.12",
    },
    Setting {
        name: "segment_life_s",
        unit: "s",
        default: 86_400,
        min: 1,
        max: 10_000_000,
        source: "Milvus 2.5 docs: dataCoord.segment.maxLife 86400 s",
    },
    Setting {
        name: "segment_idle_s",
        unit: "s",
        default: 600,
        min: 1,
        max: 10_000_000,
        source: "Milvus 2.5 docs: dataCoord.segment.maxIdleTime 600 s (from 16 MB on)",
    },
    Setting {
        name: "index_krows_per_s",
        unit: "1,000 rows/s",
        default: 50,
        min: 1,
        max: 10_000,
        source: MODEL,
    },
    Setting { name: "client_on", unit: "0 or 1", default: 1, min: 0, max: 1, source: MODEL },
    Setting {
        name: "client_writes",
        unit: "writes",
        default: 200_000,
        min: 0,
        max: 1_000_000,
        source: MODEL,
    },
    Setting { name: "pre_vote", unit: "0 or 1", default: 1, min: 0, max: 1, source: ETCD_PRE_VOTE },
    Setting { name: "check_quorum", unit: "0 or 1", default: 1, min: 0, max: 1, source: ETCD_CHECK_QUORUM },
    Setting {
        name: "uncommitted_kib",
        unit: "KiB",
        default: 0,
        min: 0,
        max: 1 << 20,
        source: "etcd 3.5 source, server/etcdserver/raft.go: MaxUncommittedEntriesSize is left at its default, no limit",
    },
    Setting {
        name: "snapshot_entries",
        unit: "entries",
        default: 10_000,
        min: 0,
        max: 1_000_000,
        source: "etcd 3.6 documentation: snapshot-count 10000",
    },
    Setting { name: "voters", unit: "nodes, 0 for all", default: 0, min: 0, max: 101, source: MODEL },
    Setting { name: "client_reads", unit: "%", default: 0, min: 0, max: 100, source: MODEL },
    Setting { name: "client_puts", unit: "%", default: 0, min: 0, max: 100, source: MODEL },
    Setting { name: "client_swaps", unit: "%", default: 0, min: 0, max: 100, source: MODEL },
    Setting { name: "client_keys", unit: "registers", default: 3, min: 1, max: 1_000, source: MODEL },
    Setting { name: "append_entries", unit: "entries", default: 64, min: 1, max: 10_000, source: MODEL },
    Setting { name: "lease_reads", unit: "0 or 1", default: 0, min: 0, max: 1, source: ETCD_READS },
];

impl Default for Settings {
    fn default() -> Self {
        let mut settings = Self {
            heartbeat_us: 0,
            election_us: 0,
            latency_us: (0, 0),
            fsync_us: (0, 0),
            boot_us: 0,
            replay_bytes_per_s: 0,
            sync_bytes_per_s: 0,
            sync_us: 0,
            real_time: false,
            batch_rows: 1,
            import_rows: 1,
            client_interval_us: 0,
            client_attempt_us: 0,
            client_deadline_us: 0,
            client_on: false,
            client_writes: 0,
            rotate_bytes: 0,
            segment_seal_bytes: 0,
            segment_life_us: 0,
            segment_idle_us: 0,
            index_rows_per_s: 0,
            dim: 8,
            pre_vote: false,
            check_quorum: false,
            uncommitted_bytes: 0,
            snapshot_entries: 0,
            voters: 0,
            client_reads: 0,
            client_puts: 0,
            client_swaps: 0,
            client_keys: 1,
            lease_reads: false,
            append_entries: 1,
        };
        for setting in ALL {
            settings.put(setting.name, setting.default);
        }
        settings
    }
}

impl Settings {
    /// Sets one by name. Refused if the name is unknown or the value is outside its bounds.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        Setting::check(&ALL, name, value)?;
        self.put(name, value);
        Ok(())
    }

    fn put(&mut self, name: &str, value: u64) {
        let ms = value * MS;
        match name {
            "heartbeat_ms" => self.heartbeat_us = ms,
            "election_ms" => self.election_us = ms,
            "latency_min_ms" => self.latency_us = (ms, self.latency_us.1.max(ms)),
            "latency_max_ms" => self.latency_us = (self.latency_us.0.min(ms), ms),
            "fsync_min_ms" => self.fsync_us = (ms, self.fsync_us.1.max(ms)),
            "fsync_max_ms" => self.fsync_us = (self.fsync_us.0.min(ms), ms),
            "boot_ms" => self.boot_us = ms,
            "replay_mb_per_s" => self.replay_bytes_per_s = value * 1_000_000,
            "sync_mb_per_s" => self.sync_bytes_per_s = value * 1_000_000,
            "sync_us" => self.sync_us = value,
            "real_time" => self.real_time = value > 0,
            "batch_rows" => self.batch_rows = value,
            "import_rows" => self.import_rows = value,
            "client_interval_ms" => self.client_interval_us = ms,
            "client_attempt_ms" => self.client_attempt_us = ms,
            "client_deadline_ms" => self.client_deadline_us = ms,
            "client_on" => self.client_on = value > 0,
            "client_writes" => self.client_writes = value,
            "wal_file_kib" => self.rotate_bytes = value * 1_024,
            "segment_seal_mb" => self.segment_seal_bytes = value * 1_000_000,
            "segment_life_s" => self.segment_life_us = value * SECOND,
            "segment_idle_s" => self.segment_idle_us = value * SECOND,
            "index_krows_per_s" => self.index_rows_per_s = value * 1_000,
            "pre_vote" => self.pre_vote = value > 0,
            "check_quorum" => self.check_quorum = value > 0,
            "uncommitted_kib" => self.uncommitted_bytes = value * 1_024,
            "snapshot_entries" => self.snapshot_entries = value,
            "voters" => self.voters = value as u32,
            "client_reads" => self.client_reads = value,
            "client_puts" => self.client_puts = value,
            "client_swaps" => self.client_swaps = value,
            "client_keys" => self.client_keys = value,
            "lease_reads" => self.lease_reads = value > 0,
            "append_entries" => self.append_entries = value as usize,
            _ => {}
        }
    }

    /// The value of a setting by name, as [`Settings::set`] takes it.
    pub fn value(&self, name: &str) -> Option<u64> {
        Some(match name {
            "heartbeat_ms" => self.heartbeat_us / MS,
            "election_ms" => self.election_us / MS,
            "latency_min_ms" => self.latency_us.0 / MS,
            "latency_max_ms" => self.latency_us.1 / MS,
            "fsync_min_ms" => self.fsync_us.0 / MS,
            "fsync_max_ms" => self.fsync_us.1 / MS,
            "boot_ms" => self.boot_us / MS,
            "replay_mb_per_s" => self.replay_bytes_per_s / 1_000_000,
            "sync_mb_per_s" => self.sync_bytes_per_s / 1_000_000,
            "sync_us" => self.sync_us,
            "real_time" => self.real_time.into(),
            "batch_rows" => self.batch_rows,
            "import_rows" => self.import_rows,
            "client_interval_ms" => self.client_interval_us / MS,
            "client_attempt_ms" => self.client_attempt_us / MS,
            "client_deadline_ms" => self.client_deadline_us / MS,
            "client_on" => self.client_on.into(),
            "client_writes" => self.client_writes,
            "wal_file_kib" => self.rotate_bytes / 1_024,
            "segment_seal_mb" => self.segment_seal_bytes / 1_000_000,
            "segment_life_s" => self.segment_life_us / SECOND,
            "segment_idle_s" => self.segment_idle_us / SECOND,
            "index_krows_per_s" => self.index_rows_per_s / 1_000,
            "pre_vote" => self.pre_vote.into(),
            "check_quorum" => self.check_quorum.into(),
            "uncommitted_kib" => self.uncommitted_bytes / 1_024,
            "snapshot_entries" => self.snapshot_entries,
            "voters" => self.voters.into(),
            "client_reads" => self.client_reads,
            "client_puts" => self.client_puts,
            "client_swaps" => self.client_swaps,
            "client_keys" => self.client_keys,
            "lease_reads" => self.lease_reads.into(),
            "append_entries" => self.append_entries as u64,
            _ => return None,
        })
    }
}

/// Makes the struct and its table from one list: name, unit, default, least, most, source.
#[macro_export]
macro_rules! settings_table {
    ($($(#[$doc:meta])* $name:ident: $unit:literal, $default:literal, $min:literal..=$max:literal, $source:expr;)*) => {
        /// The settings.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// All settings, in the order in which they are shown.
        pub const ALL: &[$crate::settings::Setting] = &[
            $($crate::settings::Setting {
                name: stringify!($name),
                unit: $unit,
                default: $default,
                min: $min,
                max: $max,
                source: $source,
            },)*
        ];

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Settings {
            /// The value of a setting by name.
            pub fn value(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }

            /// Sets one by name. Refused if the name is unknown or the value is outside its bounds.
            pub fn set(&mut self, name: &str, value: u64) -> Result<(), quorum_types::Refusal> {
                $crate::settings::Setting::check(ALL, name, value)?;
                self.put(name, value);
                Ok(())
            }

            fn put(&mut self, name: &str, value: u64) {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => {}
                }
            }
        }
    };
}

/// Checks a table against the guarantees of every table; `set` sets one setting of a fresh struct and reads it back.
pub fn check_table(all: &[Setting], set: impl Fn(&str, u64) -> Result<Option<u64>, Refusal>) {
    for setting in all {
        let Setting { name, unit, default, min, max, source } = *setting;
        assert!(!source.is_empty() && !unit.is_empty(), "{name} has no source");
        assert!((min..=max).contains(&default), "{name}");
        for value in [default, min, max] {
            assert_eq!(set(name, value), Ok(Some(value)), "{name}");
        }
        assert!(set(name, max + 1).is_err(), "{name}");
        // A figure of Milvus or of the course says which version or note.
        let named = source.starts_with("model") || source.chars().any(|c| c.is_ascii_digit());
        assert!(named, "{name}: “{source}” names neither a version nor a note");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_source_and_reads_back() {
        let defaults = Settings::default();
        for setting in ALL {
            assert!(!setting.source.is_empty(), "{} has no source", setting.name);
            assert!((setting.min..=setting.max).contains(&setting.default), "{}", setting.name);
            assert_eq!(defaults.value(setting.name), Some(setting.default), "{}", setting.name);
            let mut changed = Settings::default();
            changed.set(setting.name, setting.max).expect("within bounds");
            assert_eq!(changed.value(setting.name), Some(setting.max), "{}", setting.name);
            assert!(changed.set(setting.name, setting.max + 1).is_err());
        }
        assert_eq!(Settings::default().set("colour", 1).expect_err("refused").code, "unknown_setting");
    }
}
