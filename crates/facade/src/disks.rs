//! Disk models for a single engine, and the modelled cost of a write on each.
//!
//! A disk is two numbers: bytes per second, and a fixed time per sync. Guarantees: every disk has a source, or says
//! that it is a model; what [`model_us`] says is what a run with the same settings takes in virtual time, because it is
//! one. Leaves out: caches, queues and wear, which make real disks vary.

use super::Lab;
use super::answer::Answer;
use super::command::Command;
use super::run::RunConfig;
use quorum_types::{Micros, Refusal};

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in the catalogues, and in the document.
    pub key: &'static str,
    /// Log throughput in MB per second.
    pub mb_per_s: u64,
    /// Fixed part of a sync.
    pub sync_us: Micros,
    /// Whether writes take virtual time on it.
    pub real_time: bool,
    /// Where the two numbers come from.
    pub source: &'static str,
    /// The catalogue message that names the source.
    pub source_key: &'static str,
}

/// The disks, the default first.
pub const PRESETS: [Preset; 6] = [
    Preset {
        key: "disk-browser",
        mb_per_s: 68,
        sync_us: 1_000,
        real_time: false,
        source: "model: strict 1 MiB commits to IndexedDB measured at 68 MB/s, small ones at 1.0 ms",
        source_key: "disk-browser-src",
    },
    Preset {
        key: "disk-nvme",
        mb_per_s: 3_300,
        sync_us: 100,
        real_time: true,
        source: "Samsung 970 EVO Plus data sheet: 3,300 MB/s written in sequence; 0.1 ms a sync is a model",
        source_key: "disk-nvme-src",
    },
    Preset {
        key: "disk-ssd",
        mb_per_s: 530,
        sync_us: 2_000,
        real_time: true,
        source: "Samsung 870 EVO data sheet: 530 MB/s written in sequence; etcd documentation, Hardware \
                 recommendations: a typical local SSD does 500 writes a second one after the other, 2 ms each",
        source_key: "disk-ssd-src",
    },
    Preset {
        key: "disk-hdd",
        mb_per_s: 120,
        sync_us: 20_000,
        real_time: true,
        source: "etcd documentation, Hardware recommendations: a 7,200 rpm disk does 50 writes a second one after the \
                 other, 20 ms each; 120 MB/s is a model",
        source_key: "disk-hdd-src",
    },
    Preset {
        key: "disk-note",
        mb_per_s: 3,
        sync_us: 1_000,
        real_time: true,
        source: "course note 1: it prints 16.4 s for 100,000 rows, which are 54 MB of log here, 3.3 MB/s",
        source_key: "disk-note-src",
    },
    Preset {
        key: "disk-slow",
        mb_per_s: 2,
        sync_us: 1_000,
        real_time: true,
        source: "model: slow enough to be watched; several lessons use it",
        source_key: "disk-slow-src",
    },
];

impl Preset {
    /// The settings that select it, by name.
    pub fn settings(&self) -> [(&'static str, u64); 3] {
        [
            ("sync_mb_per_s", self.mb_per_s),
            ("sync_us", self.sync_us),
            ("real_time", u64::from(self.real_time)),
        ]
    }
}

/// The virtual time that a batch of this many rows takes on a disk, from the request to the acknowledgement, for a
/// client that waits for each before it sends the next; the mean of `times`.
pub fn model_us(preset: &Preset, batch: u64, times: u64) -> Result<Micros, Refusal> {
    let config = RunConfig {
        lesson: None,
        topology: Some("standalone".to_owned()),
        seed: 1,
        kept: false,
        lang: String::new(),
    };
    let settings = preset.settings().map(|(name, value)| (name.to_owned(), value));
    let mut lab = Lab::open_with(config, None, &settings)?;
    lab.forget();
    lab.advance(Micros::MAX, u32::MAX);
    let began = lab.now_us();
    for ticket in 1..=times.max(1) {
        lab.execute(ticket, Command::insert(batch, batch));
        lab.advance(Micros::MAX, u32::MAX);
        lab.take_events();
        if let Some((_, Answer::Refused { code, error, .. })) = lab.take_answers().pop() {
            return Err(Refusal::new(&code, error));
        }
    }
    Ok((lab.now_us() - began) / times.max(1))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::SETTINGS;
    use quorum_i18n::Lang;

    #[test]
    fn every_disk_has_a_source_a_name_in_both_languages_and_settings_that_are_taken() {
        for preset in PRESETS {
            assert!(preset.source.contains("model") || preset.source.contains(": "), "{preset:?}");
            for lang in [Lang::Zh, Lang::En] {
                for key in [preset.key, preset.source_key] {
                    assert_ne!(lang.f(key, &[]), key);
                }
            }
            for (name, value) in preset.settings() {
                let setting = SETTINGS.iter().find(|setting| setting.name == name).expect("a setting");
                assert!((setting.min..=setting.max).contains(&value), "{name}");
            }
        }
        let default =
            PRESETS[0].settings().map(|(name, _)| SETTINGS.iter().find(|setting| setting.name == name));
        let default = default.map(|setting| setting.map(|setting| (setting.name, setting.default)));
        assert_eq!(default, PRESETS[0].settings().map(Some), "the first disk is the default");
    }

    #[test]
    fn a_better_disk_is_faster_and_batches_matter_most_where_a_sync_is_dear() {
        let took = |key: &str, batch: u64| {
            let preset = PRESETS.iter().find(|preset| preset.key == key).expect("there");
            model_us(preset, batch, 3).expect("a model")
        };
        let single = ["disk-nvme", "disk-ssd", "disk-hdd"].map(|key| took(key, 1));
        assert_eq!(single, [300, 2_201, 20_205], "a sync, 0.2 ms to append, and the bytes");
        let rows_per_s = |key: &str, batch: u64| batch * 1_000_000 / took(key, batch);
        let gain = |key: &str| rows_per_s(key, 5_000) / rows_per_s(key, 100);
        assert!(gain("disk-hdd") > 2 * gain("disk-slow"), "{} {}", gain("disk-hdd"), gain("disk-slow"));
        // As course note 1 prints: 100,000 documents in 16.4 s, in batches of 5,000.
        let note = took("disk-note", 5_000) * 20;
        assert!((16_000_000..20_000_000).contains(&note), "{note}");
    }
}
