//! The link between the regions: one transfer at a time, each as long as its bytes take at the current capacity.
//!
//! A transfer moves on while the link carries it. If the capacity changes, it continues at the new rate; if the link
//! is cut, records and batches are given up and sent again later, and a copy of everything pauses and goes on. Its
//! cargo arrives one latency after its last byte was sent. Guarantees: a transfer never takes less than its bytes
//! divided by the capacity, integrated over time; transfers do not overlap; every byte is counted for the bill. Leaves
//! out: what is transferred and when (`shipping`), prices (`cost`).

use super::rules::Rule;
use super::shipping::Cargo;
use super::{Regions, ScheduledEvent};
use quorum_types::{MS, Micros, SECOND};

/// A transfer in progress.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    /// Its number and how often it was rescheduled; older schedules of its end are void.
    number: u64,
    turn: u64,
    pub(super) cargo: Cargo,
    pub(super) kb: u64,
    /// What is left to send, in kilobytes times microseconds in a second, up to a moment, and the rate since then.
    left: u128,
    as_of_us: Micros,
    kb_s: u64,
}

/// The link.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    /// Its capacity, if it was slowed or cut.
    pub(super) set_kb_s: Option<u64>,
    pub(super) transfer: Option<Transfer>,
    transfers: u64,
    /// The kilobytes that earlier transfers have carried.
    carried_kb: u64,
}

impl Regions {
    /// The current capacity of the link between the regions, in kilobytes a second.
    pub(super) fn link_kb_s(&self) -> u64 {
        let both = self.reachable(0) && self.reachable(1);
        let most = self.settings.link_kb_s;
        if both { self.link.set_kb_s.map_or(most, |kb_s| kb_s.min(most)) } else { 0 }
    }

    /// The one-way latency between the regions.
    pub(super) fn latency_us(&self) -> Micros {
        self.settings.link_latency_ms * MS
    }

    /// Begins a transfer. The link is free and carries something.
    pub(super) fn transmit(&mut self, kb: u64, cargo: Cargo) {
        self.link.transfers += 1;
        self.checkers.transfer_began(self.now);
        self.link.transfer = Some(Transfer {
            number: self.link.transfers,
            turn: 0,
            cargo,
            kb,
            left: u128::from(kb) * u128::from(SECOND),
            as_of_us: self.now,
            kb_s: self.link_kb_s(),
        });
        self.schedule_end();
    }

    fn schedule_end(&mut self) {
        let Some(transfer) = &self.link.transfer else { return };
        let Some(takes_us) = rounded_up(transfer.left, transfer.kb_s) else { return };
        let (number, turn) = (transfer.number, transfer.turn);
        let at = self.now.saturating_add(takes_us);
        self.event_queue.schedule(at, ScheduledEvent::Sent { number, turn });
    }

    /// The last byte of a transfer was sent: its cargo is on its way.
    pub(super) fn sent(&mut self, number: u64, turn: u64) {
        let current = |transfer: &Transfer| transfer.number == number && transfer.turn == turn;
        if !self.link.transfer.as_ref().is_some_and(current) {
            return;
        }
        if let Some(transfer) = self.link.transfer.take() {
            self.link.carried_kb += transfer.kb;
            self.checkers.transfer_ended(self.now, transfer.kb);
            self.cargo_sent(transfer.cargo);
        }
    }

    /// The capacity has changed: the transfer in progress goes on at the new rate, pauses, or is given up.
    pub(super) fn adapt_transfer(&mut self) {
        let (now, kb_s) = (self.now, self.link_kb_s());
        let Some(transfer) = &mut self.link.transfer else { return };
        let copy = matches!(transfer.cargo, Cargo::Everything);
        if copy && !self.rules.on(Rule::CutStopsACopy) || transfer.kb_s == kb_s {
            return;
        }
        if kb_s == 0 && (!copy || !self.rules.on(Rule::ResyncRestartsShipping)) {
            self.drop_transfer();
            return;
        }
        transfer.left = transfer.left_at(now);
        transfer.as_of_us = now;
        transfer.kb_s = kb_s;
        transfer.turn += 1;
        self.schedule_end();
    }

    /// Gives the transfer in progress up. What was sent of it is billed.
    pub(super) fn drop_transfer(&mut self) {
        let Some(transfer) = self.link.transfer.take() else { return };
        let kb = transfer.kb_until(self.now);
        self.link.carried_kb += kb;
        self.checkers.transfer_ended(self.now, kb);
    }

    /// The kilobytes that the link has carried so far.
    pub(super) fn carried_kb(&self) -> u64 {
        let current = self.link.transfer.as_ref().map_or(0, |transfer| transfer.kb_until(self.now));
        self.link.carried_kb + current
    }
}

impl Transfer {
    /// What is left at a moment.
    fn left_at(&self, now: Micros) -> u128 {
        let moved = u128::from(now.saturating_sub(self.as_of_us)) * u128::from(self.kb_s);
        self.left.saturating_sub(moved)
    }

    /// The kilobytes that were sent up to a moment.
    fn kb_until(&self, now: Micros) -> u64 {
        self.kb - self.left_at(now).div_ceil(u128::from(SECOND)) as u64
    }
}

/// How long something takes at a rate; none if it never ends.
fn rounded_up(left: u128, kb_s: u64) -> Option<Micros> {
    let us = left.checked_add(u128::from(kb_s.max(1)) - 1)?.checked_div(u128::from(kb_s))?;
    Micros::try_from(us).ok()
}
