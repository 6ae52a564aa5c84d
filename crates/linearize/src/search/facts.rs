//! Facts about a register's operations and values, computed before the search.
//!
//! Guarantees: values are numbered, so that facts about one are found by index; operations that may never have
//! happened but must have, since their value was seen and could come from nowhere else, are listed with the certain
//! ones; the remaining equal ones form a class. Leaves out: the order.

use quorum_types::sort::{sort, sort_by_key};

use super::super::Claim;

/// The number of a value: see [`Values`].
pub(super) type Value = u32;
/// No value is needed, excluded or set.
pub(super) const NONE: Value = u32::MAX;
/// The value of a register that was never written.
pub(super) const UNSET: Value = 0;
/// Any value that no operation needs.
pub(super) const OTHER: Value = 1;

/// The values that operations need, in order.
struct Values(Vec<u64>);

impl Values {
    fn of(claims: &[Claim]) -> Self {
        let mut values: Vec<u64> =
            claims.iter().filter_map(|claim| claim.needs.or(claim.not)).filter(|&value| value != 0).collect();
        sort(&mut values);
        values.dedup();
        Self(values)
    }

    fn number(&self, value: Option<u64>) -> Value {
        match value {
            None => NONE,
            Some(0) => UNSET,
            Some(value) => self.0.binary_search(&value).map_or(OTHER, |place| place as Value + 2),
        }
    }
}

/// An operation that must be placed.
#[derive(Clone, Copy)]
pub(super) struct Action {
    pub(super) needs: Value,
    pub(super) not: Value,
    pub(super) to: Value,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Action {
    pub(super) fn fits(&self, state: Value) -> bool {
        (self.needs == NONE || self.needs == state) && self.not != state
    }
}

/// Operations that may never have happened, and are equal except for their start.
pub(super) struct Class {
    pub(super) needs: Value,
    pub(super) to: Value,
    /// Their starts, in order.
    pub(super) starts: Vec<u64>,
    /// The claims that they are, in the same order.
    pub(super) claims: Vec<usize>,
    pub(super) used: usize,
}

/// Facts about a value, from the unplaced actions.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    /// The number of actions that need it.
    pub(super) needed: u32,
    /// The number of actions that exclude it.
    pub(super) excluded: u32,
    /// The number of actions that would set it, including unused maybe-operations.
    pub(super) makers: u32,
    /// Whether a maybe-operation needs it.
    pub(super) maybe_needed: bool,
    /// The start of the last action that needs it; never, if one of them changes it.
    pub(super) last_needed: u64,
    /// The first end of the actions that need it.
    pub(super) first_end: u64,
    /// The last step at which an action in the window was found to need it.
    pub(super) wanted: u64,
    /// The index among the choices where a write of it may be.
    pub(super) choice: usize,
}

/// The claims on a register, in the search's form.
pub(super) struct Prepared {
    /// Operations that must be placed, in order of start.
    pub(super) actions: Vec<Action>,
    /// The claims that they are.
    pub(super) claims: Vec<usize>,
    /// Operations that may never have happened.
    pub(super) classes: Vec<Class>,
    /// Facts about each value, by number.
    pub(super) facts: Vec<Facts>,
}

impl Prepared {
    /// The facts from claims, in order of start.
    pub(super) fn of(claims: &[Claim]) -> Self {
        let values = Values::of(claims);
        let mut facts = vec![Facts { first_end: u64::MAX, ..Facts::default() }; values.0.len() + 2];
        let mut prepared: Vec<(Action, bool)> = claims
            .iter()
            .map(|claim| {
                let (needs, not, to) =
                    (values.number(claim.needs), values.number(claim.not), values.number(claim.to));
                (Action { needs, not, to, start: claim.start, end: claim.end }, claim.maybe)
            })
            .collect();
        for (action, maybe) in &prepared {
            learn(&mut facts, action, *maybe);
        }
        settle_maybes(&mut prepared, &mut facts);
        for (action, _) in prepared.iter().filter(|(_, maybe)| *maybe) {
            if action.needs != NONE {
                facts[action.needs as usize].maybe_needed = true;
            }
        }
        let certain = || prepared.iter().enumerate().filter(|(_, (_, maybe))| !maybe);
        Self {
            actions: certain().map(|(_, (action, _))| *action).collect(),
            claims: certain().map(|(place, _)| place).collect(),
            classes: classes(&prepared),
            facts,
        }
    }
}

/// Records an action's effect on values.
fn learn(facts: &mut [Facts], action: &Action, maybe: bool) {
    if action.needs != NONE && !maybe {
        let facts = &mut facts[action.needs as usize];
        facts.needed += 1;
        facts.first_end = facts.first_end.min(action.end);
        facts.last_needed = facts.last_needed.max(if action.to == NONE { action.start } else { u64::MAX });
    }
    if action.not != NONE {
        facts[action.not as usize].excluded += 1;
    }
    if action.to != NONE {
        facts[action.to as usize].makers += 1;
    }
}

/// Makes certain what was only possible: the value was seen and nothing else sets it, so it happened, and before the
/// end of the first that saw it. Swaps come first, for they need a value themselves.
fn settle_maybes(prepared: &mut [(Action, bool)], facts: &mut [Facts]) {
    for swaps in [true, false] {
        for (action, maybe) in
            prepared.iter_mut().filter(|(action, maybe)| *maybe && swaps == (action.needs != NONE))
        {
            let known = facts[action.to as usize];
            if action.to == UNSET || known.makers > 1 || known.needed == 0 {
                continue;
            }
            *maybe = false;
            action.end = known.first_end.max(action.start);
            facts[action.to as usize].makers -= 1;
            learn(facts, action, false);
        }
    }
}

/// Classes of equal maybe-operations, ordered by the value they set. The rest of the claims are in order of start, and
/// so are the starts of a class.
fn classes(prepared: &[(Action, bool)]) -> Vec<Class> {
    let maybes = prepared.iter().enumerate().filter(|(_, (_, maybe))| *maybe);
    let mut maybes: Vec<(usize, Action)> = maybes.map(|(place, (action, _))| (place, *action)).collect();
    sort_by_key(&mut maybes, |(_, a)| (a.to, a.needs));
    maybes
        .chunk_by(|(_, a), (_, b)| (a.to, a.needs) == (b.to, b.needs))
        .map(|alike| Class {
            needs: alike[0].1.needs,
            to: alike[0].1.to,
            starts: alike.iter().map(|(_, action)| action.start).collect(),
            claims: alike.iter().map(|(place, _)| *place).collect(),
            used: 0,
        })
        .collect()
}
