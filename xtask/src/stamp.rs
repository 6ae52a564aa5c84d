//! Change detection: a hash of bytes, and a file that stores one.
//!
//! Guarantees: the hash covers names as well as contents, in an order that does not depend on the file system; a stamp
//! that cannot be read does not match. Leaves out: protection against attackers; the hash is FNV-1a with 64 bits.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// A hash in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    /// Adds bytes, and a mark of their end.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&(bytes.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds a file: its name and its contents.
    pub(crate) fn file(&mut self, path: &Path) -> Outcome {
        let bytes = fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
        self.bytes(path.to_string_lossy().as_bytes());
        self.bytes(&bytes);
        Ok(())
    }

    /// Adds a file, or every file below a folder, in the order of their names. A missing file counts as nothing.
    pub(crate) fn everything_in(&mut self, path: &Path) -> Outcome {
        if !path.is_dir() {
            return if path.is_file() { self.file(path) } else { Ok(()) };
        }
        let entries = fs::read_dir(path).map_err(|why| format!("{}: {why}", path.display()))?;
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        inside.iter().try_for_each(|path| self.everything_in(path))
    }
}

/// A file that stores a hash.
#[derive(Debug)]
pub(crate) struct Stamp(PathBuf);

impl Stamp {
    /// The stamp of a build product: beside it, with another extension.
    pub(crate) fn beside(path: &Path) -> Self {
        Self(path.with_extension("stamp"))
    }

    /// Whether it stores this hash.
    pub(crate) fn says(&self, hash: &Hash) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|text| text.trim() == format!("{:016x}", hash.0))
    }

    /// Stores a hash.
    pub(crate) fn write(&self, hash: &Hash) -> Outcome {
        let text = format!("{:016x}\n", hash.0);
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        }
        fs::write(&self.0, text).map_err(|why| format!("{}: {why}", self.0.display()))
    }

    /// Removes the stored hash.
    pub(crate) fn forget(&self) {
        // A missing file is fine.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_says_whether_names_and_bytes_are_the_same() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let put = |name: &str, text: &str| {
            fs::create_dir_all(folder.join("in/deep")).unwrap();
            fs::write(folder.join("in").join(name), text).unwrap();
        };
        let hash = || {
            let mut hash = Hash::default();
            hash.everything_in(&folder.join("in")).unwrap();
            hash
        };
        put("a", "1");
        put("deep/b", "2");
        let first = hash();
        let stamp = Stamp::beside(&folder.join("in"));
        assert!(!stamp.says(&first));
        stamp.write(&first).unwrap();
        assert!(stamp.says(&hash()));
        put("deep/b", "3");
        assert!(!stamp.says(&hash()));
        put("deep/b", "2");
        assert!(stamp.says(&hash()));
        fs::rename(folder.join("in/a"), folder.join("in/c")).unwrap();
        assert!(!stamp.says(&hash()));
        stamp.forget();
        assert!(!stamp.says(&first));
        let (mut one, mut other) = (Hash::default(), Hash::default());
        one.bytes(b"ab");
        one.bytes(b"c");
        other.bytes(b"a");
        other.bytes(b"bc");
        assert_ne!(one, other, "where one ends and another begins counts");
        fs::remove_dir_all(&folder).unwrap();
    }
}
