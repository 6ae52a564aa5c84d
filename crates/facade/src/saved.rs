//! A run as data: what it began from, what was asked of it and when, and the moment that is shown.
//!
//! Guarantees: [`Lab::reopen`](super::Lab::reopen) of what [`Lab::saved_run`](super::Lab::saved_run) returned leads to
//! the same moment, with the same digest, goals and answers, and refuses what does not. Leaves out: how it is written
//! as bytes (the crate `saved_run`), writing it down while a run goes on (`transcript`), and repeating it (`reopen`).

use serde::{Deserialize, Serialize};

use super::bounds::{moment, size};
use super::command::Command;
use super::swarm::Replay;
use quorum_types::{Micros, Refusal};

/// Most entries of a saved run.
pub const MOST_ENTRIES: usize = 10_000;
/// Most steps of the world that opening a saved run may take.
pub const MOST_STEPS: u64 = 4_000_000;

/// A run as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedRun {
    /// What it began from.
    pub began: Began,
    /// What was asked of it, in order.
    pub entries: Vec<Entry>,
    /// The moment that is shown.
    pub moment: Arrival,
    /// What the moment is like: events, goals and answers ([`Lab::fingerprint`](super::Lab::fingerprint)).
    pub fingerprint: u32,
}

/// What a run began from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Began {
    /// A lesson, by slug; one without a seed has the lesson's own.
    Lesson {
        /// Its slug.
        slug: String,
        /// The seed, if it is not the lesson's own.
        seed: Option<u64>,
    },
    /// A topology, for free play.
    Topology {
        /// Its word.
        word: String,
        /// The seed.
        seed: u64,
    },
    /// A schedule that a search found.
    Schedule(Box<Replay>),
}

/// How the run came to the point at which something was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrival {
    /// Nothing has passed since the last entry.
    Here,
    /// Everything has happened that is due by this time.
    AtRest {
        /// The time.
        t_us: Micros,
    },
    /// In the middle of what is due at this time.
    Between {
        /// The time.
        t_us: Micros,
        /// How many steps of the world lead to it.
        steps: u64,
        /// How many commands of the line are done.
        commands: u64,
    },
}

/// Something that was asked of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// How the run came there.
    pub at: Arrival,
    /// What it was.
    pub what: Asked,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Asked {
    /// A command.
    Command(Command),
    /// To go to a moment of a line.
    Go {
        /// The line's number.
        line: u32,
        /// The moment.
        to: Arrival,
    },
}

impl Arrival {
    /// Its time, if it names one.
    pub fn t_us(self) -> Option<Micros> {
        match self {
            Self::Here => None,
            Self::AtRest { t_us } | Self::Between { t_us, .. } => Some(t_us),
        }
    }

    fn check(self) -> Result<(), Refusal> {
        self.t_us().map_or(Ok(()), |t_us| moment("t_us", t_us))?;
        match self {
            Self::Between { steps, .. } if steps > MOST_STEPS => Err(too_long()),
            _ => Ok(()),
        }
    }
}

impl SavedRun {
    /// The time of its moment.
    pub fn moment_us(&self) -> Micros {
        self.moment.t_us().unwrap_or_default()
    }

    /// The lesson's slug, if it is a run of one.
    pub fn lesson(&self) -> Option<&str> {
        match &self.began {
            Began::Lesson { slug, .. } => Some(slug),
            Began::Topology { .. } | Began::Schedule(_) => None,
        }
    }

    /// The word of its topology, if it is no run of a lesson.
    pub fn topology(&self) -> Option<String> {
        match &self.began {
            Began::Lesson { .. } => None,
            Began::Topology { word, .. } => Some(word.clone()),
            Began::Schedule(replay) => Some(replay.world.topology(replay.nodes)),
        }
    }

    /// Rejects one with too many entries, or with times beyond the limits. Commands are checked as they are repeated.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        size("entries", self.entries.len(), MOST_ENTRIES)?;
        self.entries.iter().try_for_each(|entry| {
            entry.at.check()?;
            match entry.what {
                Asked::Go { to, .. } => to.check(),
                Asked::Command(_) => Ok(()),
            }
        })?;
        self.moment.check()
    }
}

/// The refusal of a run that takes too long to repeat.
pub(super) fn too_long() -> Refusal {
    Refusal::new("run_too_long", format!("a saved run takes at most {MOST_STEPS} steps to repeat"))
}
