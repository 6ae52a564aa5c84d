//! The properties of an instrument that is folded beside a cluster and open on a page of its own.
//!
//! Guarantees: the learner can fold and open it in both places. Leaves out: the instruments.

use yew::prelude::*;

/// The properties.
#[derive(Properties, PartialEq)]
pub struct FoldProps {
    /// Whether it is open at first.
    #[prop_or_default]
    pub open: bool,
}
