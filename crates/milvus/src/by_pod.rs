//! What some of the pods have, by the pod's number.
//!
//! Guarantees: it lists in the order of the numbers; finding one costs the same in a cluster of any size, for every
//! message looks for its receiver's member. Leaves out: what is removed again, or is kept for pairs of pods; maps do
//! that.

use quorum_types::NodeId;

/// What some of the pods have.
#[derive(Clone, Debug)]
pub(super) struct ByPod<T> {
    of: Vec<Option<T>>,
}

impl<T> Default for ByPod<T> {
    fn default() -> Self {
        Self { of: Vec::new() }
    }
}

impl<T> ByPod<T> {
    /// What a pod has.
    #[inline]
    pub(super) fn get(&self, id: &NodeId) -> Option<&T> {
        self.of.get(*id as usize)?.as_ref()
    }

    /// The same, to change it.
    #[inline]
    pub(super) fn get_mut(&mut self, id: &NodeId) -> Option<&mut T> {
        self.of.get_mut(*id as usize)?.as_mut()
    }

    /// Gives it to a pod.
    pub(super) fn insert(&mut self, id: NodeId, what: T) {
        let at = id as usize;
        if self.of.len() <= at {
            self.of.resize_with(at + 1, || None);
        }
        self.of[at] = Some(what);
    }

    /// The pods that have it, and what they have.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, &T)> {
        (0..).zip(&self.of).filter_map(|(id, what)| Some((id, what.as_ref()?)))
    }

    /// What they have.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.of.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_it_was_given_in_order() {
        let mut words = ByPod::default();
        for (id, word) in [(7, "c"), (2, "a"), (5, "x"), (5, "b")] {
            words.insert(id, word);
        }
        assert_eq!(words.iter().collect::<Vec<_>>(), [(2, &"a"), (5, &"b"), (7, &"c")]);
        assert!(words.values().copied().eq(["a", "b", "c"]));
        *words.get_mut(&2).expect("it is there") = "d";
        assert_eq!((words.get(&2), words.get(&3), words.get(&8)), (Some(&"d"), None, None));
        assert!(words.get_mut(&9).is_none());
    }
}
