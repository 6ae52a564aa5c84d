//! Majority arithmetic: how many nodes must agree, how many may fail, how likely more fail, and what it costs.
//!
//! Assumes that nodes fail independently, each with the same availability, and that zones do too, each taking its nodes
//! down with it; a majority is of all nodes, available or not. Real failures have common causes (a bad release, a full
//! disk everywhere), so real odds are worse. Guarantees: exact sums, no sampling. Leaves out: repair times, which the
//! availability already includes.

/// More nodes than this are not reckoned with.
pub(crate) const MAX_NODES: u32 = 99;

/// How many of `n` nodes are a majority; 0 of none.
pub fn need(n: u32) -> u32 {
    if n == 0 { 0 } else { n / 2 + 1 }
}

/// How many of `n` nodes may fail while the others are a majority.
pub fn tolerated(n: u32) -> u32 {
    n - need(n)
}

/// What a number of nodes is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// How many nodes.
    pub nodes: u32,
    /// How many of them are a majority.
    pub need: u32,
    /// How many may fail.
    pub tolerated: u32,
    /// A smaller number of nodes that tolerates as many failures: one node adds nothing.
    pub as_few: Option<u32>,
}

/// The row of a number of nodes.
pub fn row(nodes: u32) -> Row {
    let as_few = nodes.checked_sub(1).filter(|few| *few > 0 && tolerated(*few) == tolerated(nodes));
    Row { nodes, need: need(nodes), tolerated: tolerated(nodes), as_few }
}

/// The rows of 1 to 9 nodes.
pub fn table() -> [Row; 9] {
    core::array::from_fn(|at| row(at as u32 + 1))
}

/// The chance that fewer than a majority of `n` nodes are there, each of which is there for a share `p` of the time.
#[cfg(test)]
fn loses_quorum(n: u32, p: f64) -> f64 {
    loses_quorum_in_zones(&[n], p, 1.0)
}

/// The same with the nodes spread over zones, this many in each; a zone is available for a share `zone` of the time,
/// and when it is down, so are its nodes. With more than `MAX_NODES` nodes the result is certainty.
pub fn loses_quorum_in_zones(nodes: &[u32], p: f64, zone: f64) -> f64 {
    let total: u32 = nodes.iter().fold(0, |sum, n| sum.saturating_add(*n));
    if total == 0 || total > MAX_NODES {
        return 1.0;
    }
    let (p, zone) = (p.clamp(0.0, 1.0), zone.clamp(0.0, 1.0));
    // The probability that this many nodes are available, over the zones processed so far.
    let mut there = vec![1.0];
    for n in nodes {
        let mut of_zone = binomial(*n, p);
        of_zone.iter_mut().for_each(|chance| *chance *= zone);
        of_zone[0] += 1.0 - zone;
        let mut sums = vec![0.0; there.len() + *n as usize];
        for (a, x) in there.iter().enumerate() {
            for (b, y) in of_zone.iter().enumerate() {
                sums[a + b] += x * y;
            }
        }
        there = sums;
    }
    there.iter().take(need(total) as usize).sum()
}

/// The chances that 0 to `n` of `n` are there. Built up node by node, so that nothing overflows.
fn binomial(n: u32, p: f64) -> Vec<f64> {
    let mut chances = vec![1.0];
    for _ in 0..n {
        let mut more = vec![0.0; chances.len() + 1];
        for (k, chance) in chances.iter().enumerate() {
            more[k] += chance * (1.0 - p);
            more[k + 1] += chance * p;
        }
        chances = more;
    }
    chances
}

/// How many nodes each zone gets when `n` are spread in turn.
pub fn spread(n: u32, zones: u32) -> Vec<u32> {
    let zones = zones.max(1);
    (0..zones).map(|zone| n / zones + u32::from(zone < n % zones)).collect()
}

/// How nodes stand, some of which are down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumStatus {
    /// How many are up.
    pub up: u32,
    /// How many are a majority.
    pub need: u32,
    /// How many more may fail; none where no leader can be elected.
    pub spare: Option<u32>,
    /// How many would still be up without each zone.
    pub(crate) without_zone: Vec<u32>,
}

impl QuorumStatus {
    /// Of nodes of which each is up or not, spread over zones in turn: the first in the first zone, and so on.
    pub fn of(up: &[bool], zones: u32) -> Self {
        let zones = zones.max(1);
        let count = |left_out: Option<u32>| {
            let counts = |(at, up): &(usize, &bool)| **up && Some(zone_of(*at as u32, zones)) != left_out;
            up.iter().enumerate().filter(counts).count() as u32
        };
        let (there, need) = (count(None), need(up.len() as u32));
        let spare = there.checked_sub(need).filter(|_| need > 0);
        Self { up: there, need, spare, without_zone: (0..zones).map(|zone| count(Some(zone))).collect() }
    }

    /// The zones that must not fail now, from 0.
    pub fn must_stay(&self) -> impl Iterator<Item = u32> {
        let needed = |(_, left): &(usize, &u32)| **left < self.need;
        self.without_zone.iter().enumerate().filter(needed).map(|(zone, _)| zone as u32)
    }
}

/// The zone of a node, both from 0, when nodes are spread in turn.
pub fn zone_of(node: u32, zones: u32) -> u32 {
    node % zones.max(1)
}

/// Converts a share of the time to minutes per year.
pub fn minutes_a_year(share: f64) -> f64 {
    share * 365.0 * 24.0 * 60.0
}

