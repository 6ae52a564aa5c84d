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
    /// Advances time in which nothing is scheduled.
    fn wait(&mut self, until_us: Micros);
    /// The time of the next event.
    fn next_at(&self) -> Option<Micros>;
    /// Processes the next event.
    fn happen(&mut self);
    /// The digest of all events, as 16 hex digits.
    fn digest(&self) -> String;
    /// Events so far.
    fn event_count(&self) -> u64;
    /// The events since the last call.
    fn take_events(&mut self) -> Vec<Event>;
    /// The data that the host has to persist.
    fn outbox(&self) -> &Outbox;
    /// The data that the host has to persist.
    fn outbox_mut(&mut self) -> &mut Outbox;
    /// Rows that were acknowledged.
    fn acknowledged(&self) -> u64;
    /// The value of a setting.
    fn setting(&self, name: &str) -> Option<u64>;
    /// Executes a command, as far as it concerns the world itself.
    fn obey(&mut self, command: Command) -> Result<(), Refusal>;
    /// Fills in its part of the snapshot.
    fn fill(&self, snapshot: &mut Snapshot);
    /// The names of its meters, besides those that every world has.
    fn meters(&self) -> &'static [&'static str] {
        &[]
    }
    /// A meter by name, cheap enough to be read at every event. Including `majority`, if it is known here.
    fn meter(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }
    /// The current outage, or the last one.
    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        None
    }
    /// The nodes that a word in lessons refers to, in order: `acting:root_coord`, `proxy`, `query_node:2`, `down`.
    fn named(&self, word: &str) -> Vec<quorum_types::NodeId> {
        let _ = word;
        Vec::new()
    }
    /// How long a lesson's moves may take in this world, in virtual time.
    fn most_run_us(&self) -> Micros {
        quorum_lesson::schema::MOST_RUN_ONE_SITE_US
    }
    /// Clones the world.
    fn copy(&self) -> Box<dyn SimWorld>;
}

/// Prints the progress of a world. `Debug` as a supertrait would include the code that prints every part of every world
/// in the program.
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

/// Methods that are the same for every hosted world with an event queue
/// ([`event_queue_methods`](quorum_sim::event_queue_methods)), settings and acknowledged rows.
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
