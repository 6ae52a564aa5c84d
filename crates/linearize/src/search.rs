//! The search for an order: Wing and Gong's, with Lowe's memoization of visited states.
//!
//! Operations that have not been placed are in a list of beginnings and ends in order of time. Operations that begin
//! before the first end in that list may come next (the *window*). The search places one after the other, and
//! backtracks where nothing fits. Facts about registers make it fast:
//!
//! - operations that fit and change nothing are placed at once, since they can never be in the way;
//! - a value that is still needed is not overwritten if nothing can bring it back;
//! - a write whose readers are all in the window is placed, with them, just before any other write: no other operation
//!   will miss it;
//! - values that no operation needs, or no longer needs, are all one value;
//! - operations that may never have happened are only used right before something that needs them, equal ones are
//!   counted instead of distinguished, and having used fewer is never worse;
//! - one that may never have happened but whose value was seen, and could come from nowhere else, did happen.
//!
//! Guarantees: exact; memory is proportional to the operations and to the states in which there was a choice. Leaves
//! out: why there is no order (`shrink`).

mod facts;
mod memory;

use quorum_types::sort::places;

use super::Claim;
use facts::{Action, Class, Facts, NONE, OTHER, Prepared, UNSET, Value};
use memory::Memory;

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An order that explains everything.
    Order,
    /// There is none.
    NoOrder,
    /// The step limit was reached.
    GaveUp,
}

/// The result of a search, with statistics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) found: Found,
    /// The number of steps it took.
    pub(super) steps: u64,
    /// Where it last got stuck: a good guess of the time of the error.
    pub(super) furthest: u64,
}

/// Checks claims in order of start, with a limit on steps.
///
/// Maybe-operations that serve claims which exclude a value, and swaps among them that serve each other, create very
/// many alternatives. So a relaxed problem is tried first: such swaps need nothing, and claims that a maybe-operation
/// could serve exclude nothing. If even this has no order, there is none; only otherwise everything is distinguished.
pub(super) fn judge(claims: &[Claim], limit: u64) -> Judged {
    let first = claims.iter().filter(|claim| claim.maybe).map(|claim| claim.start).min();
    let served = |claim: &Claim| claim.not.is_some() && first.is_some_and(|first| claim.end >= first);
    let swaps = |claim: &Claim| claim.maybe && claim.needs.is_some();
    if !claims.iter().any(|claim| served(claim) || swaps(claim)) {
        return Search::new(claims).judge(limit);
    }
    let eased = claims.iter().filter(|claim| !served(claim));
    let eased: Vec<Claim> =
        eased.map(|claim| if swaps(claim) { Claim { needs: None, ..*claim } } else { *claim }).collect();
    let easier = Search::new(&eased).judge(limit);
    if easier.found != Found::Order {
        return easier;
    }
    let exact = Search::new(claims).judge(limit.saturating_sub(easier.steps));
    Judged { steps: easier.steps + exact.steps, ..exact }
}

/// An order of claims that [`judge`] found to have one, as indexes into them; maybe-operations that are not needed are
/// left out. None if the limit was reached.
pub(super) fn order(claims: &[Claim], limit: u64) -> Option<Vec<usize>> {
    let mut search = Search::new(claims);
    (search.run(limit) == Found::Order).then(|| search.placed())
}

/// A branch point with remaining choices.
struct Fork {
    choices: usize,
    trail: usize,
    state: Value,
}

/// A search over the operations on one register.
struct Search {
    actions: Vec<Action>,
    /// The claims that the actions are.
    claims: Vec<usize>,
    classes: Vec<Class>,
    facts: Vec<Facts>,
    /// The list: the beginning of action `i` is `2 i`, its end `2 i + 1`; the last number is the list's own.
    next: Vec<u32>,
    prev: Vec<u32>,
    state: Value,
    /// The undo log: actions by number, and classes with numbers that follow those of the actions.
    trail: Vec<u32>,
    choices: Vec<u32>,
    forks: Vec<Fork>,
    memory: Memory,
    steps: u64,
    /// The start of the last action that excludes a value.
    last_excluded: u64,
    /// The number of unplaced actions that exclude a value.
    excluders: u32,
    /// The latest first end that was ever in the list.
    furthest: u64,
}

