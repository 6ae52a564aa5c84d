//! The checks of the service as its clients see it: names, runbooks, outages.
//!
//! Guarantees: as `checkers`. Leaves out: what is written and replicated (`checkers`).

use super::{Checkers, OUTAGE_ADDS_UP, RESOLVER_KEEPS_TO_TTL, STEPS_IN_ORDER};
use crate::action::Region;
use quorum_sim::event::PhaseTime;
use quorum_sim::invariant_status::Breach;
use quorum_types::Micros;

impl Checkers {
    // --- names

    /// A client resolved the name: the region, whether it asked, what the name service says, and how long that is kept.
    pub(crate) fn resolved(
        &mut self,
        now: Micros,
        client: usize,
        (region, asked): (Option<Region>, bool),
        named: Option<Region>,
        keep_us: Micros,
    ) {
        let cached = *self.cached.entry(client).or_insert((region, 0));
        let expected = if asked { named } else { cached.0 };
        let early = asked && now < cached.1;
        if asked {
            self.cached.insert(client, (named, now + keep_us));
        }
        self.check(RESOLVER_KEEPS_TO_TTL, !early && region == expected, || {
            Breach::new(
                "rg_other_address",
                "client `client` was sent elsewhere than its resolver has cached",
                &[client as u64],
            )
        });
    }

    /// A client's request to a region: whether it is delivered, and whether the region is up and the way open.
    pub(crate) fn delivered(&mut self, client: usize, region: Region, delivered: bool, open: bool) {
        self.check(RESOLVER_KEEPS_TO_TTL, delivered == open, || {
            Breach::new(
                "rg_not_delivered",
                "client `client` has the address of region `region`, and the name's change took effect before its TTL",
                &[client as u64, region as u64],
            )
        });
    }

    // --- runbooks and outages

    pub(crate) fn runbook_began(&mut self) {
        self.next_step = Some(0);
    }

    pub(crate) fn step_began(&mut self, step: usize) {
        let next = self.next_step;
        self.check(STEPS_IN_ORDER, next == Some(step), || {
            Breach::new(
                "rg_step_out_of_order",
                "step `step` of the runbook began before the steps before it had succeeded",
                &[step as u64 + 1],
            )
        });
    }

    pub(crate) fn step_ended(&mut self, step: usize, ok: bool) {
        self.next_step = ok.then_some(step + 1);
    }

    pub(crate) fn runbook_ended(&mut self, ok: bool, steps: usize) {
        let through = self.next_step == Some(steps);
        self.check(STEPS_IN_ORDER, !ok || through, || {
            Breach::new(
                "rg_not_through",
                "a runbook of `n` steps ended well without all of them",
                &[steps as u64],
            )
        });
    }

    /// A client's write ended: whether it was acknowledged.
    pub(crate) fn served(
        &mut self,
        (client, place): (usize, Region),
        (began_us, now): (Micros, Micros),
        ok: bool,
    ) {
        if ok {
            self.failing.remove(&client);
            self.served.insert(client, began_us);
        } else if self.served.get(&client).is_none_or(|served_us| *served_us < began_us) {
            self.failing.insert(client, (place, now));
        }
    }

    /// An outage is reported as over: its fault, and how long it took.
    pub(crate) fn restored_service(
        &mut self,
        (fault_us, rto_us): (Micros, Micros),
        phases: &[PhaseTime],
        cut_off: [bool; 2],
    ) {
        let sum: Micros = phases.iter().map(|time| time.us).sum();
        self.check(OUTAGE_ADDS_UP, sum == rto_us, || {
            Breach::new(
                "rg_phases",
                "the phases of an outage are `sum` µs, and it took `rto` µs",
                &[sum, rto_us],
            )
        });
        let failed_in_it = |(place, at_us): &(Region, Micros)| !cut_off[*place] && *at_us >= fault_us;
        let waiting = self.failing.iter().find(|(_, failed)| failed_in_it(failed)).map(|(client, _)| *client);
        self.check(OUTAGE_ADDS_UP, waiting.is_none(), || {
            // Only called if a client waits.
            Breach::new(
                "rg_still_out",
                "an outage was reported as over while the writes of client `client` failed",
                &[waiting.unwrap_or_default() as u64],
            )
        });
    }
}
