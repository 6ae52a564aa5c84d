//! Applies actions from outside to the regions.
//!
//! Guarantees: a refused action changes nothing. Leaves out: the form of an action (`action`).

use super::action::Region;
use super::action::{Action, Surprise};
use super::config::DrConfig;
use super::rules::Rule;
use super::site::Following;
use super::{Regions, node_of};
use crate::event::RegionEvent;
use quorum_sim::event::FaultEvent;
use quorum_types::{Refusal, SECOND};

impl Regions {
    /// Applies an action.
    pub fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        let result = self.apply_action(action);
        self.check_invariants();
        result
    }

    fn apply_action(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Lose { region, wiped } => self.lose(*region, *wiped),
            Action::Return { region } => self.return_region(*region),
            Action::KillNode { region, node } => self.power_node(*region, *node, false),
            Action::StartNode { region, node } => self.power_node(*region, *node, true),
            Action::Isolate { region } => self.isolate(*region),
            Action::Link { kb_s } => self.throttle(*kb_s),
            Action::Heal => self.heal(),
            Action::Backup => {
                self.begin_backup(false);
                Ok(())
            }
            Action::Mistake { collection } => self.mistake(*collection),
            Action::Surprise(surprise) => self.prepare(*surprise),
            Action::Runbook(runbook) => {
                self.failover.runbook = runbook.clone();
                Ok(())
            }
            Action::Run(runbook) => self.run(runbook),
            Action::Step(step) => self.run(&super::runbook::Runbook { steps: vec![*step] }),
            Action::FailBack { merge } => self.fail_back(*merge),
            Action::Config(text) => self.configure(text),
            Action::StopRun => self.stop_run(),
            Action::Dump => self.dump(),
            Action::Review => {
                self.surprises.clear();
                Ok(())
            }
            Action::Set { name, value } => self.set(name, *value),
        }
    }

    fn lose(&mut self, region: Region, wiped: bool) -> Result<(), Refusal> {
        let worse = wiped && !self.sites[region].wiped;
        if !self.sites[region].alive && !worse {
            return Err(Refusal::new("region_down", "the region has no power already; let it return first"));
        }
        self.remember_level();
        self.struck(region, if wiped { "wiped" } else { "power" });
        self.stop_renewing_lease(region);
        self.sites[region].lose(wiped);
        if wiped {
            self.history_replaced(region);
        }
        self.emit(node_of(region), RegionEvent::RegionLost { region: region as u32, wiped });
        self.link_changed();
        Ok(())
    }

    /// A region's contents were replaced: the other one's position in its log means nothing any more.
    pub(super) fn history_replaced(&mut self, region: Region) {
        let other = &mut self.sites[1 - region];
        other.following = other.following.max(Following::Stale);
        self.checkers.replaced(region);
        if self.shipping.filling.is_some() {
            // A copy from or to a lost region has to start again.
            self.stop_shipping();
            self.begin_shipping();
        }
    }

    /// From here on a region's lease is not renewed.
    pub(super) fn stop_renewing_lease(&mut self, region: Region) {
        let until = self.now + self.settings.lease_s * SECOND;
        self.sites[region].lease_until_us.get_or_insert(until);
        self.checkers.stop_renewing_lease(region, self.now, self.settings.lease_s * SECOND);
    }

    fn return_region(&mut self, region: Region) -> Result<(), Refusal> {
        if self.sites[region].alive {
            return Err(Refusal::new("region_up", "the region has power"));
        }
        let records = self.sites[region].recover(self.settings.dim as u32)?;
        self.sites[region].nodes.fill(true);
        self.emit(node_of(region), RegionEvent::RegionReturned { region: region as u32, records });
        self.reconnect(region);
        Ok(())
    }

    /// A region is connected again. If another has a newer epoch, it learns that it is no longer the primary.
    fn reconnect(&mut self, region: Region) {
        self.sites[region].lease_until_us = None;
        self.checkers.reconnected(region);
        self.answered_again();
        if region != self.primary() && self.settings.fencing == 1 {
            let site = &mut self.sites[region];
            if std::mem::take(&mut site.primary) {
                site.fenced = true;
                let epoch = site.epoch;
                self.checkers.demoted(region);
                self.emit(node_of(region), RegionEvent::Demoted { region: region as u32, epoch });
            }
        }
        self.alert("region_back");
        self.link_changed();
    }

    fn power_node(&mut self, region: Region, node: usize, up: bool) -> Result<(), Refusal> {
        let nodes = self.sites[region].nodes.len();
        let Some(state) = self.sites[region].nodes.get(node).copied() else {
            return Err(Refusal::new("unknown_node", format!("a region has {nodes} nodes, from 0")));
        };
        if state == up {
            let (code, error) =
                if up { ("node_up", "the node runs") } else { ("node_down", "the node has no power") };
            return Err(Refusal::new(code, error));
        }
        if !up {
            self.struck(region, "killed");
        }
        self.sites[region].nodes[node] = up;
        let kind = if up { FaultEvent::Restarted } else { FaultEvent::Killed };
        self.emit(Some(super::node_number(region, node)), kind);
        Ok(())
    }

    fn isolate(&mut self, region: Region) -> Result<(), Refusal> {
        if !self.sites[region].alive || self.sites[region].isolated {
            return Err(Refusal::new("region_down", "nobody reaches the region as it is"));
        }
        self.remember_level();
        self.struck(region, "isolated");
        self.stop_renewing_lease(region);
        self.sites[region].isolated = true;
        self.emit(node_of(region), RegionEvent::RegionIsolated { region: region as u32 });
        self.link_changed();
        Ok(())
    }

    fn throttle(&mut self, kb_s: u64) -> Result<(), Refusal> {
        self.remember_level();
        self.link.set_kb_s = Some(kb_s);
        self.emit(None, RegionEvent::RegionLink { kb_s });
        self.link_changed();
        Ok(())
    }

    fn heal(&mut self) -> Result<(), Refusal> {
        self.link.set_kb_s = None;
        let cut_off: Vec<Region> = (0..2).filter(|region| self.sites[*region].isolated).collect();
        for region in cut_off {
            self.sites[region].isolated = false;
            self.reconnect(region);
        }
        self.emit(None, RegionEvent::RegionLink { kb_s: self.settings.link_kb_s });
        self.link_changed();
        Ok(())
    }

    fn mistake(&mut self, collection: usize) -> Result<(), Refusal> {
        let region = self.primary();
        if collection >= super::rows::COLLECTIONS.len() {
            return Err(Refusal::new("bad_deed", "mistake: there are the collections 0, 1 and 2"));
        }
        if !self.takes_writes(region) {
            return Err(Refusal::new("not_serving", "the primary takes no writes, not even mistaken ones"));
        }
        let ops = self.sites[region].delete_all(self.now, collection);
        let rows = ops.len() as u64;
        for op in ops {
            // `MistakeMade` reports them.
            self.ledger.settle(op, "deleted_by_mistake", self.now);
        }
        self.emit(node_of(region), RegionEvent::MistakeMade { collection: collection as u32, rows });
        self.alert("mistake");
        self.record_written(region);
        Ok(())
    }

    fn prepare(&mut self, surprise: Surprise) -> Result<(), Refusal> {
        if !self.surprise(surprise) {
            self.surprises.push(surprise);
            self.emit(None, RegionEvent::SurprisePrepared { surprise: surprise.word().to_owned() });
            let newest = self.bucket.newest().next().map(|backup| backup.id);
            if let (Some(id), Surprise::DamagedBackup | Surprise::HalfBackup) = (newest, surprise) {
                self.spoil_by_surprise(id);
            }
        }
        Ok(())
    }

    fn run(&mut self, runbook: &super::runbook::Runbook) -> Result<(), Refusal> {
        if self.failover.running {
            return Err(Refusal::new("busy", "a runbook is being done; wait until it has ended"));
        }
        self.begin_runbook(runbook);
        Ok(())
    }

    /// The former primary follows again. Its own writes are brought over unless something newer contradicts them, or
    /// discarded.
    fn fail_back(&mut self, merge: bool) -> Result<(), Refusal> {
        let new = self.primary();
        let old = 1 - new;
        if !self.reachable(old) || !self.reachable(new) || !self.takes_writes(new) {
            return Err(Refusal::new(
                "region_down",
                "both regions have to be there, and one has to take writes",
            ));
        }
        if self.settings.sync_mode == 0 {
            return Err(Refusal::new("no_sync", "there is no shipping; set sync_mode first"));
        }
        let only_old: Vec<u64> = self
            .ledger
            .ops()
            .filter(|op| {
                self.sites[old].has.contains(*op as usize) && !self.sites[new].has.contains(*op as usize)
            })
            .collect();
        let (mut merged, mut discarded) = (0, 0);
        for op in only_old {
            // A write that is not brought over is lost, and reported, once its region's contents are replaced.
            if merge && self.merge_write(op, new) {
                merged += 1;
            } else {
                discarded += 1;
            }
        }
        let site = &mut self.sites[old];
        site.primary = false;
        site.fenced = false;
        site.draining = false;
        if self.rules.on(Rule::RefillBeforeFollowing) {
            site.following = Following::Stale;
        }
        self.checkers.follows_again(old);
        self.emit(node_of(old), RegionEvent::FailedBack { region: old as u32, merged, discarded });
        if self.shipping.filling.is_some() && self.shipping.from == old {
            self.stop_shipping();
        }
        self.shipping.from = new;
        if self.rules.on(Rule::RefillBeforeFollowing) {
            self.full_resync();
        }
        self.begin_shipping();
        Ok(())
    }

    /// Repeats a write that only the former primary has, unless the row was written since.
    fn merge_write(&mut self, op: u64, new: Region) -> bool {
        let Some(write) = self.ledger.get(op) else { return false };
        let (collection, key, change) = (write.collection, write.key, write.change);
        let there = self.sites[new].version(collection, key);
        let newer = there.is_some_and(|there| self.ledger.later(there, op));
        let superseded = newer || self.ledger.deleted_since(collection, key, op);
        if superseded && self.rules.on(Rule::MergeKeepsNewer) {
            return false;
        }
        let dim = self.settings.dim as u32;
        let site = &mut self.sites[new];
        let written = match change {
            super::audit::Change::Delete => site.delete(self.now, collection, key, op),
            _ => site.put(self.now, collection, key, (op, dim), &mut self.rng),
        };
        if written.is_ok() {
            self.look_at_row(new, op);
            self.record_written(new);
        }
        written.is_ok()
    }

    /// Applies a configuration as a whole, or not at all.
    fn configure(&mut self, text: &str) -> Result<(), Refusal> {
        let config = DrConfig::parse(text)?;
        let (mut settings, mut words) = (self.settings.clone(), self.words.clone());
        let changes = config.effects(&settings, &words).into_iter().filter(|effect| effect.was != effect.now);
        let keys = changes.map(|effect| effect.key).collect();
        let changed = config.apply(&mut settings, &mut words)?;
        let fixed = super::MADE_OF.iter().find(|name| settings.value(name) != self.settings.value(name));
        if let Some(name) = fixed {
            let error = format!("{name}: it is what the regions are made of; open a new run to change it");
            return Err(Refusal::new("bad_config", error));
        }
        self.words = words;
        self.take_settings(settings);
        self.emit(None, RegionEvent::ConfigTaken { changed, keys });
        Ok(())
    }
}