impl Search {
    /// A search over claims in order of start.
    fn new(claims: &[Claim]) -> Self {
        let Prepared { actions, claims, classes, facts } = Prepared::of(claims);
        let excluding = || actions.iter().filter(|action| action.not != NONE);
        let (next, prev) = links(&actions);
        Self {
            classes,
            facts,
            next,
            prev,
            state: UNSET,
            trail: Vec::new(),
            choices: Vec::new(),
            forks: Vec::new(),
            memory: Memory::default(),
            steps: 0,
            last_excluded: excluding().map(|action| action.start).max().unwrap_or(0),
            excluders: excluding().count() as u32,
            furthest: 0,
            actions,
            claims,
        }
    }

    /// The claims that were placed, in their order.
    fn placed(&self) -> Vec<usize> {
        let mut used = vec![0; self.classes.len()];
        let claim = |number: &u32| {
            let number = *number as usize;
            match number.checked_sub(self.actions.len()) {
                None => self.claims[number],
                Some(class) => {
                    used[class] += 1;
                    self.classes[class].claims[used[class] - 1]
                }
            }
        };
        self.trail.iter().map(claim).collect()
    }

    fn judge(mut self, limit: u64) -> Judged {
        let found = self.run(limit);
        Judged { found, steps: self.steps, furthest: self.furthest }
    }

    /// Searches, with a limit on steps.
    fn run(&mut self, limit: u64) -> Found {
        if (2..self.facts.len()).any(|value| self.facts[value].needed > 0 && self.facts[value].makers == 0) {
            return Found::NoOrder;
        }
        loop {
            self.place_what_fits();
            let Some(horizon) = self.horizon() else { return Found::Order };
            self.furthest = self.furthest.max(horizon);
            if self.steps == limit {
                return Found::GaveUp;
            }
            self.steps += 1;
            let before = self.choices.len();
            self.offer(horizon);
            if self.choices.len() > before + 1 {
                if self.is_new() {
                    self.forks.push(Fork { choices: before, trail: self.trail.len(), state: self.state });
                } else {
                    self.choices.truncate(before);
                }
            }
            if self.choices.len() == before {
                let Some(fork) = self.forks.last() else { return Found::NoOrder };
                let (mark, state) = (fork.trail, fork.state);
                self.undo(mark);
                self.state = state;
            }
            // A fork has choices as long as it exists, so there is one.
            let Some(choice) = self.choices.pop() else { return Found::NoOrder };
            if self.forks.last().is_some_and(|fork| fork.choices == self.choices.len()) {
                self.forks.pop();
            }
            self.take(choice);
        }
    }

    /// The action after a position in the list, if a beginning comes next and not an end.
    fn after(&self, at: u32) -> Option<(u32, Action)> {
        let next = self.next[at as usize];
        (next.is_multiple_of(2) && next != self.own()).then(|| (next, self.actions[next as usize / 2]))
    }

    /// The list's own number, before the first and after the last.
    fn own(&self) -> u32 {
        2 * self.actions.len() as u32
    }

    /// The first end in the list, if anything is left.
    fn horizon(&self) -> Option<u64> {
        let mut at = self.own();
        while let Some((next, _)) = self.after(at) {
            at = next;
        }
        let next = self.next[at as usize];
        (next != self.own()).then(|| self.actions[next as usize / 2].end)
    }

    /// Places all actions in the window that fit and change nothing.
    fn place_what_fits(&mut self) {
        let mut at = self.own();
        while let Some((next, action)) = self.after(at) {
            if action.to == NONE && action.fits(self.state) {
                self.lift(next / 2);
            } else {
                at = next;
            }
        }
        let facts = &self.facts[self.state as usize];
        if facts.needed == 0 && facts.excluded == 0 && !facts.maybe_needed {
            self.state = OTHER;
        }
    }

    /// Whether the state may be left, by an action that needs it itself or not.
    fn may_leave(&self, needs: Value) -> bool {
        let facts = &self.facts[self.state as usize];
        facts.needed == u32::from(needs == self.state) || facts.needed == 0 || facts.makers > 0
    }

