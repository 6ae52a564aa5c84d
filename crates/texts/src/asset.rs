//! Text files that are loaded separately from the program: their names, and the check that a file is the expected one.
//!
//! A file's name contains the hash of its content, and the program knows the hashes of its own texts. Guarantees: a
//! program never reads a text of another build, even from a stale cache. Leaves out: packing and fetching.
//!
//! A lesson's file in a language is its manifest, a line `%%% zh.md` (or `en.md`) and that file, so that opening a
//! lesson loads one file. A lesson in one file for sharing has both languages (`quorum_lesson::bundle`).

use xxhash_rust::{const_xxh3, xxh3::xxh3_64};

/// The folder that texts lie in, beside the page.
pub const FOLDER: &str = "texts";

/// A text that lies apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What it is, such as `zh`, `kill-the-leader.en` or, of a style sheet, `course`.
    pub name: String,
    /// The hash of what is in it.
    pub hash: u32,
    /// What ends the file's name.
    ending: &'static str,
}

impl Asset {
    /// A text to be read.
    pub fn text(name: impl Into<String>, hash: u32) -> Self {
        Self { name: name.into(), hash, ending: "txt" }
    }

    /// A style sheet.
    pub fn style(name: impl Into<String>, hash: u32) -> Self {
        Self { name: name.into(), hash, ending: "css" }
    }

    /// Where it lies, from the page's own address.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}.{:08x}.{}", self.name, self.hash, self.ending)
    }

    /// Whether this is what was packed.
    pub fn holds(&self, text: &str) -> bool {
        hash(text) == self.hash
    }
}

/// What marks the beginning of the next file in one that holds several.
pub const MARK: &str = "%%% ";

/// What a lesson's file contains in a language: its manifest and its text.
pub fn join(manifest: &str, lang: &str, text: &str) -> String {
    let end = if manifest.ends_with('\n') { "" } else { "\n" };
    format!("{manifest}{end}{MARK}{lang}.md\n{text}")
}

/// The manifest and the text of a lesson's file.
pub fn split(file: &str) -> Option<(&str, &str)> {
    let (manifest, rest) = file.split_once(&format!("\n{MARK}"))?;
    rest.split_once('\n').map(|(_, text)| (manifest, text))
}

/// The hash of a file. It distinguishes builds, and a text from an error page; it does not protect against attackers.
pub fn hash(file: impl AsRef<[u8]>) -> u32 {
    xxh3_64(file.as_ref()) as u32
}

/// The same, worked out by the compiler: of a file that the program knows by its hash and does not hold.
pub const fn hash_at_build(file: &[u8]) -> u32 {
    const_xxh3::xxh3_64(file) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_named_by_its_hash_and_accepts_nothing_else() {
        let asset = Asset::text("zh", hash("一二三"));
        assert_eq!(asset.path(), format!("texts/zh.{:08x}.txt", asset.hash));
        assert_eq!(Asset::style("home", 5).path(), "texts/home.00000005.css");
        for length in [0, 3, 16, 17, 128, 129, 240, 241, 5_000] {
            let file: Vec<u8> = (0..length).map(|at| at as u8).collect();
            assert_eq!(hash_at_build(&file), hash(&file), "{length} bytes");
        }
        assert!(asset.holds("一二三"));
        assert!(!asset.holds("一二") && !asset.holds(""));
    }

    #[test]
    fn a_lesson_s_file_contains_its_manifest_and_its_text() {
        for manifest in ["slug = \"a\"\n", "slug = \"a\""] {
            assert_eq!(split(&join(manifest, "en", "+++\n%%% x")), Some(("slug = \"a\"", "+++\n%%% x")));
        }
        assert_eq!(split("slug = \"a\"\n%%% en.md"), None);
        assert_eq!(split("<html>"), None);
    }
}
