//! Clocks that are wrong, in generated schedules.
//!
//! About a third of the seeds have them. They come from a random stream of their own, so that everything else about a
//! seed is the same with them and without. Guarantees: as `generate`; clocks are wrong by less than the margins of
//! leases and of elections allow for, unless a rule is off that is about them. Leaves out: everything else in a
//! schedule (`generate`), and what clocks do (`clocks`).

use super::Action;
use super::rules::Rule;
use super::topology::{Component, Place};
use quorum_sim::swarm::Timed;
use quorum_types::{MS, Micros, NodeId, Rng, SECOND};

/// The random stream.
const CLOCKS: u64 = (1 << 40) + 4;
/// Clocks are wrong by no more than this, in parts per million: two of them differ by less than a tenth.
const MOST_PPM: u64 = 40_000;
/// With the margin of leases off. Twice this is still less than the margin.
const WIDE_PPM: i64 = 50_000;

/// Whether a seed has clocks that are wrong.
fn has_clocks(seed: u64, off: Option<Rule>) -> bool {
    match off {
        None => Rng::new(seed, CLOCKS).below(3) == 0,
        Some(rule) => matches!(rule, Rule::LeaseMargin | Rule::LeaseCountsFromRequest),
    }
}

/// The margin that such clocks need, and leases and calls for which a rule makes a difference.
pub(super) fn settings(seed: u64, off: Option<Rule>) -> Vec<(String, u64)> {
    let settings: &[(&str, u64)] = match off {
        _ if !has_clocks(seed, off) => &[],
        Some(Rule::LeaseMargin) => &[
            ("lease_margin_percent", 10),
            ("session_ttl_ms", 3_000),
            ("keepalive_ms", 1_000),
            ("latency_max_us", 1_000),
            ("fsync_max_ms", 2),
            ("meta_members", 3),
        ],
        Some(Rule::LeaseCountsFromRequest) => &[
            ("session_ttl_ms", 1_500),
            ("keepalive_ms", 500),
            ("latency_max_us", 1_000),
            ("fsync_max_ms", 2),
            ("call_timeout_ms", 2_000),
            ("meta_members", 3),
        ],
        _ => &[("lease_margin_percent", 10)],
    };
    settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// The clocks of a seed between two moments.
pub(super) fn actions(
    seed: u64,
    off: Option<Rule>,
    places: &[Place],
    from: Micros,
    until: Micros,
) -> Vec<Timed<Action>> {
    let mut maker = Maker { rng: Rng::new(seed, CLOCKS), places, at: from, actions: Vec::new() };
    if !has_clocks(seed, off) {
        return maker.actions;
    }
    maker.rng.below(3);
    let gap_us = [300 * MS, SECOND, 3 * SECOND][maker.rng.below(3) as usize];
    maker.at += maker.rng.below(400 * MS);
    while maker.at < until {
        match off {
            Some(Rule::LeaseMargin) => maker.slow_holder(),
            Some(Rule::LeaseCountsFromRequest) => maker.late_answers(),
            _ => maker.any(),
        }
        maker.at += 1 + maker.rng.below(2 * gap_us);
    }
    maker.actions
}

/// The actions being generated.
struct Maker<'p> {
    rng: Rng,
    places: &'p [Place],
    at: Micros,
    actions: Vec<Timed<Action>>,
}

impl Maker<'_> {
    fn put(&mut self, at: Micros, action: Action) {
        self.actions.push(Timed { t_us: at, action });
    }

    fn of(&self, component: Component) -> Vec<NodeId> {
        let of = self.places.iter().filter(|place| place.component == component);
        of.map(|place| place.id).collect()
    }

    /// Some clock. Elections and their leases tolerate no jumps, so members of groups have none.
    fn any(&mut self) {
        let place = self.places[self.rng.below(self.places.len() as u64) as usize];
        let drift_ppm = self.rng.below(2 * MOST_PPM) as i64 - MOST_PPM as i64;
        let jump_us = self.rng.below(2) as i64 * (self.rng.below(800 * MS) as i64 - 400 * MS as i64);
        let period_us = self.rng.below(2) * (20 * MS + self.rng.below(300 * MS));
        let in_group = matches!(place.component, Component::Meta | Component::Wal);
        let jumps = !in_group && !place.component.coordinates();
        let jump_us = if jumps { jump_us } else { 0 };
        self.put(self.at, Action::Clock { node: place.id, drift_ppm, jump_us, period_us });
    }

    /// A pod with a session.
    fn holder(&mut self) -> NodeId {
        let has = |place: &&Place| {
            let worker = matches!(place.component, Component::QueryNode | Component::StreamingNode);
            place.component.coordinates() || worker
        };
        let holders: Vec<NodeId> = self.places.iter().filter(has).map(|place| place.id).collect();
        holders[self.rng.below(holders.len() as u64) as usize]
    }

    /// A pod with a slow clock loses the metadata store, whose clocks are fast.
    fn slow_holder(&mut self) {
        let (at, node, store) = (self.at, self.holder(), self.of(Component::Meta));
        let clock = |node, drift_ppm| Action::Clock { node, drift_ppm, jump_us: 0, period_us: 0 };
        for member in &store {
            self.put(at, clock(*member, WIDE_PPM));
        }
        self.put(at, clock(node, -WIDE_PPM));
        let but = (1..=self.places.len() as NodeId).filter(|id| !store.contains(id)).collect();
        // After at least one renewal with these clocks.
        let cut = at + SECOND + self.rng.below(SECOND);
        self.put(cut, Action::Partition { side: vec![node], but });
        self.at = cut + 4 * SECOND;
        self.put(self.at, Action::Heal);
    }

    /// The metadata store's answers to a pod are late, and the pod's requests are lost meanwhile.
    fn late_answers(&mut self) {
        let (at, from) = (self.at, self.holder());
        for to in self.of(Component::Meta) {
            self.put(at, Action::Clog { from: to, to: from, us: 1_200 * MS });
            self.put(at + 550 * MS, Action::Cut { from, to, one_way: true });
        }
        self.at += 4 * SECOND;
        self.put(self.at, Action::Heal);
    }
}
