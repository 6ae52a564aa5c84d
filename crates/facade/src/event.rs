//! Events of all worlds as one type, for code that reads events of any world: narration, drills, goals, traces.
//!
//! Guarantees: an event keeps its world's fields and its flat form in JSON. Leaves out: what can happen in which world
//! (each world's own `EventKind`).

pub use quorum_milvus::event::MilvusEvent;
pub use quorum_regions::event::RegionEvent;
use quorum_sim::event::event_kinds;
pub use quorum_sim::event::{
    DropReason, EngineEvent, FaultEvent, MessageKind, NetworkEvent, OpStatus, Phase, PhaseTime, RaftEvent,
    ServiceEvent, StorageEvent, Tail, VoteRefusal,
};

event_kinds! {
    /// The event kinds of all worlds.
    pub enum EventKind {
        /// A fault.
        Fault(FaultEvent),
        /// The network.
        Network(NetworkEvent),
        /// Log, recovery, checkpoints.
        Storage(StorageEvent),
        /// Rows.
        Engine(EngineEvent),
        /// Raft.
        Raft(RaftEvent),
        /// Clients and checkers.
        Service(ServiceEvent),
        /// Pods, roles, channels and segments of a Milvus cluster.
        Milvus(MilvusEvent),
        /// Regions, replication, backups and runbooks.
        Region(RegionEvent),
    }
}

/// An event of any world.
pub type Event = quorum_sim::event::Event<EventKind>;

/// The kinds of a world as kinds of any world.
macro_rules! of_world {
    ($world:path { $($topic:ident),* }) => {
        impl From<$world> for EventKind {
            fn from(kind: $world) -> Self {
                use $world as World;
                match kind {
                    $(World::$topic(event) => Self::$topic(event)),*
                }
            }
        }
    };
}

of_world!(quorum_sim::event::EventKind { Fault, Network, Storage, Engine, Raft, Service });
of_world!(quorum_milvus::event::EventKind { Fault, Network, Storage, Engine, Raft, Service, Milvus });
of_world!(quorum_regions::event::EventKind { Fault, Service, Region });

/// Events of a world as events of any world.
pub fn united<K>(events: Vec<quorum_sim::event::Event<K>>) -> Vec<Event>
where
    EventKind: From<K>,
{
    events.into_iter().map(quorum_sim::event::Event::into).collect()
}
