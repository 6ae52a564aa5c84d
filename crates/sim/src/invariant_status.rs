//! Named invariants and their violations, for every world.
//!
//! A world has one [`Invariants`] with a fixed list of names; its checkers report each check. Guarantees: a check never
//! changes the run; once violated, an invariant stays violated, with the first cause; nothing is a violation after the
//! run was excused, because more was destroyed than any protocol can recover. Leaves out: the checks themselves
//! (`checkers` for a replica set, and the `checkers` of the other worlds).

/// An invariant and its state.
#[derive(Clone, Debug)]
pub struct InvariantStatus {
    /// Its name.
    pub name: &'static str,
    /// The number of checks.
    pub checked: u64,
    /// The violation, if it was violated.
    pub broken: Option<Breach>,
}

/// A violation of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its code; the catalogues have a sentence for each.
    what: &'static str,
    /// The sentence in English, with the names of its figures between backquotes.
    text: &'static str,
    /// The nodes, terms, indexes and counts in it, in the order of the sentence.
    figures: Vec<u64>,
}

impl Breach {
    /// A violation: its code, the sentence in English with the names of its figures between backquotes, and the
    /// figures.
    pub fn new(what: &'static str, text: &'static str, figures: &[u64]) -> Self {
        Self { what, text, figures: figures.to_vec() }
    }

    /// Its code and its figures with their names: `two_leaders term=3 leader=1 node=2`.
    pub fn describe(&self) -> String {
        let mut text = self.what.to_owned();
        for (name, figure) in self.text.split('`').skip(1).step_by(2).zip(&self.figures) {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            text.push_str(&figure.to_string());
        }
        text
    }

    /// The sentence in English with its figures, for command lines and traces.
    pub fn detail(&self) -> String {
        let mut said = String::new();
        for (at, part) in self.text.split('`').enumerate() {
            match self.figures.get(at / 2) {
                Some(figure) if at % 2 == 1 => said.push_str(&figure.to_string()),
                _ => said.push_str(part),
            }
        }
        said
    }
}

/// The invariants of a world.
#[derive(Clone, Debug)]
pub struct Invariants {
    statuses: Vec<InvariantStatus>,
    excuse: Option<String>,
    broken: usize,
    fresh: Vec<(&'static str, String)>,
}

impl Invariants {
    /// Invariants with these names, in display order.
    pub fn new(names: &[&'static str]) -> Self {
        let statuses = names.iter().map(|name| InvariantStatus { name, checked: 0, broken: None }).collect();
        Self { statuses, excuse: None, broken: 0, fresh: Vec::new() }
    }

    /// Records a check of the invariant at this position of the list; `breach` is called if it does not hold.
    #[inline]
    pub fn check(&mut self, which: usize, holds: bool, breach: impl FnOnce() -> Breach) {
        let status = &mut self.statuses[which];
        status.checked += 1;
        if !holds && status.broken.is_none() && self.excuse.is_none() {
            let breach = breach();
            self.fresh.push((status.name, breach.detail()));
            status.broken = Some(breach);
            self.broken += 1;
        }
    }

    /// Counts a check that was passed.
    #[inline]
    pub fn passed(&mut self, which: usize) {
        self.statuses[which].checked += 1;
    }

    /// Whether the invariant at this position was violated.
    pub fn is_broken(&self, which: usize) -> bool {
        self.statuses[which].broken.is_some()
    }

    /// More was destroyed than can be recovered: from here on, missing data is lost, not a violation.
    pub fn excuse(&mut self, why: &str) {
        self.excuse.get_or_insert_with(|| why.to_owned());
    }

    /// Why missing data does not count as a violation; none within the budget.
    pub fn excused(&self) -> Option<&str> {
        self.excuse.as_deref()
    }

    /// Whether there are violations since the last call of [`Invariants::take_broken`].
    #[inline]
    pub fn newly_broken(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The violations since the last call.
    pub fn take_broken(&mut self) -> Vec<(&'static str, String)> {
        if self.fresh.is_empty() { Vec::new() } else { std::mem::take(&mut self.fresh) }
    }

    /// The number of violated invariants.
    pub fn broken_count(&self) -> usize {
        self.broken
    }

    /// All invariants.
    pub fn statuses(&self) -> &[InvariantStatus] {
        &self.statuses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_violation_stays_and_an_excused_run_has_none() {
        let breach = |n| move || Breach::new("off", "`node` is off", &[n]);
        let mut invariants = Invariants::new(&["a", "b"]);
        invariants.check(0, true, breach(1));
        invariants.check(0, false, breach(2));
        invariants.check(0, false, breach(3));
        assert_eq!(invariants.take_broken(), [("a", "2 is off".to_owned())]);
        assert_eq!(invariants.take_broken(), []);
        assert_eq!(invariants.statuses()[0].checked, 3);
        invariants.excuse("a disk is gone");
        invariants.check(1, false, breach(4));
        assert!(!invariants.is_broken(1) && invariants.is_broken(0));
        assert_eq!((invariants.broken_count(), invariants.excused()), (1, Some("a disk is gone")));
    }
}