    /// Appends the next candidates to the choices; the most promising is last.
    fn offer(&mut self, horizon: u64) {
        let before = self.choices.len();
        let (mut at, mut wants_other) = (self.own(), false);
        let blind = self.may_leave(NONE);
        let mut wanted = Vec::new();
        while let Some((next, action)) = self.after(at) {
            at = next;
            wants_other |= action.not != NONE;
            if action.needs != NONE && self.facts[action.needs as usize].wanted != self.steps {
                self.facts[action.needs as usize].wanted = self.steps;
                wanted.push(action.needs);
            }
            if action.to == NONE || !action.fits(self.state) {
                continue;
            }
            if action.needs != NONE {
                // It counts as one of those that need the state.
                if self.may_leave(action.needs) {
                    self.choices.push(next / 2);
                }
            } else if blind || action.to == self.state {
                self.offer_write(next / 2, action, before);
            }
        }
        // The first to end is tried first, the others in order of their start.
        self.choices[before..].reverse();
        let first = self.next[at as usize] / 2;
        if let Some(place) = self.choices[before..].iter().position(|&choice| choice == first) {
            self.choices[before..][place..].rotate_left(1);
        }
        if blind && !self.classes.is_empty() {
            let certain = self.choices.len();
            self.offer_maybes(horizon, wants_other, &wanted);
            let maybes = self.choices.len() - certain;
            self.choices[before..].rotate_right(maybes);
        }
    }

    /// Offers a write, unless one of the same value ends earlier: of two equal writes, that one may always go first.
    fn offer_write(&mut self, index: u32, action: Action, before: usize) {
        let place = self.facts[action.to as usize].choice;
        let there = self.choices.get(place).filter(|_| place >= before);
        let twin = there
            .map(|&other| (other, self.actions[other as usize]))
            .filter(|(_, other)| other.needs == NONE && other.to == action.to);
        match twin {
            Some((other, known)) => {
                if (action.end, index) < (known.end, other) {
                    self.choices[place] = index;
                }
            }
            None => {
                self.facts[action.to as usize].choice = self.choices.len();
                self.choices.push(index);
            }
        }
    }

    /// Offers maybe-operations whose value is needed by the window, or by another maybe-operation.
    fn offer_maybes(&mut self, horizon: u64, wants_other: bool, wanted: &[Value]) {
        let base = self.actions.len() as u32;
        let usable = |search: &Self, place: usize| {
            let class = &search.classes[place];
            class.to != search.state
                && (class.needs == NONE || class.needs == search.state)
                && class.starts.get(class.used).is_some_and(|&start| start <= horizon)
        };
        if wants_other {
            for place in 0..self.classes.len() {
                if usable(self, place) {
                    self.choices.push(base + place as u32);
                }
            }
            return;
        }
        for &value in wanted {
            let mut place = self.classes.partition_point(|class| class.to < value);
            while self.classes.get(place).is_some_and(|class| class.to == value) {
                if usable(self, place) {
                    self.choices.push(base + place as u32);
                }
                place += 1;
            }
        }
        // Links of a chain: those that set what another maybe-operation needs.
        for needed in 0..self.classes.len() {
            let value = self.classes[needed].needs;
            if value == NONE || self.facts[value as usize].wanted == self.steps {
                continue;
            }
            self.facts[value as usize].wanted = self.steps;
            let mut place = self.classes.partition_point(|class| class.to < value);
            while self.classes.get(place).is_some_and(|class| class.to == value) {
                if usable(self, place) {
                    self.choices.push(base + place as u32);
                }
                place += 1;
            }
        }
    }

    /// Applies a choice.
    fn take(&mut self, choice: u32) {
        let base = self.actions.len() as u32;
        let (needs, to) = match self.actions.get(choice as usize) {
            Some(action) => (action.needs, action.to),
            None => {
                let class = &self.classes[(choice - base) as usize];
                (class.needs, class.to)
            }
        };
        if needs == NONE {
            self.absorb(choice);
        }
        if choice < base {
            self.lift(choice);
        } else {
            let class = &mut self.classes[(choice - base) as usize];
            class.used += 1;
            self.facts[to as usize].makers -= 1;
            self.trail.push(choice);
        }
        self.state = to;
    }

