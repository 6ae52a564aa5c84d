//! The bank: the incidents that are built in, and the three of an exam.
//!
//! Guarantees: the incidents stand in the order of their files; the same seed draws the same three, all different.
//! Leaves out: what an incident does with the seed (`case`).

use std::sync::OnceLock;

use quorum_types::Rng;

use super::{INCIDENTS, Incident};

/// The stream of an exam's draw.
const STREAM: u64 = 0x65_78_61_6d;

static BANK: OnceLock<Vec<Incident>> = OnceLock::new();

/// Every incident.
pub fn bank() -> &'static [Incident] {
    BANK.get_or_init(|| {
        let text = include_str!(concat!(env!("OUT_DIR"), "/bank.json"));
        // A test reads every file; a page with a file that it cannot read has no exam rather than half of one.
        serde_json::from_str(text).unwrap_or_default()
    })
}

/// The incident with this name.
pub fn find(id: &str) -> Option<&'static Incident> {
    bank().iter().find(|incident| incident.id == id)
}

/// The incidents of the exam of a seed.
pub fn three(seed: u64) -> Vec<&'static Incident> {
    let mut rng = Rng::new(seed, STREAM);
    let mut left: Vec<&Incident> = bank().iter().collect();
    let mut drawn = Vec::new();
    while drawn.len() < INCIDENTS && !left.is_empty() {
        let at = rng.below(left.len() as u64) as usize;
        drawn.push(left.remove(at));
    }
    drawn
}
