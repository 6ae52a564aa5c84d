//! The cluster as a whole.

use super::*;

#[test]
fn a_cluster_comes_up_and_serves() {
    let mut world = Milvus::new(1, Settings::default());
    world.advance(20_000_000, u64::MAX);
    let facts = world.facts();
    assert!(facts.tester.ok > 5, "{facts:?}");
}
