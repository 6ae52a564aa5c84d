//! What a view needs besides the program: style sheets and parts of the catalogue.
//!
//! Guarantees: a world that is opened with what [`Needs::of_world`] lists shows no text that is missing and no view
//! without its style. Leaves out: fetching (`texts`).

use quorum_i18n::{Lang, Part, learnt};

use super::styles::Style;

/// What a view needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Style sheets.
    pub styles: Vec<Style>,
    /// Parts of the catalogue besides the common one.
    pub parts: Vec<Part>,
}

/// The topology of a Milvus cluster, up to a colon.
pub const MILVUS: &str = "milvus";
/// The topology of two regions, up to a colon.
pub const REGIONS: &str = "two-regions";

/// The page on which tabs are nodes, by `view`.
pub const TABS: &str = "tabs";

/// The exam, by `view`.
pub const EXAM: &str = "exam";

/// The pages of experiments and the list of reports, by `view`.
pub const DESK: [&str; 7] =
    ["experiments", "failover", "promise", "disasters", "load", "majority", "reports"];

impl Needs {
    /// What the views of a world need.
    pub fn of_world(topology: &str) -> Self {
        let (styles, parts): (&[Style], &[Part]) = match topology.split(':').next() {
            Some(MILVUS) => (&[Style::Milvus], &[Part::Milvus]),
            // Its view is built on a cluster's styles.
            Some(REGIONS) => (&[Style::Milvus, Style::Regions], &[Part::Regions, Part::Drills]),
            _ => (&[], &[]),
        };
        let mut needs = Self { styles: styles.to_vec(), parts: parts.to_vec() };
        // Experiments that were opened beside a cluster stay, also in another language.
        let experiments = [Lang::Zh, Lang::En].into_iter().any(|lang| learnt(lang, Part::Drills).is_some());
        if experiments && !needs.parts.contains(&Part::Drills) {
            needs.parts.push(Part::Drills);
        }
        needs
    }

    /// What the experiments beside a Milvus cluster need besides.
    pub fn of_experiments() -> Self {
        Self { styles: Vec::new(), parts: vec![Part::Drills] }
    }

    /// What the home page needs, and the pages in its place.
    pub fn of_home() -> Self {
        Self { styles: vec![Style::Home], parts: vec![Part::Home] }
    }

    /// What the pages of experiments and reports need besides.
    #[must_use]
    pub fn and_desk(mut self) -> Self {
        self.styles.extend([Style::Milvus, Style::Regions]);
        self.parts.extend([Part::Milvus, Part::Regions, Part::Drills]);
        self
    }

    /// What the page on which tabs are nodes needs besides.
    #[must_use]
    pub fn and_tabs(mut self) -> Self {
        self.parts.push(Part::Tabs);
        self.with(Style::Tabs)
    }

    /// What the exam needs besides.
    #[must_use]
    pub fn and_exam(mut self) -> Self {
        // Its board and its log use the words of the worlds.
        self.parts.extend([Part::Exam, Part::Milvus, Part::Regions]);
        self.with(Style::Exam)
    }

    /// What a world needs before its run is opened. Style sheets may be fetched afterwards: the view waits for them.
    pub fn texts_of_world(topology: &str) -> Self {
        Self { styles: Vec::new(), ..Self::of_world(topology) }
    }

    /// With this style sheet, too.
    #[must_use]
    pub fn with(mut self, style: Style) -> Self {
        self.styles.push(style);
        self
    }
}
