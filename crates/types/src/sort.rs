//! The sort of everything that the page downloads.
//!
//! The standard library compiles its sorts again for every type and every order, at 3 to 5 KB of WebAssembly each. Here
//! only positions are sorted, by an order that is called through a pointer, so all sorts share one copy of the code;
//! what each adds is the comparison and a loop that moves the elements (docs/decisions/0028-one-sort.md).
//!
//! Guarantees: stable, so the result is that of `slice::sort_by`; one comparison an element for what is in order
//! already, and one more for each time that the number of runs has to be halved. Leaves out: speed for millions of
//! elements. What sorts in an inner loop may use the standard sorts, and says so.

use core::cmp::Ordering;

/// The positions of `len` elements in the order of those elements; equal ones stay as they are.
pub fn places(len: usize, order: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut from: Vec<usize> = (0..len).collect();
    // Where each run of elements ends that are in order already. Neighbouring runs are merged until there is one.
    let mut ends: Vec<usize> = (1..len).filter(|at| order(at - 1, *at) == Ordering::Greater).collect();
    ends.push(len);
    let mut to = Vec::new();
    while ends.len() > 1 {
        let mut start = 0;
        for pair in ends.chunks(2) {
            let end = pair[pair.len() - 1];
            let (mut left, mut right) = (&from[start..pair[0]], &from[pair[0]..end]);
            while let ([a, behind_a @ ..], [b, behind_b @ ..]) = (left, right) {
                // The left one came first, so it stays first when both are equal.
                if order(*b, *a) == Ordering::Less {
                    to.push(*b);
                    right = behind_b;
                } else {
                    to.push(*a);
                    left = behind_a;
                }
            }
            to.extend_from_slice(left);
            to.extend_from_slice(right);
            start = end;
        }
        core::mem::swap(&mut from, &mut to);
        to.clear();
        ends = ends.chunks(2).map(|pair| pair[pair.len() - 1]).collect();
    }
    from
}

/// Sorts by an order.
pub fn sort_by<T>(items: &mut [T], mut order: impl FnMut(&T, &T) -> Ordering) {
    let mut places = places(items.len(), &mut |a, b| order(&items[a], &items[b]));
    // Each cycle of the permutation is walked once: an element is swapped to its place, and what was there goes on.
    for first in 0..places.len() {
        let mut at = first;
        loop {
            let from = core::mem::replace(&mut places[at], at);
            if from == first {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// Sorts by a key.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts in the natural order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    #[test]
    fn everything_comes_out_as_the_standard_sort_has_it() {
        let mut rng = Rng::new(1, 1);
        for len in (0..70).chain([127, 128, 129, 1_000]) {
            for values in [1, 2, 5, 1_000] {
                // Equal numbers can be distinguished by their letter, so stability is compared as well.
                let list: Vec<(u64, usize)> = (0..len).map(|at| (rng.below(values), at)).collect();
                let (mut ours, mut theirs) = (list.clone(), list.clone());
                sort_by_key(&mut ours, |item| item.0);
                theirs.sort_by_key(|item| item.0);
                assert_eq!(ours, theirs);
                ours.reverse();
                theirs.reverse();
                sort_by_key(&mut ours, |item| item.0);
                theirs.sort_by_key(|item| item.0);
                assert_eq!(ours, theirs);
                sort_by(&mut ours, |a, b| b.cmp(a));
                theirs.sort_by(|a, b| b.cmp(a));
                assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn what_is_in_order_is_looked_at_once() {
        let mut looks = 0;
        sort_by(&mut [1, 2, 2, 3, 9], |a, b| {
            looks += 1;
            a.cmp(b)
        });
        assert_eq!(looks, 4);
    }

    #[test]
    fn an_order_that_contradicts_itself_loses_nothing() {
        let mut list: Vec<u32> = (0..50).rev().collect();
        let mut flip = false;
        sort_by(&mut list, |_, _| {
            flip = !flip;
            if flip { Ordering::Greater } else { Ordering::Less }
        });
        list.sort_unstable();
        assert!(list.into_iter().eq(0..50));
    }
}
