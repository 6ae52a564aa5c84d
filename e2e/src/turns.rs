//! Which tests run in parallel, and which only alone.
//!
//! Guarantees: while a test that asked to be alone has a browser, no other test has one; it waits for those that have,
//! and those that come after it wait for it. Leaves out: tests without a browser, which may run at any time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// A slot among the tests that have a browser, or the only slot.
#[derive(Debug)]
pub struct Turn {
    of: &'static Turns,
    alone: bool,
}

/// Which tests have a slot.
#[derive(Debug, Default)]
pub struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The parallel tests, once per browser.
    beside: Vec<ThreadId>,
    alone: Option<ThreadId>,
    /// Tests that wait to be alone: no other test starts before them.
    waiting: usize,
}

static TURNS: Turns = Turns::new();

/// Waits until no test has a browser, and keeps all others from having one until the value is dropped.
pub fn alone() -> Turn {
    TURNS.alone()
}

/// A slot beside others, for each browser.
pub(crate) fn beside() -> Turn {
    TURNS.beside()
}

impl Turns {
    /// No test has a slot.
    const fn new() -> Self {
        Self {
            state: Mutex::new(State { beside: Vec::new(), alone: None, waiting: 0 }),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent even if a test panicked while it held the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alone(&'static self) -> Turn {
        let mut state = self.state();
        assert!(!state.beside.contains(&here()), "a test asks to be alone before it asks for a browser");
        state.waiting += 1;
        while state.alone.is_some() || !state.beside.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state.alone = Some(here());
        Turn { of: self, alone: true }
    }

    fn beside(&'static self) -> Turn {
        let mut state = self.state();
        // A test that is alone, or has a browser already, may have another at once: waiting for others here would
        // deadlock.
        while !(state.alone == Some(here())
            || state.beside.contains(&here())
            || (state.alone.is_none() && state.waiting == 0))
        {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.beside.push(here());
        Turn { of: self, alone: false }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.of.state();
        if self.alone {
            state.alone = None;
        } else if let Some(at) = state.beside.iter().position(|thread| *thread == here()) {
            state.beside.swap_remove(at);
        }
        drop(state);
        self.of.changed.notify_all();
    }
}

fn here() -> ThreadId {
    thread::current().id()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn nobody_is_beside_a_test_that_is_alone() {
        static TURNS: Turns = Turns::new();
        static BESIDE: AtomicUsize = AtomicUsize::new(0);
        static ALONE: AtomicUsize = AtomicUsize::new(0);
        let tests = (0..24).map(|number| {
            thread::spawn(move || {
                for _ in 0..50 {
                    if number % 6 == 0 {
                        let _alone = TURNS.alone();
                        assert_eq!(ALONE.fetch_add(1, Ordering::SeqCst), 0);
                        // Its own browsers do not wait for it.
                        let _browser = TURNS.beside();
                        assert_eq!(BESIDE.load(Ordering::SeqCst), 0);
                        ALONE.fetch_sub(1, Ordering::SeqCst);
                    } else {
                        let first = TURNS.beside();
                        BESIDE.fetch_add(1, Ordering::SeqCst);
                        let second = TURNS.beside();
                        assert_eq!(ALONE.load(Ordering::SeqCst), 0);
                        drop(first);
                        assert_eq!(ALONE.load(Ordering::SeqCst), 0);
                        BESIDE.fetch_sub(1, Ordering::SeqCst);
                        drop(second);
                    }
                }
            })
        });
        let tests: Vec<_> = tests.collect();
        for test in tests {
            test.join().unwrap();
        }
        let state = TURNS.state();
        assert!(state.beside.is_empty() && state.alone.is_none() && state.waiting == 0, "{state:?}");
    }
}
