//! Where groups and their nodes are found, and what is known of the node of this tab.
//!
//! Guarantees: plain data and addresses. Leaves out: drawing.

use std::rc::Rc;

use crate::web::address::Address;
use crate::web::needs;
use quorum_tabs::{Facts, Why};

/// What is known of the node.
#[derive(Clone, PartialEq)]
pub(super) enum Standing {
    Starting,
    Running(Rc<Facts>),
    Stopped(Why),
    /// There is no worker, or it has died.
    Failed(String),
}

/// The address of a group, and of one of its nodes.
pub(super) fn to_group(home: &Address, group: &str, nodes: u32, node: Option<u32>) -> Address {
    Address {
        view: Some(needs::TABS.to_owned()),
        group: Some(group.to_owned()),
        nodes: Some(nodes),
        node,
        ..home.clone()
    }
}

/// A name for a new group.
pub(super) fn new_name() -> String {
    // Without randomness, the time is the best source of a unique name.
    let number = getrandom::u64().unwrap_or_else(|_| crate::web::clock::now_ms().to_bits());
    format!("g{:06x}", number & 0xff_ffff)
}
