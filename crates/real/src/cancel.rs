//! Waits for answers, and stops waiting when the drill is to end.
//!
//! Guarantees: every wait has a bound; one that began before the end was asked for is given up at once when it is; one
//! that began after it, to clean up, gets its whole time. Leaves out: who asks for the end (Ctrl-C, in `cli`).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::clock::Clock;

/// The interval at which a wait checks whether the end was requested.
const PIECE_MS: u64 = 50;

/// Knows whether the drill is to end.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Fn() -> bool + Send + Sync>);

impl std::fmt::Debug for Cancel {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Cancel({})", self.asked())
    }
}

impl Default for Cancel {
    /// Never ends.
    fn default() -> Self {
        Self::new(|| false)
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The time was over.
    Late,
    /// Who was to answer has ended.
    Gone,
    /// The drill is to end.
    Stopped,
}

impl Cancel {
    /// The drill is to end once this holds.
    pub fn new(asked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(asked))
    }

    /// Whether the drill is to end.
    pub fn asked(&self) -> bool {
        (self.0)()
    }

    /// Refuses to begin what the drill's end would leave undone: whatever begins after it is there to clean up.
    pub(crate) fn going(&self) -> Result<(), Unanswered> {
        if self.asked() { Err(Unanswered::Stopped) } else { Ok(()) }
    }

    /// Waits for an answer.
    pub(crate) fn wait<T>(&self, answers: &Receiver<T>, wait_ms: u64) -> Result<T, Unanswered> {
        let cleaning_up = self.asked();
        let clock = Clock::start();
        loop {
            let left_ms = wait_ms.saturating_sub(clock.now_us() / 1_000);
            match answers.recv_timeout(Duration::from_millis(left_ms.min(PIECE_MS))) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Disconnected) => return Err(Unanswered::Gone),
                Err(RecvTimeoutError::Timeout) if left_ms == 0 => return Err(Unanswered::Late),
                Err(RecvTimeoutError::Timeout) if !cleaning_up && self.asked() => {
                    return Err(Unanswered::Stopped);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_wait_ends_with_its_answer_its_time_its_sender_or_the_drill() {
        let never = Cancel::default();
        let (send, answers) = channel();
        assert_eq!(never.wait(&answers, 1), Err(Unanswered::Late));
        send.send(7).expect("heard");
        assert_eq!(never.wait(&answers, 60_000), Ok(7));
        // Asked for while it waits: at the second time of asking.
        let times = AtomicU64::new(0);
        let soon = Cancel::new(move || times.fetch_add(1, SeqCst) > 0);
        assert_eq!(soon.wait(&answers, 600_000), Err(Unanswered::Stopped));
        // A wait that begins after that is one that cleans up.
        assert_eq!(soon.wait(&answers, 1), Err(Unanswered::Late));
        drop(send);
        assert_eq!(never.wait(&answers, 60_000), Err(Unanswered::Gone));
    }
}