    /// Places the writes that no other operation will miss, with all that must see them, before the write that comes
    /// next.
    fn absorb(&mut self, choice: u32) {
        let mut at = self.own();
        let Some(mut horizon) = self.horizon() else { return };
        while let Some((next, action)) = self.after(at) {
            at = next;
            let index = next / 2;
            if index == choice || action.needs != NONE || action.to == NONE {
                continue;
            }
            let facts = &self.facts[action.to as usize];
            if facts.maybe_needed || self.last_excluded > horizon && self.excluders > 0 {
                continue;
            }
            if facts.needed == 0 || facts.last_needed <= horizon {
                let seen = facts.needed > 0 || self.excluders > 0;
                self.lift(index);
                self.state = action.to;
                if seen {
                    self.place_what_fits();
                }
                at = self.own();
                horizon = self.horizon().unwrap_or(u64::MAX);
            }
        }
    }

    /// Removes an action from the list.
    fn lift(&mut self, index: u32) {
        for at in [2 * index as usize + 1, 2 * index as usize] {
            let (prev, next) = (self.prev[at], self.next[at]);
            self.next[prev as usize] = next;
            self.prev[next as usize] = prev;
        }
        self.count(index, false);
        self.trail.push(index);
    }

    /// Counts an action as unplaced, or no longer.
    fn count(&mut self, index: u32, more: bool) {
        let step = |count: &mut u32| *count = if more { *count + 1 } else { *count - 1 };
        let action = self.actions[index as usize];
        if action.needs != NONE {
            step(&mut self.facts[action.needs as usize].needed);
        }
        if action.not != NONE {
            step(&mut self.facts[action.not as usize].excluded);
            step(&mut self.excluders);
        }
        if action.to != NONE {
            step(&mut self.facts[action.to as usize].makers);
        }
    }

    /// Undoes everything after a mark.
    fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            let Some(done) = self.trail.pop() else { return };
            if let Some(class) = (done as usize).checked_sub(self.actions.len()) {
                let class = &mut self.classes[class];
                class.used -= 1;
                self.facts[class.to as usize].makers += 1;
                continue;
            }
            for at in [2 * done as usize, 2 * done as usize + 1] {
                let (prev, next) = (self.prev[at], self.next[at]);
                self.next[prev as usize] = at as u32;
                self.prev[next as usize] = at as u32;
            }
            self.count(done, true);
        }
    }

    /// Whether the search was never here, nor in a state that dominates this one; remembers the state.
    ///
    /// The window determines everything that is placed: all that begins before the window's first end and is not in it.
    fn is_new(&mut self) -> bool {
        let mut at = self.own();
        self.memory.begin(self.state);
        while let Some((next, _)) = self.after(at) {
            at = next;
            self.memory.push(next);
        }
        self.memory.divide();
        for (place, class) in self.classes.iter().enumerate().filter(|(_, class)| class.used > 0) {
            let facts = &self.facts[class.to as usize];
            if facts.needed > 0 || facts.maybe_needed || self.excluders > 0 {
                self.memory.push(place as u32);
                self.memory.push(class.used as u32);
            }
        }
        self.memory.keep()
    }
}

/// The list of beginnings and ends: next and previous entries. A beginning at the time of an end comes before that end.
fn links(actions: &[Action]) -> (Vec<u32>, Vec<u32>) {
    let own = 2 * actions.len();
    let (mut next, mut prev) = (vec![0; own + 1], vec![0; own + 1]);
    let ends = places(actions.len(), &mut |a, b| actions[a].end.cmp(&actions[b].end));
    let (mut begun, mut last) = (0, own);
    let mut append = |at: usize| {
        next[last] = at as u32;
        prev[at] = last as u32;
        last = at;
    };
    for end in ends {
        while actions.get(begun).is_some_and(|action| action.start <= actions[end].end) {
            append(2 * begun);
            begun += 1;
        }
        append(2 * end + 1);
    }
    append(own);
    (next, prev)
}
