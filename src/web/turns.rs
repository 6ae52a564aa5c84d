//! The order of calls: a call made after an opening is answered for the run that it opens.
//!
//! An opening may have to fetch texts before it begins, and so may the opening before it. Guarantees: openings begin
//! one after the other, in the order of their calls; any other call waits for the latest opening called before it, and
//! is refused with the same code where that failed. Leaves out: what becomes of a call whose run is replaced (`session`
//! refuses it), and openings by hand, which begin at once.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot::{self, Receiver, Sender};

use quorum_types::Refusal;

/// The result of beginning: the run is being opened, or it is not.
type Begun = Result<(), Refusal>;

/// The order of calls. Clones share one order.
#[derive(Clone, Debug, Default)]
pub struct Turns(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    /// The number of openings that were called for.
    called: u64,
    /// The number of those that have begun or failed.
    over: u64,
    /// The waits, by the opening that they wait for.
    waiting: Vec<(u64, Sender<Begun>)>,
}

/// An opening that was called for.
#[derive(Debug)]
#[must_use = "nothing that is requested after it is answered before it has begun"]
pub struct Turn {
    turns: Turns,
    number: u64,
    before: Wait,
}

/// A wait for the latest opening; it ends at once where that has begun or failed.
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

    /// Waits for the latest opening.
    pub fn wait(&self) -> Wait {
        let mut state = self.0.borrow_mut();
        if state.over == state.called {
            return Wait(None);
        }
        let (tell, receiver) = oneshot::channel();
        let number = state.called;
        state.waiting.push((number, tell));
        Wait(Some(receiver))
    }
}

impl Wait {
    /// Resolves when that opening has begun, or with its refusal.
    pub async fn over(self) -> Begun {
        match self.0 {
            // Every turn sends its result before it is dropped.
            Some(receiver) => receiver.await.unwrap_or(Ok(())),
            None => Ok(()),
        }
    }
}

impl Turn {
    /// Waits for this opening's turn, whether or not the previous one succeeded, begins it, and wakes the calls that
    /// wait for it.
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
            // This fails only if the caller no longer waits.
            drop(tell.send(begun.as_ref().map(|_| ()).map_err(Refusal::clone)));
        }
        begun
    }
}
