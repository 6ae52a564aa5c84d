//! The order of calls: what is called for behind an opening is answered for the run that it opens.
//!
//! An opening may have to fetch texts before it begins, and so may the opening before it. Promises: openings begin one
//! after the other, as they were called for; any other call waits for the opening that was called for last, and is
//! refused with the same code where that failed. Leaves out: what becomes of a call whose run is replaced (`session`
//! refuses it), and openings by hand, which begin at once.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot::{self, Receiver, Sender};

use quorum_types::Refusal;

/// What came of beginning: the run is being opened, or it is not.
type Begun = Result<(), Refusal>;

/// The order of calls. Clones are the same order.
#[derive(Clone, Debug, Default)]
pub struct Turns(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    /// How many openings were called for.
    called: u64,
    /// How many of them have begun or failed.
    over: u64,
    /// Who waits for which of them.
    waiting: Vec<(u64, Sender<Begun>)>,
}

/// An opening that was called for.
#[derive(Debug)]
#[must_use = "nothing that is called for behind it is answered before it has begun"]
pub struct Turn {
    turns: Turns,
    number: u64,
    before: Wait,
}

/// A wait for the opening that was called for last; for nothing, where that has begun or failed.
#[derive(Debug)]
pub struct Wait(Option<Receiver<Begun>>);

impl Turns {
    /// Takes the next turn for an opening.
    pub fn next(&self) -> Turn {
        let before = self.wait();
        let mut state = self.0.borrow_mut();
        state.called += 1;
        Turn { turns: self.clone(), number: state.called, before }
    }

    /// Takes the place behind the opening that was called for last.
    pub fn wait(&self) -> Wait {
        let mut state = self.0.borrow_mut();
        if state.over == state.called {
            return Wait(None);
        }
        let (tell, told) = oneshot::channel();
        let number = state.called;
        state.waiting.push((number, tell));
        Wait(Some(told))
    }
}

impl Wait {
    /// Resolves when that opening has begun, or with its refusal.
    pub async fn over(self) -> Begun {
        match self.0 {
            // Nobody lets go of a turn without a word.
            Some(told) => told.await.unwrap_or(Ok(())),
            None => Ok(()),
        }
    }
}

impl Turn {
    /// Waits until it is this opening's turn, whatever became of the one before, begins it, and lets go on who waits.
    pub async fn begin<T>(self, how: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        drop(self.before.over().await);
        let begun = how.await;
        let waiting = {
            let mut state = self.turns.0.borrow_mut();
            state.over = self.number;
            let (mine, others) = state.waiting.drain(..).partition(|(number, _)| *number == self.number);
            state.waiting = others;
            let mine: Vec<(u64, Sender<Begun>)> = mine;
            mine
        };
        for (_, tell) in waiting {
            // Whoever does not wait any more needs no word.
            drop(tell.send(begun.as_ref().map(|_| ()).map_err(Refusal::clone)));
        }
        begun
    }
}
