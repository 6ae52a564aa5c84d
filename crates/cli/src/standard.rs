//! The standards of packages for learning management systems, by name.
//!
//! Guarantees: plain data. Leaves out: what a package is (`pack`).

/// The standard that a package follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// SCORM 1.2, which every LMS takes.
    Scorm12,
    /// SCORM 2004, 3rd edition; LMSs of the 4th run it as well.
    Scorm2004,
    /// cmi5, with statements in xAPI 1.0.3.
    Cmi5,
}

impl Standard {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scorm12, Self::Scorm2004, Self::Cmi5];

    /// Its name on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scorm12 => "scorm12",
            Self::Scorm2004 => "scorm2004",
            Self::Cmi5 => "cmi5",
        }
    }

    /// Its name for readers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Scorm12 => "SCORM 1.2",
            Self::Scorm2004 => "SCORM 2004",
            Self::Cmi5 => "cmi5",
        }
    }

    /// The name of its manifest.
    pub(super) const fn manifest(self) -> &'static str {
        match self {
            Self::Scorm12 | Self::Scorm2004 => "imsmanifest.xml",
            Self::Cmi5 => "cmi5.xml",
        }
    }
}
