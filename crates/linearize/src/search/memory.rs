//! The visited states of a search.
//!
//! Guarantees: exact; a few bytes per state. Leaves out: how a state is encoded.

/// The visited states of a search, in a custom hash table: exact, and few bytes each.
///
/// An entry is two lists of numbers: values that must be equal, and usage counts (in pairs), where lower is better.
#[derive(Default)]
pub(super) struct Memory {
    /// The entries: the length of the first list, of both, then the numbers.
    entries: Vec<u32>,
    /// Start of each entry, plus one; 0 is free.
    slots: Vec<usize>,
    kept: usize,
    begin: usize,
}

impl Memory {
    /// Begins an entry with its first number.
    pub(super) fn begin(&mut self, first: u32) {
        self.begin = self.entries.len();
        self.entries.extend([0, 0, first]);
    }

    pub(super) fn push(&mut self, number: u32) {
        self.entries.push(number);
    }

    /// The following numbers are counts.
    pub(super) fn divide(&mut self) {
        self.entries[self.begin] = (self.entries.len() - self.begin - 2) as u32;
    }

    /// Keeps the entry, unless another makes it redundant. Returns whether it was kept.
    pub(super) fn keep(&mut self) -> bool {
        self.entries[self.begin + 1] = (self.entries.len() - self.begin - 2) as u32;
        if 2 * (self.kept + 1) > self.slots.len() {
            self.grow();
        }
        let mut slot = self.slot(self.begin);
        while self.slots[slot] != 0 {
            if self.covers(self.slots[slot] - 1) {
                self.entries.truncate(self.begin);
                return false;
            }
            slot = (slot + 1) % self.slots.len();
        }
        self.slots[slot] = self.begin + 1;
        self.kept += 1;
        true
    }

    /// The two lists of the entry that begins here.
    fn lists(&self, begin: usize) -> (&[u32], &[u32]) {
        let (same, both) = (self.entries[begin] as usize, self.entries[begin + 1] as usize);
        self.entries[begin + 2..begin + 2 + both].split_at(same)
    }

    /// Whether the entry that begins here makes the new one redundant.
    fn covers(&self, begin: usize) -> bool {
        let ((same, counts), (new, more)) = (self.lists(begin), self.lists(self.begin));
        let mut more = more.chunks_exact(2);
        same == new
            && counts.chunks_exact(2).all(|count| {
                more.find(|more| more[0] >= count[0])
                    .is_some_and(|more| more[0] == count[0] && more[1] >= count[1])
            })
    }

    fn slot(&self, begin: usize) -> usize {
        let mix = |hash: u64, &number: &u32| {
            let hash = (hash ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^ hash >> 29
        };
        (self.lists(begin).0.iter().fold(0x51ed_270b, mix) % self.slots.len() as u64) as usize
    }

    fn grow(&mut self) {
        let old = core::mem::take(&mut self.slots);
        self.slots = vec![0; (2 * old.len()).max(64)];
        for entry in old.into_iter().filter(|&entry| entry != 0) {
            let mut slot = self.slot(entry - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) % self.slots.len();
            }
            self.slots[slot] = entry;
        }
    }
}
