//! The interface of a world that another crate implements.
//!
//! Guarantees: a hosted world gets the same calls as the worlds of this crate. Leaves out: which hosted worlds exist
//! (`worlds`).

use core::fmt;

use super::command::Command;
use super::event::Event;
use super::snapshot::Snapshot;
use quorum_sim::outbox::Outbox;
use quorum_types::{Micros, Refusal};

/// A world.
pub(super) trait SimWorld {
    /// Virtual time.
    fn now(&self) -> Micros;
    /// Lets time pass in which nothing is scheduled.
    fn wait(&mut self, until_us: Micros);
    /// When the next thing happens.
    fn next_at(&self) -> Option<Micros>;
    /// Lets the next thing happen.
    fn happen(&mut self);
    /// The digest of all events, as 16 hex digits.
    fn digest(&self) -> String;
    /// Events so far.
    fn event_count(&self) -> u64;
    /// The events since the last call.
    fn take_events(&mut self) -> Vec<Event>;
    /// What the host has to keep.
    fn outbox(&self) -> &Outbox;
    /// What the host has to keep.
    fn outbox_mut(&mut self) -> &mut Outbox;
    /// Rows that were acknowledged.
    fn acknowledged(&self) -> u64;
    /// The value of a setting.
    fn setting(&self, name: &str) -> Option<u64>;
    /// Does what a command says, as far as it is the world's own affair.
    fn obey(&mut self, command: Command) -> Result<(), Refusal>;
    /// Fills in what is shown of it.
    fn fill(&self, snapshot: &mut Snapshot);
    /// The names of its meters, beside those that every world has.
    fn meters(&self) -> &'static [&'static str] {
        &[]
    }
    /// A meter by name, cheap enough to be read at every event. `majority` too, if it is known here.
    fn meter(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }
    /// The outage under way, or the last one.
    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        None
    }
    /// Who is called by a word in lessons, in order: `acting:root_coord`, `proxy`, `query_node:2`, `down`.
    fn named(&self, word: &str) -> Vec<quorum_types::NodeId> {
        let _ = word;
        Vec::new()
    }
    /// How long a lesson's moves may take in it.
    fn most_run_us(&self) -> Micros {
        quorum_lesson::schema::MOST_RUN_NEAR_US
    }
    /// The same world once more.
    fn copy(&self) -> Box<dyn SimWorld>;
}

/// Says how far a world is. `Debug` as a supertrait would bring the code that prints every part of every world into the
/// program.
impl fmt::Debug for dyn SimWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimWorld").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clone for Box<dyn SimWorld> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// What is the same of every hosted whose world has an event_queue ([`event_queue_methods`](quorum_sim::event_queue_methods)), settings and acknowledged rows.
macro_rules! sim_world_methods {
    () => {
        fn now(&self) -> Micros {
            self.now_us()
        }

        fn wait(&mut self, until_us: Micros) {
            Self::wait(self, until_us);
        }

        fn next_at(&self) -> Option<Micros> {
            Self::next_at(self)
        }

        fn happen(&mut self) {
            Self::happen(self, Micros::MAX);
        }

        fn digest(&self) -> String {
            Self::digest(self)
        }

        fn event_count(&self) -> u64 {
            Self::event_count(self)
        }

        fn take_events(&mut self) -> Vec<Event> {
            united(Self::take_events(self))
        }

        fn outbox(&self) -> &Outbox {
            Self::outbox(self)
        }

        fn outbox_mut(&mut self) -> &mut Outbox {
            Self::outbox_mut(self)
        }

        fn acknowledged(&self) -> u64 {
            Self::acknowledged(self)
        }

        fn setting(&self, name: &str) -> Option<u64> {
            self.settings().value(name)
        }
    };
}
pub(super) use sim_world_methods;
