//! Two regions in a swarm: what their schedules consist of, how they are repaired, and what they then have to achieve.
//!
//! Guarantees: an action in a schedule has the form in which scripts say it; the repair consists of ordinary actions,
//! so that it can be replayed; a run that is stuck says who waits for whom. Leaves out: the search itself
//! (`quorum_sim::swarm`), the generation of schedules (`generate`).

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::action::{Action, RawAction, Region};
pub(super) use super::generate::Schedule;
use super::generate::make;
use super::rules::{Rule, Rules};
use super::runbook::Runbook;
use super::settings::Settings;
use super::site::Following;
use super::{HOUR, MINUTE, Regions};
use quorum_sim::event_log::EventLog;
use quorum_sim::flat;
use quorum_sim::invariant_status::Invariants;
use quorum_sim::swarm::{ScheduledAction, SwarmWorld};
use quorum_types::{MS, Micros, Refusal, SECOND};

/// The steps by which an operator brings the service back if no region takes writes.
const BACK: &str = "start standby\nrebuild\nfence\npromote\ndns\nwait ttl\ncheck service";
/// How much longer than computed the service may take to return.
const SLACK: u64 = 2;

/// The command around an action of a schedule.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Region(RawAction),
}

impl ScheduledAction for Action {
    fn word(&self) -> String {
        self.raw().action
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let raw = self.raw();
        map.serialize_entry("op", "region")?;
        map.serialize_entry("deed", &raw.action)?;
        if let Some(region) = raw.region {
            map.serialize_entry("region", &region)?;
        }
        if let Some(value) = raw.value {
            map.serialize_entry("value", &value)?;
        }
        match raw.text {
            Some(text) => map.serialize_entry("text", &text),
            None => Ok(()),
        }
    }

    fn read(op: &str, fields: flat::Fields) -> Result<Self, String> {
        let Written::Region(raw) = flat::read(op, fields).map_err(|unread| unread.to_string())?;
        raw.parse().map_err(|refusal| refusal.error)
    }

