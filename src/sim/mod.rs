//! The simulation: virtual clock, network, disks, nodes, the client, and the checkers that watch them.
pub mod event;
