//! What a lesson can read from a world besides its events: metrics by name, and which nodes a word refers to.
//!
//! A metric is a name and a function that reads its value; each world offers its own (`SimWorld::metrics`,
//! `SimWorld::metric`). Guarantees: reading is cheap enough to be done at every event, and changes nothing; a name that
//! is unknown here is rejected when a lesson is checked. Leaves out: what predicates make of it (`lesson::evaluator`).

use super::sim_world::SimWorld;
use quorum_lesson::MetricSource;
use quorum_types::NodeId;

/// A metric and the function that reads it.
pub(super) type MetricReader<W> = (&'static str, fn(&W) -> i64);

/// Metrics that every world has.
const OF_ALL: [&str; 5] = ["majority", "rto_us", "failed", "down_us", "rows.acknowledged"];

/// A count as a metric reads it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A world as a grader sees it.
pub(super) struct MetricView<'a> {
    /// The world.
    pub(super) world: &'a dyn SimWorld,
    /// Whether some node has a working connection, in both directions, to a majority of the voters.
    pub(super) majority: bool,
}

impl MetricView<'_> {
    /// Every metric that this world has.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names = OF_ALL.to_vec();
        names.extend(self.world.metrics());
        names
    }
}

impl MetricSource for MetricView<'_> {
    fn metric(&self, name: &str) -> Option<i64> {
        match name {
            "majority" => {
                return Some(self.world.metric("majority").unwrap_or(i64::from(self.majority)));
            }
            // The current or last outage: its duration, once it is over, and the requests that failed in it.
            "rto_us" => return self.world.outage().and_then(|it| Some(whole(it.rto_us()?))),
            "failed" => return Some(self.world.outage().map_or(0, |it| whole(it.failed))),
            "down_us" => {
                let now = self.world.now();
                let down_since_us = self.world.outage().and_then(|it| it.down_since_us);
                return Some(down_since_us.map_or(0, |since_us| whole(now.saturating_sub(since_us))));
            }
            "rows.acknowledged" => return Some(whole(self.world.acknowledged())),
            _ => {}
        }
        self.world.metric(name).or_else(|| {
            // Only worlds whose metrics say so have a metric for each setting.
            let setting =
                name.strip_prefix("setting.").filter(|_| self.world.metrics().contains(&"setting.*"))?;
            self.world.setting(setting).map(whole)
        })
    }

    fn is_called(&self, node: NodeId, word: &str) -> bool {
        self.world.named(word).is_some_and(|named| named.contains(&node))
    }
}

/// Reads a metric of a world.
pub(super) fn read<W>(metrics: &[MetricReader<W>], world: &W, name: &str) -> Option<i64> {
    metrics.iter().find(|(known, _)| *known == name).map(|(_, read)| read(world))
}
