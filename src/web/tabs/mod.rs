//! Tabs as nodes: in this tab's worker, one Raft node in real time (`quorum-tabs`).
//!
//! A dedicated worker of its own, because browsers slow down the timers of hidden pages and not, or less, those of
//! workers (docs/tabs-as-nodes.md). Guarantees: the lock of a number is held before its storage is opened, and until
//! its node has ended; a node whose storage fails stops. Leaves out: the node's rules (`quorum-tabs`) and the view
//! (`ui/tabs`).

mod cable;
mod host;
mod members;
mod store;

/// Starts the host of a node; `post` sends packed reports to the page. The returned function takes the page's packed
/// orders.
pub type Start = fn(post: fn(Vec<u8>)) -> Box<dyn Fn(Vec<u8>)>;

crate::chunk::code! {
    /// Fetches the code of a node.
    tab_node: Start = host::start
}
