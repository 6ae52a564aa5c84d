//! A file of a kit. Guarantees and omissions: those of `take`.

/// A file of a kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path in the kit.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A file with a text.
pub(crate) fn file(path: &str, text: String) -> File {
    File { path: path.to_owned(), text }
}
