//! Two regions as a world of the façade: their commands and their part of the snapshot.
//!
//! Guarantees: nodes are Beijing's 1 to 9 and Shanghai's 11 to 19; regions are 0 and 1. Leaves out: rows and filters,
//! which exist only in the engine's own topologies.

use super::command::{Action, Command, Control, RegionAction};
use super::event::{Event, united};
use super::inspect::{Inspected, Target, no_such_target, no_target_of_that_kind};
use super::outages::{listed, shown};
use super::sim_world::{SimWorld, invariants, known_word, sim_world_methods};
use super::snapshot::{Majority, Snapshot};
use quorum_raft::majority;
use quorum_regions::{METRICS, Region, Regions, Settings, node_number};
use quorum_sim::outage::Outage;
use quorum_sim::outbox::Outbox;
use quorum_sim::swarm::SwitchableRule;
use quorum_types::{Micros, NodeId, Refusal};

/// Two regions with these settings.
pub(super) fn open(seed: u64, set: &[(String, u64)]) -> Result<Box<dyn SimWorld>, Refusal> {
    let mut settings = Settings::default();
    for (name, value) in set {
        settings.set(name, *value)?;
    }
    Ok(Box::new(Regions::new(seed, settings)))
}

/// The region and place of a node's number.
fn place(node: NodeId) -> Result<(Region, usize), Refusal> {
    let found = (0..2).find_map(|region| {
        let first = node_number(region, 0);
        (first..first + 9).contains(&node).then_some((region, (node - first) as usize))
    });
    let error = "nodes are 1 to 9 in Beijing and 11 to 19 in Shanghai, as many as region_nodes says";
    found.ok_or_else(|| Refusal::new("unknown_node", error))
}

/// The nodes that a word refers to now.
fn named(world: &Regions, word: &str) -> Vec<NodeId> {
    let facts = world.facts();
    let nodes = (0..2).flat_map(|region| {
        let up = facts.sites[region].nodes.clone();
        up.into_iter().enumerate().map(move |(node, up)| (node_number(region, node), region, up))
    });
    nodes
        .filter(|(_, region, up)| match word {
            "down" => !up,
            "up" => *up,
            "primary" => facts.sites[*region].primary,
            "standby" => !facts.sites[*region].primary,
            _ => false,
        })
        .map(|(node, ..)| node)
        .collect()
}

impl SimWorld for Regions {
    sim_world_methods!();

    fn switch_off(&mut self, seed: u64, rule: &str) {
        SwitchableRule::named(rule).into_iter().for_each(|rule| Self::switch_off(self, seed, rule));
    }

    fn inspect(&self, target: Target) -> Result<Inspected, Refusal> {
        let found = match target {
            Target::Backup(id) => self.inspect_backup(id).map(Inspected::Backup),
            Target::Site(region) => self.inspect_site(region).map(Inspected::Site),
            Target::Resolver(client) => self.inspect_resolver(client).map(Inspected::Resolver),
            other => return Err(no_target_of_that_kind(other)),
        };
        found.ok_or_else(no_such_target)
    }

    fn dispatch(&mut self, command: Command) -> Result<(), Refusal> {
        let action = match command {
            Command::Region(action) => action,
            Command::Cluster(Action::Kill { node, .. }) => {
                place(node).map(|(region, node)| RegionAction::KillNode { region, node })?
            }
            Command::Cluster(Action::Restart { node }) => {
                place(node).map(|(region, node)| RegionAction::StartNode { region, node })?
            }
            Command::Cluster(Action::Heal) => RegionAction::Heal,
            Command::Control(Control::Set { name, value }) => return self.set(&name, value),
            _ => {
                let error = "two regions take region, kill, restart, heal, set, run, step and seek; for rows and \
                             searches open standalone";
                return Err(Refusal::new("unsupported", error));
            }
        };
        self.perform(&action)
    }

