//! Chains of causes: what “why” answers.
//!
//! Guarantees: plain data; the event that was asked about comes first, and each link is earlier than the one before it.
//! Leaves out: finding them (`why`).

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::command::Command;
use super::event::{Event, MessageKind};
use quorum_types::{Micros, NodeId};

/// How a cause led to its effect, the previous link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is the event that was asked about.
    Asked,
    /// The effect came from the same step, or from what this event made the node do.
    Step,
    /// The effect is what happened when this message arrived.
    Message,
    /// The effect waited for this sync.
    Sync,
    /// The effect was scheduled: a timer, work that takes time, a periodic check.
    Scheduled,
    /// The effect happened because something did not: this event silenced a node, a link or a region.
    Silence,
    /// A check or a rule of the protocol found this.
    Follows,
}

/// A link of the chain: an event, or a step without one of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// When.
    pub t_us: Micros,
    /// How it led to the previous link.
    pub because: Because,
    /// `event`, or the word of the step: `message`, `sync`, `timer`, `work`, `periodic`, `client`, `command`, `start`,
    /// …
    pub word: String,
    /// The node.
    pub node: Option<NodeId>,
    /// The event.
    pub event: Option<Event>,
    /// The sender of a message.
    pub from: Option<NodeId>,
    /// The number of a message.
    pub message: Option<u64>,
    /// When the message was sent.
    pub sent_us: Option<Micros>,
    /// The kind of a message, where the world reports it.
    pub kind: Option<MessageKind>,
    /// A command.
    pub command: Option<Command>,
    /// How many steps of the world come before it.
    pub steps: u64,
    /// How many commands of the line come before it.
    pub commands: u64,
    /// What can be changed here (`what_if`).
    pub changes: Vec<Change>,
}

/// The answer to “why”.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// The causes; the event itself comes first.
    pub causes: Vec<Cause>,
    /// Whether the chain ends in a command, a fault, a timer, periodic work or the beginning of the run. It does not if
    /// it is too long, or leads too far back.
    pub complete: bool,
}