/// What `n` nodes cost, with what `base` nodes cost as 1. Nodes alone; that each write goes to more of them is left
/// out.
pub fn cost(n: u32, base: u32) -> f64 {
    f64::from(n) / f64::from(base.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_nodes_bear_one_failure_as_three_do() {
        let facts: Vec<(u32, u32, u32, Option<u32>)> =
            table().iter().map(|row| (row.nodes, row.need, row.tolerated, row.as_few)).collect();
        assert_eq!(
            facts,
            [
                (1, 1, 0, None),
                (2, 2, 0, Some(1)),
                (3, 2, 1, None),
                (4, 3, 1, Some(3)),
                (5, 3, 2, None),
                (6, 4, 2, Some(5)),
                (7, 4, 3, None),
                (8, 5, 3, Some(7)),
                (9, 5, 4, None),
            ]
        );
        assert_eq!((need(0), tolerated(0), row(0).as_few), (0, 0, None));
    }

    /// Every way in which nodes and zones can be there or not, one by one.
    fn counted(nodes: &[u32], p: f64, zone: f64) -> f64 {
        let homes: Vec<usize> =
            nodes.iter().enumerate().flat_map(|(at, n)| (0..*n).map(move |_| at)).collect();
        let (zones, total) = (nodes.len(), homes.len());
        let chance = |mask: usize, bits: usize, p: f64| {
            (0..bits).map(|bit| if mask >> bit & 1 == 1 { p } else { 1.0 - p }).product::<f64>()
        };
        let mut lost = 0.0;
        for up in 0..1_usize << zones {
            for mask in 0..1_usize << total {
                let there = (0..total).filter(|at| mask >> at & 1 == 1 && up >> homes[*at] & 1 == 1).count();
                if 2 * there <= total {
                    lost += chance(up, zones, zone) * chance(mask, total, p);
                }
            }
        }
        lost
    }

    #[test]
    fn the_chance_of_losing_quorum_is_that_of_counting_every_case() {
        for (nodes, p, zone) in [
            (&[1_u32][..], 0.99, 1.0),
            (&[3], 0.9, 1.0),
            (&[4], 0.9, 1.0),
            (&[5], 0.5, 1.0),
            (&[1, 1, 1], 0.99, 0.999),
            (&[2, 1], 0.9, 0.95),
            (&[2, 2, 1], 0.97, 0.9),
            (&[5, 0, 4], 0.8, 0.7),
        ] {
            let ours = loses_quorum_in_zones(nodes, p, zone);
            let theirs = counted(nodes, p, zone);
            assert!((ours - theirs).abs() < 1e-12, "{nodes:?} {p} {zone}: {ours} against {theirs}");
        }
    }

    #[test]
    fn known_odds_come_out_and_bounds_hold() {
        // 3 p² (1 − p) + … : 3 × 0.01² × 0.99 + 0.01³.
        assert!((loses_quorum(3, 0.99) - 0.000_298).abs() < 1e-12);
        assert!(loses_quorum(4, 0.99) > loses_quorum(3, 0.99), "the fourth node only adds one that can fail");
        assert!(loses_quorum(5, 0.99) < loses_quorum(3, 0.99));
        assert_eq!([loses_quorum(5, 1.0), loses_quorum(5, 0.0), loses_quorum(0, 1.0)], [0.0, 1.0, 1.0]);
        assert_eq!(loses_quorum(MAX_NODES + 1, 1.0), 1.0);
        assert!(loses_quorum(MAX_NODES, 0.9) < 1e-9);
        // Two zones are no better than one: one of them holds the majority.
        let one_each = loses_quorum_in_zones(&spread(3, 3), 1.0, 0.99);
        let two = loses_quorum_in_zones(&spread(3, 2), 1.0, 0.99);
        assert!((two - 0.01).abs() < 1e-12 && one_each < two);
    }

    #[test]
    fn nodes_are_spread_in_turn_and_cost_by_the_piece() {
        assert_eq!(spread(5, 3), [2, 2, 1]);
        assert_eq!(spread(2, 3), [1, 1, 0]);
        assert_eq!(spread(7, 0), [7]);
        assert!((cost(5, 3) - 5.0 / 3.0).abs() < 1e-12);
        assert_eq!(cost(4, 0), 4.0);
    }

    /// What holds for a cluster in which the nodes with these places are down.
    fn check(nodes: u32, zones: u32, down: &[usize], spare: Option<u32>, must_stay: &[u32]) {
        let up: Vec<bool> = (0..nodes as usize).map(|at| !down.contains(&at)).collect();
        let status = QuorumStatus::of(&up, zones);
        assert_eq!(status.spare, spare, "{nodes} nodes in {zones} zones without {down:?}");
        assert_eq!(
            status.must_stay().collect::<Vec<u32>>(),
            must_stay,
            "{nodes} in {zones} without {down:?}"
        );
    }

    #[test]
    fn a_cluster_elects_while_a_majority_of_all_is_up() {
        check(3, 3, &[], Some(1), &[]);
        check(3, 3, &[0], Some(0), &[1, 2]);
        check(3, 3, &[0, 1], None, &[0, 1, 2]);
        check(4, 4, &[1], Some(0), &[0, 2, 3]);
        // Two zones: the larger one must stay. As many in both: each of them.
        check(5, 2, &[], Some(2), &[0]);
        check(4, 2, &[], Some(1), &[0, 1]);
        check(5, 1, &[], Some(2), &[0]);
        check(1, 1, &[], Some(0), &[0]);
        check(0, 0, &[], None, &[]);
    }

    #[test]
    fn zones_of_nodes_are_those_of_the_spread() {
        for (nodes, zones) in [(5, 3), (15, 4), (2, 3), (7, 0)] {
            let mut counted = vec![0; zones.max(1) as usize];
            (0..nodes).for_each(|node| counted[zone_of(node, zones) as usize] += 1);
            assert_eq!(counted, spread(nodes, zones));
        }
        assert!((minutes_a_year(0.001) - 525.6).abs() < 1e-9);
    }
}
