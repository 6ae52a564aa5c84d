//! A replica set as its topology names it: `replica-set:5:heartbeat_ms=50,client_on=0`.
//!
//! Guarantees: what is written is read back the same; a setting with its default is not written. Leaves out: whether
//! the values are within their bounds, which the lab checks.

use quorum_facade::SETTINGS;

/// What such a topology begins with.
const SET: &str = "replica-set:";

/// A replica set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many nodes.
    pub nodes: u32,
    /// Settings that differ from their defaults, by name.
    pub set: Vec<(String, u64)>,
}

impl Shape {
    /// The replica set of a topology; none of another world.
    pub fn parse(topology: &str) -> Option<Self> {
        let rest = topology.strip_prefix(SET)?;
        let (nodes, list) = rest.split_once(':').unwrap_or((rest, ""));
        let mut shape = Self { nodes: nodes.parse().ok()?, set: Vec::new() };
        for pair in list.split(',').filter_map(|pair| pair.split_once('=')) {
            if let Ok(value) = pair.1.parse() {
                shape.put(pair.0, value);
            }
        }
        Some(shape)
    }

    /// Its topology.
    pub fn topology(&self) -> String {
        let list: Vec<String> = self.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let nodes = self.nodes;
        if list.is_empty() { format!("{SET}{nodes}") } else { format!("{SET}{nodes}:{}", list.join(",")) }
    }

    /// A setting's value, else its default.
    pub fn value(&self, name: &str) -> u64 {
        let own = self.set.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        own.unwrap_or_else(|| default_of(name))
    }

    /// Changes a setting.
    pub fn put(&mut self, name: &str, value: u64) {
        self.set.retain(|(known, _)| known != name);
        if value != default_of(name) {
            self.set.push((name.to_owned(), value));
        }
    }
}

/// The default of a setting.
fn default_of(name: &str) -> u64 {
    SETTINGS.iter().find(|setting| setting.name == name).map_or(0, |setting| setting.default)
}

/// The bounds of a setting.
pub fn bounds(name: &str) -> (u64, u64) {
    SETTINGS.iter().find(|setting| setting.name == name).map_or((0, 0), |setting| (setting.min, setting.max))
}
