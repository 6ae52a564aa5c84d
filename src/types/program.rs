//! Which of the page's two programs opens what: the small one lone engines and replica sets, the whole one everything.
//! The package that packs the texts includes this file as its own.
//!
//! Promises: the page's first script, which chooses one, and the small program, which hands over to the other, go by
//! this one list. Leaves out: loading either (`index.html`, `web::program`).
#![allow(unreachable_pub, reason = "the package that packs the texts includes this file as its own")]

/// Topologies that only the whole program has, by their first word.
pub const WHOLE: [&str; 2] = ["milvus", "two-regions"];

/// What a lesson's manifest says in `program` if it needs the whole one though its topology does not.
pub const WORD: &str = "whole";

/// Whether only the whole program opens this topology, such as `milvus:replicas=1`.
pub fn needs_whole(topology: &str) -> bool {
    topology.split(':').next().is_some_and(|word| WHOLE.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topology_is_known_by_its_first_word() {
        let check = |topology: &str, whole: bool| assert_eq!(needs_whole(topology), whole, "{topology}");
        check("milvus", true);
        check("milvus:control_plane=1,replicas=1", true);
        check("two-regions", true);
        check("milvusish", false);
        check("replica-set:5", false);
        check("standalone", false);
        check("", false);
    }
}