    fn metrics(&self) -> Vec<&'static str> {
        METRICS.to_vec()
    }

    fn metric(&self, name: &str) -> Option<i64> {
        self.metric(name).map(|number| i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn most_run_us(&self) -> Micros {
        quorum_lesson::schema::MOST_RUN_US
    }

    fn outage(&self) -> Option<Outage> {
        self.disaster_outage()
    }

    fn named(&self, word: &str) -> Option<Vec<NodeId>> {
        known_word(word, named(self, word))
    }

    /// Its own facts, its outage, and the primary's majority.
    fn fill(&self, snapshot: &mut Snapshot) {
        let facts = self.facts();
        let primary = facts.sites.iter().max_by_key(|site| site.epoch);
        if let Some(site) = primary {
            let (nodes, up) = (site.nodes.len(), site.nodes.iter().filter(|up| **up).count());
            let reachable = if site.alive { up } else { 0 };
            snapshot.majority = Majority {
                nodes: nodes as u32,
                need: majority(nodes) as u32,
                reachable: reachable as u32,
                can_elect: reachable >= majority(nodes),
                ..Majority::default()
            };
        }
        snapshot.rows.acknowledged = Self::acknowledged(self);
        snapshot.failover = self.disaster_outage().map(|outage| shown(outage, facts.lost_total));
        snapshot.outages = listed(&self.outages());
        snapshot.invariants = invariants(&self.checkers.invariants);
        snapshot.regions = Some(Box::new(facts));
    }

    fn copy(&self) -> Box<dyn SimWorld> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{EventKind, RegionEvent};
    use super::super::{Answer, EngineCommand, Lab, RawAction, RunConfig};
    use super::*;

    fn open_lab(topology: &str) -> Result<Lab, Refusal> {
        let config = RunConfig {
            lesson: None,
            topology: Some(topology.to_owned()),
            seed: 3,
            kept: false,
            lang: "en".to_owned(),
        };
        Lab::open(config, None)
    }

    #[test]
    fn two_regions_are_asked_and_go_back() {
        let mut lab = open_lab("two-regions:respond_s=0,verify_s=0").expect("opens");
        let ask = |lab: &mut Lab, command| {
            lab.execute(1, command);
            lab.take_answers().pop().map(|(_, answer)| answer)
        };
        let region = |action: &str| {
            let raw = RawAction { action: action.to_owned(), region: Some(0), ..RawAction::default() };
            Command::Region(raw.parse().expect("an action"))
        };
        ask(&mut lab, Command::Control(Control::Run { us: 3_600_000_000 }));
        ask(&mut lab, Command::Control(Control::Run { us: 1_000 }));
        let before = lab.snapshot();
        assert!(before.rows.acknowledged > 100, "{}", before.rows.acknowledged);
        assert!(matches!(ask(&mut lab, region("lose")), Some(Answer::Done { .. })));
        assert!(
            matches!(ask(&mut lab, region("lose")), Some(Answer::Refused { code, .. }) if code == "region_down")
        );
        assert!(matches!(
            ask(&mut lab, Command::Engine(EngineCommand::Stats)),
            Some(Answer::Refused { code, .. }) if code == "unsupported"
        ));
        ask(&mut lab, Command::Control(Control::Run { us: 1_200_000_000 }));
        let after = lab.snapshot();
        assert!(after.invariants.len() >= 12 && after.invariants.iter().all(|invariant| invariant.holds));
        assert!(after.failover.as_ref().is_some_and(|outage| outage.rto_us.is_some()), "{:?}", after.regions);
        ask(&mut lab, Command::Control(Control::Seek { t_us: 3_600_000_000 }));
        assert_eq!(lab.snapshot().digest, before.digest);
        assert_eq!(open_lab("two-regions:colour=1").expect_err("refused").code, "unknown_setting");
    }

    #[test]
    fn two_regions_dump_what_a_forced_promotion_left_behind() {
        let mut lab =
            open_lab("two-regions:sync_mode=2,near_batch_s=10,respond_s=0,runbook=5").expect("opens");
        let region = |lab: &mut Lab, action: &str| {
            let raw = RawAction { action: action.to_owned(), region: Some(0), ..RawAction::default() };
            lab.execute(1, Command::Region(raw.parse().expect("an action")));
            lab.take_answers().pop().map(|(_, answer)| answer)
        };
        let run = |lab: &mut Lab, us| lab.execute(1, Command::Control(Control::Run { us }));
        let refused = |answer: Option<Answer>, expected: &str| matches!(answer, Some(Answer::Refused { code, .. }) if code == expected);
        run(&mut lab, 5_000_000_000);
        assert!(refused(region(&mut lab, "dump"), "dump_no_checkpoint"));
        region(&mut lab, "isolate");
        run(&mut lab, 3_600_000_000);
        assert!(refused(region(&mut lab, "dump"), "dump_out_of_reach"));
        let lost = lab.snapshot().regions.expect("regions").lost;
        region(&mut lab, "heal");
        assert!(matches!(region(&mut lab, "dump"), Some(Answer::Done { .. })));
        let snapshot = lab.snapshot();
        let facts = snapshot.regions.expect("regions");
        let dump = facts.dump.as_ref().expect("a dump");
        let dumped: Vec<u64> = dump.listed.iter().filter_map(|row| row.op).collect();
        assert!(!lost.is_empty() && lost.iter().all(|lost| dumped.contains(&lost.op)), "{lost:?} {dump:?}");
        assert_eq!(
            (facts.dump_why.as_str(), facts.salvage.map(|salvage| salvage.after)),
            ("", Some(dump.after))
        );
        assert!(snapshot.invariants.iter().all(|invariant| invariant.holds));
        let dumped = |event: &Event| matches!(event.kind, EventKind::Region(RegionEvent::LogDumped { .. }));
        let dumps = lab.take_events().into_iter().filter(dumped).count();
        assert_eq!(dumps, 1);
        // Going back to before the dump takes it out of the snapshot again.
        lab.execute(1, Command::Control(Control::Seek { t_us: 6_000_000_000 }));
        assert_eq!(lab.snapshot().regions.expect("regions").dump, None);
    }
}
