//! Texts that travel apart from the program: what such a file is called, and whether it is the one that is meant.
//!
//! A file's name carries the hash of what is in it, and the program knows the hashes of its own texts. Promises: a
//! program never reads a text of another build, whatever a cache holds. Leaves out: packing and fetching.
//!
//! A lesson's parcel in a language is its manifest, a line `%%% zh.md` (or `en.md`) and that file, so that a lesson that
//! is opened is one file. A lesson in one file for sharing has both languages (`quorum_lesson::bundle`).

use xxhash_rust::xxh3::xxh3_64;

/// The folder that texts lie in, beside the page.
pub const FOLDER: &str = "texts";

/// A text that lies apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// What it is, such as `zh` or `kill-the-leader.en`.
    pub name: String,
    /// The hash of what is in it.
    pub hash: u32,
}

impl Parcel {
    /// Where it lies, from the page's own address.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}.{:08x}.txt", self.name, self.hash)
    }

    /// Whether this is what was packed.
    pub fn holds(&self, text: &str) -> bool {
        hash(text) == self.hash
    }
}

/// What marks the beginning of the next file in one that holds several.
pub const MARK: &str = "%%% ";

/// What a lesson's parcel holds in a language: its manifest and its text.
pub fn join(manifest: &str, lang: &str, text: &str) -> String {
    let end = if manifest.ends_with('\n') { "" } else { "\n" };
    format!("{manifest}{end}{MARK}{lang}.md\n{text}")
}

/// The manifest and the text of a lesson's parcel.
pub fn split(file: &str) -> Option<(&str, &str)> {
    let (manifest, rest) = file.split_once(&format!("\n{MARK}"))?;
    rest.split_once('\n').map(|(_, text)| (manifest, text))
}

/// The hash of a file. It tells builds apart and a text from an error page; it protects from nobody's malice.
pub fn hash(file: impl AsRef<[u8]>) -> u32 {
    xxh3_64(file.as_ref()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_lies_under_its_hash_and_takes_nothing_else() {
        let parcel = Parcel { name: "zh".to_owned(), hash: hash("一二三") };
        assert_eq!(parcel.path(), format!("texts/zh.{:08x}.txt", parcel.hash));
        assert!(parcel.holds("一二三"));
        assert!(!parcel.holds("一二") && !parcel.holds(""));
    }

    #[test]
    fn a_lesson_s_parcel_holds_its_manifest_and_its_text() {
        for manifest in ["slug = \"a\"\n", "slug = \"a\""] {
            assert_eq!(split(&join(manifest, "en", "+++\n%%% x")), Some(("slug = \"a\"", "+++\n%%% x")));
        }
        assert_eq!(split("slug = \"a\"\n%%% en.md"), None);
        assert_eq!(split("<html>"), None);
    }
}
