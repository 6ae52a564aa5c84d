//! Putting things in order, with little code.
//!
//! The standard library's sorts compile to four or five kilobytes for every type. [`sort`] is one function for all, told
//! how to compare by a reference; it is stable and takes n log n comparisons. Leaves out: being as fast as the
//! standard one.

use core::cmp::Ordering;

/// Puts things in order; equal ones stay as they stood.
pub fn sort<T>(things: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = order(things.len(), &|a, b| compare(&things[a as usize], &things[b as usize]));
    // Every cycle of the permutation is walked once.
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = core::mem::replace(&mut places[at], at as u32) as usize;
            if from == start || from == at {
                break;
            }
            things.swap(at, from);
            at = from;
        }
    }
}

/// The places of so many things in their order: a merge sort that knows nothing of what it sorts.
fn order(len: usize, compare: &dyn Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut places: Vec<u32> = (0..len as u32).collect();
    let mut merged = places.clone();
    let mut width = 1;
    while width < len {
        for start in (0..len).step_by(2 * width) {
            let (middle, end) = ((start + width).min(len), (start + 2 * width).min(len));
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                let takes_left = left < middle
                    && (right >= end || compare(places[left], places[right]) != Ordering::Greater);
                let from = if takes_left { &mut left } else { &mut right };
                *slot = places[*from];
                *from += 1;
            }
        }
        core::mem::swap(&mut places, &mut merged);
        width *= 2;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Rng;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut rng = Rng::new(5, 1);
        for len in (0..70).chain([1_000, 4_097]) {
            let things: Vec<(u64, usize)> = (0..len).map(|at| (rng.below(len as u64 / 3 + 1), at)).collect();
            let (mut ours, mut theirs) = (things.clone(), things);
            sort(&mut ours, |a, b| a.0.cmp(&b.0));
            theirs.sort_by_key(|thing| thing.0);
            assert_eq!(ours, theirs, "{len} things");
        }
    }
}