    fn milder(&self) -> Vec<Self> {
        match self {
            Self::Lose { region, wiped: true } => vec![Self::Lose { region: *region, wiped: false }],
            Self::Link { kb_s: 0 } => vec![Self::Link { kb_s: 100 }],
            Self::FailBack { merge: true } => vec![Self::FailBack { merge: false }],
            Self::Run(runbook) if runbook.steps.len() > 1 => {
                let shorter = |at: usize| {
                    let mut steps = runbook.steps.clone();
                    steps.remove(at);
                    Self::Run(Runbook { steps })
                };
                (0..runbook.steps.len()).map(shorter).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What has to happen after the repair.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Writes with a later number were begun after it.
    after_op: u64,
    since_us: Micros,
    /// The standby that has to catch up, if one follows.
    standby: Option<Region>,
    until_us: Micros,
}

impl SwarmWorld for Regions {
    type Action = Action;
    type Rule = Rule;
    type Core = Option<Region>;
    type Demand = Demand;

    const WORLD: &'static str = "regions";
    const SETTLED_US: Micros = MINUTE;

    fn generate(seed: u64, off: Option<Rule>) -> Schedule {
        make(seed, off)
    }

    fn open(schedule: &Schedule, quiet: bool) -> Self {
        let mut settings = Settings::default();
        for (name, value) in &schedule.settings {
            let set = settings.set(name, *value);
            debug_assert_eq!(set, Ok(()), "generated, or checked where it came from");
        }
        let mut rules = Rules::default();
        schedule.off.iter().for_each(|rule| rules.set(*rule, false));
        let event_log = if quiet { EventLog::quiet() } else { EventLog::default() };
        Self::with(schedule.seed, settings, rules, event_log)
    }

    fn now_us(&self) -> Micros {
        Self::now_us(self)
    }

    fn next_at(&self) -> Option<Micros> {
        Self::next_at(self)
    }

    fn wait(&mut self, until_us: Micros) {
        Self::wait(self, until_us);
    }

    fn step(&mut self) -> bool {
        self.happen(Micros::MAX)
    }

    fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        Self::perform(self, action)
    }

    fn judge(&mut self) {
        self.compare_recovery_points();
        self.look_at_cost();
        self.look_at_contents();
        self.look_at_dumps();
        self.check_invariants();
    }

    fn invariants(&self) -> &Invariants {
        &self.checkers.invariants
    }

    fn judged(&self) -> u64 {
        self.ledger.acknowledged + self.clients.reads_ok
    }

    fn core(&self, _: bool) -> Option<Option<Region>> {
        // Whatever was destroyed, service can return; without a primary nobody follows it until an operator orders it.
        self.checkers.invariants.excused().is_none().then(|| self.follower_after_repair())
    }

    fn mend(&self, _: &Option<Region>) -> Vec<Action> {
        let mut actions = self.repairs();
        let mut repaired = self.clone();
        for action in &actions {
            // Like an action of a schedule: one that does not apply is ignored.
            let _ = repaired.perform(action);
        }
        let primary = repaired.primary();
        if !repaired.takes_writes(primary) {
            actions.push(Action::Run(Runbook::parse(BACK).expect("the steps back are a runbook")));
            return actions;
        }
        if repaired.needs_fail_back() {
            actions.push(Action::FailBack { merge: true });
        }
        if repaired.dns != Some(primary) {
            actions.push(Action::Step(super::runbook::Step::Dns));
        }
        actions
    }

    fn demand(&self, standby: Option<Region>) -> Demand {
        let until_us = self.now + SLACK * self.time_to_recover() + 10 * MINUTE;
        Demand { after_op: self.ledger.ops().last().unwrap_or(0), since_us: self.now, standby, until_us }
    }

    fn overdue(&self, demand: &Demand) -> bool {
        self.now >= demand.until_us
    }

    fn missing(&self, demand: &Demand) -> Option<String> {
        let primary = self.primary();
        if !self.takes_writes(primary) {
            return Some(format!("no region takes writes: {}", self.states()));
        }
        for (number, client) in self.clients.all.iter().enumerate() {
            let named = client.resolved.map_or("a host that is gone".to_owned(), |at| format!("region {at}"));
            if client.written_op <= demand.after_op {
                return Some(format!("client {number} waits for {named} to take a write: {}", self.states()));
            }
            if client.read_us.is_none_or(|at| at < demand.since_us) {
                return Some(format!(
                    "client {number} waits for {named} to answer a read: {}",
                    self.states()
                ));
            }
        }
        let standby = demand.standby.filter(|region| *region != primary)?;
        let level = self.sites[standby].following == Following::InStep
            && self.lag_us() <= self.interval_us() + MINUTE
            && !self.filling();
        (!level)
            .then(|| format!("region {standby} does not catch up with region {primary}: {}", self.states()))
    }

    fn without_jitter(_: &[(String, u64)], _: usize) -> Option<Vec<(String, u64)>> {
        None
    }
}

impl Regions {
    /// The actions that repair everything that was hit.
    fn repairs(&self) -> Vec<Action> {
        let read_only = Action::Set { name: "standby_read_only".to_owned(), value: 1 };
        let mut actions = vec![Action::Review, Action::StopRun, Action::Heal, read_only];
        for region in 0..2 {
            if !self.sites[region].alive {
                actions.push(Action::Return { region });
            }
            let down = self.sites[region].nodes.iter().enumerate().filter(|(_, up)| !**up);
            actions.extend(down.map(|(node, _)| Action::StartNode { region, node }));
        }
        actions
    }

    /// The region that has to follow after the repair; none if nobody does until an operator orders it.
    fn follower_after_repair(&self) -> Option<Region> {
        let mut repaired = self.clone();
        for action in self.repairs() {
            // Like an action of a schedule: one that does not apply is ignored.
            let _ = repaired.perform(&action);
        }
        let primary = repaired.primary();
        let follows = (1..=3).contains(&self.settings.sync_mode) && self.settings.standby > 0;
        (follows && repaired.takes_writes(primary)).then_some(1 - primary)
    }

    /// Whether the other region follows only after an operator's order.
    fn needs_fail_back(&self) -> bool {
        let primary = self.primary();
        let other = &self.sites[1 - primary];
        self.settings.sync_mode > 0
            && (other.primary || other.following == Following::Diverged || self.shipping_from() != primary)
    }

    /// The time between two transfers of the current way of following.
    fn interval_us(&self) -> Micros {
        match self.settings.sync_mode {
            2 => (self.settings.near_interval_s + self.settings.near_batch_s) * SECOND,
            3 => self.settings.sync_interval_h * HOUR + self.settings.sync_batch_s * SECOND,
            _ => 0,
        }
    }

    /// How long it takes at most until service is back and the standby has caught up, if nothing else happens.
    fn time_to_recover(&self) -> Micros {
        let settings = &self.settings;
        let copy_us = settings.data_gb * 1_000_000 * SECOND / settings.link_kb_s;
        let index_us = (settings.data_gb * 1_000 * SECOND).checked_div(settings.index_mb_s).unwrap_or(0);
        let start_s = settings.warm_s.max(settings.cold_s) + settings.lease_s + settings.dns_update_s;
        let names_s = settings.dns_ttl_s + settings.dns_overstay_s;
        let pause_us = (settings.write_interval_ms + settings.read_interval_ms) * MS;
        copy_us + index_us + (start_s + names_s) * SECOND + pause_us + self.interval_us()
    }

    fn lag_us(&self) -> Micros {
        self.link_facts().lag_us
    }

    /// The state of each region in a few words.
    fn states(&self) -> String {
        let state = |region: Region| {
            let site = &self.sites[region];
            let how = match () {
                () if !site.alive => "without power",
                () if site.isolated => "cut off",
                () if !self.answers(region) => "not ready to serve",
                () if self.takes_writes(region) => "takes writes",
                () if site.fenced => "fenced",
                () if site.draining => "drained",
                () if site.empty => "empty",
                () => "follows",
            };
            format!("region {region} {how}, epoch {}, position {}", site.epoch, site.applied_lsn)
        };
        let step = self
            .failover
            .step()
            .map_or("no runbook runs".to_owned(), |step| format!("the runbook is at “{}”", step.word()));
        format!("{}; {}; {step}", state(0), state(1))
    }
}
