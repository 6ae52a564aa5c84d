//! The event stream: a record of everything that happened, and the only input of all downstream consumers.
//!
//! Snapshots, goals, metrics, invariants, narration and traces read this stream and nothing else. An [`Event`] is an
//! envelope (time, node) around a kind. Each topic has its own type: [`FaultEvent`], [`NetworkEvent`],
//! [`StorageEvent`], [`EngineEvent`], [`RaftEvent`], [`ServiceEvent`]. A world combines the topics that can occur in it
//! ([`event_kinds!`]) and adds its own.
//!
//! Guarantees: an event is emitted after the state changed, at its virtual time, in the order of the changes; the same
//! seed and commands give exactly the same stream, field by field. Each variant keeps its number (its discriminant),
//! because digests cover it: new variants take the next free number. In JSON an event is one flat object, `{"t_us": …,
//! "node": …, "kind": "killed", …}` ([`crate::flat`]). Leaves out: wall-clock figures (those belong to the host) and
//! wording (that belongs to the catalogues).

mod engine;
mod fault;
mod network;
mod raft;
mod service;
mod storage;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use engine::EngineEvent;
pub use fault::FaultEvent;
pub use network::{DropReason, MessageKind, NetworkEvent};
use quorum_types::{Micros, NodeId};
pub use raft::{RaftEvent, VoteRefusal};
pub use service::{OpStatus, Phase, PhaseTime, ServiceEvent};
pub use storage::{Moment, StorageEvent, Tail};

use crate::flat::{self, Flat};

/// An event: its time, its node and its kind.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Event<K = EventKind> {
    /// Virtual time of the event.
    pub t_us: Micros,
    /// The node it happened on; none for the network, the client and the run itself.
    pub node: Option<NodeId>,
    /// The kind of event, with its fields.
    pub kind: K,
}

impl<K> Event<K> {
    /// Converts the event to a type with more kinds.
    pub fn into<L: From<K>>(self) -> Event<L> {
        Event { t_us: self.t_us, node: self.node, kind: self.kind.into() }
    }
}

/// An event by topic, for code that reads the events of any world: meters, goals, checks.
#[derive(Clone, Copy, Debug)]
pub enum Topic<'a> {
    /// A fault.
    Fault(&'a FaultEvent),
    /// A network event.
    Network(&'a NetworkEvent),
    /// A storage event: log, recovery, checkpoints.
    Storage(&'a StorageEvent),
    /// An engine event: collections and rows.
    Engine(&'a EngineEvent),
    /// A Raft event.
    Raft(&'a RaftEvent),
    /// A service event: clients and checkers.
    Service(&'a ServiceEvent),
    /// A topic that only one world has.
    Other,
}

/// Implemented by event types that belong to a topic: the topics' own types, and every world's union of them.
pub trait Topical {
    /// Returns the event by its topic.
    fn topic(&self) -> Topic<'_>;
}

/// Implements [`Topical`] for the topics' own types.
macro_rules! topical {
    ($($topic:ident($event:ty)),*) => {
        $(impl Topical for $event {
            fn topic(&self) -> Topic<'_> {
                Topic::$topic(self)
            }
        })*
    };
}
topical!(
    Fault(FaultEvent),
    Network(NetworkEvent),
    Storage(StorageEvent),
    Engine(EngineEvent),
    Raft(RaftEvent),
    Service(ServiceEvent)
);

/// Defines a world's event type as a union of topics. Digests do not see the union: they cover the topic's variant and
/// its fields.
#[macro_export]
macro_rules! event_kinds {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$topic_doc:meta])* $topic:ident($event:ty)),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$topic_doc])* $topic($event)),*
        }

        impl ::core::hash::Hash for $name {
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                match self {
                    $(Self::$topic(event) => event.hash(state)),*
                }
            }
        }

        impl $crate::event::Topical for $name {
            fn topic(&self) -> $crate::event::Topic<'_> {
                match self {
                    $(Self::$topic(event) => event.topic()),*
                }
            }
        }

        impl $crate::flat::Flat for $name {
            fn words() -> Vec<&'static str> {
                [$($crate::flat::words_of::<$event>()),*].concat()
            }

            fn of(tag: &str, fields: $crate::flat::Fields) -> Result<Self, $crate::flat::Unread> {
                $(if $crate::flat::words_of::<$event>().contains(&tag) {
                    return $crate::flat::read::<$event>(tag, fields).map(Self::$topic);
                })*
                Err($crate::flat::unknown(tag, &Self::words()))
            }
        }

        $(impl From<$event> for $name {
            fn from(event: $event) -> Self {
                Self::$topic(event)
            }
        })*
    };
}
pub use event_kinds;

event_kinds! {
    /// The events of a standalone engine or a replica set.
    pub enum EventKind {
        /// A fault.
        Fault(FaultEvent),
        /// A network event.
        Network(NetworkEvent),
        /// A storage event: log, recovery, checkpoints.
        Storage(StorageEvent),
        /// An engine event: collections and rows.
        Engine(EngineEvent),
        /// A Raft event.
        Raft(RaftEvent),
        /// A service event: clients and checkers.
        Service(ServiceEvent),
    }
}

/// The field of the flat form that names an event's kind.
pub const TAG: &str = "kind";

/// An event as it is serialised in formats without field names.
#[derive(Serialize, Deserialize)]
struct Compact<K>(Micros, Option<NodeId>, K);

impl<K: Serialize> Serialize for Event<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Compact(self.t_us, self.node, &self.kind).serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("t_us", &self.t_us)?;
        map.serialize_entry("node", &self.node)?;
        flat::write(&mut map, Some(TAG), &self.kind)?;
        map.end()
    }
}

impl<'de, K: Flat + DeserializeOwned> Deserialize<'de> for Event<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let Compact(t_us, node, kind) = Compact::deserialize(deserializer)?;
            return Ok(Self { t_us, node, kind });
        }
        #[derive(Deserialize)]
        struct Open {
            t_us: Micros,
            node: Option<NodeId>,
            kind: String,
            #[serde(flatten)]
            fields: flat::Fields,
        }
        let Open { t_us, node, kind, fields } = Open::deserialize(deserializer)?;
        Ok(Self { t_us, node, kind: K::of(&kind, fields).map_err(D::Error::custom)? })
    }
}
