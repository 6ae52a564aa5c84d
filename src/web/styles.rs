//! Style sheets of views that not every visit shows: the home page's, the course's, a cluster's, two regions', tabs as
//! nodes, the exam.
//!
//! They are files beside the page, like texts, and [`texts`](super::texts) fetches them before their view is drawn, so
//! that no view appears without its style. Guarantees: only the sheet that this program was built with is accepted.
//! Leaves out: the sheets that every page begins with, which the document links itself.

use std::sync::OnceLock;

use quorum_texts::STYLES;
use quorum_texts::asset::{Asset, hash_at_build as hash};

/// A style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The home page's.
    Home,
    /// The course's: its pages, and a lesson beside a run.
    Course,
    /// A Milvus cluster's.
    Milvus,
    /// Two regions', which need a cluster's too.
    Regions,
    /// Tabs as nodes.
    Tabs,
    /// The exam's.
    Exam,
}

/// Their hashes, in the order of [`STYLES`]. The sheets themselves are not part of the program.
const HASHES: [u32; STYLES.len()] = [
    hash(include_bytes!("../../www/home.css")),
    hash(include_bytes!("../../www/course.css")),
    hash(include_bytes!("../../www/milvus.css")),
    hash(include_bytes!("../../www/regions.css")),
    hash(include_bytes!("../../www/tabs.css")),
    hash(include_bytes!("../../www/exam.css")),
];

static LEARNT: [OnceLock<String>; STYLES.len()] = [const { OnceLock::new() }; STYLES.len()];

impl Style {
    /// The file that contains it.
    pub fn asset(self) -> Asset {
        Asset::style(STYLES[self as usize], HASHES[self as usize])
    }

    /// Stores the sheet permanently. False if it is not the one that this program was built with.
    pub fn learn(self, sheet: String) -> bool {
        let ours = self.asset().holds(&sheet);
        if ours {
            LEARNT[self as usize].get_or_init(|| sheet);
        }
        ours
    }

    /// The sheet; none while it has not been fetched.
    pub fn sheet(self) -> Option<&'static str> {
        LEARNT[self as usize].get().map(String::as_str)
    }
}
