//! Calls that come too fast, combined.
//!
//! Guarantees: the first call goes through at once; of those within the interval one goes through at its end, and it is
//! what they combine to. Leaves out: what is called.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use super::{Load, Wish};
use crate::web::clock;

/// How calls that arrive too fast are combined.
pub(super) trait Merge {
    /// Combines both; where they differ, the later one wins.
    fn with(self, later: Self) -> Self;
}

impl Merge for () {
    fn with(self, (): Self) -> Self {}
}

impl Merge for Wish {
    fn with(self, later: Self) -> Self {
        Self {
            lang: later.lang.or(self.lang),
            theme: later.theme.or(self.theme),
            controls: later.controls.or(self.controls),
            faults: later.faults.or(self.faults),
        }
    }
}

/// Of requests that replace each other, the last one counts.
pub(super) struct Last<T>(pub(super) T);

impl<T> Merge for Last<T> {
    fn with(self, later: Self) -> Self {
        later
    }
}

/// What replaces the run.
pub(super) enum Opening {
    /// Another run.
    Load(Load),
    /// A saved run, whose opening is answered as a state.
    State(String),
    /// The same from its beginning.
    Reset,
}

/// Throttles a function: calls it at once, and combines calls within the interval into one at its end.
pub(super) struct Calm<T> {
    every_ms: u32,
    call: Rc<dyn Fn(T)>,
    waiting: Rc<RefCell<Option<T>>>,
    resting: Rc<Cell<bool>>,
}

impl<T: Merge + 'static> Calm<T> {
    pub(super) fn new(every_ms: u32, call: impl Fn(T) + 'static) -> Self {
        Self { every_ms, call: Rc::new(call), waiting: Rc::default(), resting: Rc::default() }
    }

    pub(super) fn call(&self, argument: T) {
        if self.resting.replace(true) {
            let before = self.waiting.take();
            self.waiting.replace(Some(match before {
                Some(before) => before.with(argument),
                None => argument,
            }));
            return;
        }
        (self.call)(argument);
        let (call, waiting, resting) = (self.call.clone(), self.waiting.clone(), self.resting.clone());
        let every_ms = self.every_ms;
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                clock::sleep(every_ms).await;
                let Some(argument) = waiting.take() else { break };
                call(argument);
            }
            resting.set(false);
        });
    }
}
