//! The messages of the second protocol, in both directions.
//!
//! `www/protocol.d.ts` describes them to hosts, and `tests/protocol_types.rs` holds both files to the same words: a
//! kind is a variant's name in camel case. Guarantees: plain data. Leaves out: the envelope (`host`, `dispatch`), and
//! what the messages cause.

use serde::{Deserialize, Serialize};

use super::answers::Given;
use quorum_facade::Event;

/// The protocol's version, the `v` of every message.
pub(super) const PROTOCOL: u32 = 2;
/// The versions that a frame speaks.
pub(super) const VERSIONS: [u32; 2] = [1, PROTOCOL];

/// The longest name of a message, in bytes.
const MOST_ID_BYTES: usize = 200;

/// The host's name for a message, which its answer repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

impl Id {
    /// Whether it is short enough to be repeated.
    pub(super) fn is_short(&self) -> bool {
        !matches!(self, Self::Text(text) if text.len() > MOST_ID_BYTES)
    }
}

/// From the frame to the host.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum FromFrame<'a> {
    /// The frame listens; also the answer to the host's hello. It goes to any origin.
    Hello {
        /// The protocols that it speaks.
        versions: [u32; 2],
        /// The name of the hello that it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Id>,
    },
    /// A run is open.
    Ready {
        /// The lesson's slug.
        lesson: Option<&'a str>,
        /// The topology, where there is no lesson.
        topology: Option<&'a str>,
        /// `zh` or `en`.
        lang: &'a str,
        /// `auto`, `light` or `dark`.
        theme: &'a str,
        /// `none`, `min` or `full`.
        controls: &'a str,
        /// The number of the lesson's steps.
        steps: usize,
        /// The number of its goals.
        goals: usize,
        /// Virtual time.
        t_us: u64,
        /// The name of the load or reset that opened it.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Id>,
    },
    /// The height of the content. It goes to any origin until one is named.
    Resize {
        /// In CSS pixels.
        px: i32,
    },
    /// The learner got further.
    Progress {
        /// The lesson's slug.
        lesson: &'a str,
        /// The first step that is not finished, from 0.
        step: u32,
        /// The number of steps.
        steps: usize,
        /// Goals met.
        goals_met: usize,
        /// Goals in all.
        goals: usize,
        /// Whether all are met.
        done: bool,
        /// The predictions and answers so far, in the order in which they were given.
        answers: &'a [Given],
    },
    /// A goal has just been met.
    Goal {
        /// The lesson's slug.
        lesson: &'a str,
        /// The goal's name.
        goal: &'a str,
        /// The step it belongs to, from 0.
        step: u32,
        /// Goals met.
        goals_met: usize,
        /// Goals in all.
        goals: usize,
        /// Virtual time.
        t_us: u64,
    },
    /// The score of the attempt.
    Score {
        /// The lesson's slug.
        lesson: &'a str,
        /// The score, in percent.
        raw: u32,
        /// Always 0.
        min: u32,
        /// Always 100.
        max: u32,
        /// Whether all goals are met.
        completed: bool,
        /// True if it is completed and the score reaches mastery. A lesson cannot be failed.
        passed: Option<bool>,
        /// The score that passing needs.
        mastery: u32,
    },
    /// An event of the run.
    Event {
        /// As `quorumLab.on("event")` gives it.
        event: &'a Event,
    },
    /// The state of the run, as asked for; or that a state has been taken.
    State {
        /// The name of the message that it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Id>,
        /// The saved run; none where a state has been taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<&'a str>,
        /// True where a state has been taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        ok: Option<bool>,
        /// The digest of all events so far.
        digest: &'a str,
        /// Virtual time.
        t_us: u64,
    },
    /// A message was refused, or the run has a problem.
    Error {
        /// The name of the message that was refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Id>,
        /// Stable.
        code: &'a str,
        /// A sentence in the run's language.
        error: &'a str,
    },
}

/// From the host to the frame.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum ToFrame {
    /// The host listens, and its origin is the one to post to.
    Hello {},
    /// Changes the frame.
    Configure {
        /// `zh` or `en`.
        lang: Option<String>,
        /// `auto`, `light` or `dark`.
        theme: Option<String>,
        /// `none`, `min` or `full`.
        controls: Option<String>,
        /// `all`, `none`, or a list of words.
        faults: Option<FaultWords>,
        /// Whether events are sent.
        events: Option<bool>,
        /// Virtual seconds a second.
        speed: Option<f64>,
        /// The score that passing needs, in percent.
        mastery: Option<u32>,
        /// Whether somebody can see the frame; false lets it rest.
        visible: Option<bool>,
    },
    /// Opens a run.
    Load {
        /// A lesson, by slug.
        lesson: Option<String>,
        /// A topology, where no lesson is named.
        topology: Option<String>,
        /// The seed.
        seed: Option<u64>,
        /// The step that a lesson opens with, from 0.
        step: Option<u32>,
        /// The virtual time that the run goes to, in microseconds.
        moment: Option<u64>,
        /// A saved run, in place of all that.
        state: Option<String>,
    },
    /// Asks for the state of the run.
    GetState {},
    /// Opens a run at the moment at which its state was asked for.
    SetState {
        /// The saved run.
        state: String,
    },
    /// Starts time.
    Play {},
    /// Stops time.
    Pause {},
    /// Goes to a moment.
    Seek {
        /// Virtual time.
        t_us: u64,
    },
    /// A fault, or the end of one. The other fields are those of `quorumLab.do`.
    Fault {
        /// Its word.
        op: String,
    },
    /// Starts the run over.
    Reset {},
}

/// The faults of a configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum FaultWords {
    /// `all` or `none`.
    Word(String),
    /// These.
    List(Vec<String>),
}
