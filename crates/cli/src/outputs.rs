//! Files that a command writes: whether they can be written, before long work, and writing them.
//!
//! Guarantees: looking changes no file that is there, and leaves none that was not; a file that cannot be written is
//! refused with the code `cannot_write` (exit status 3), one that must not be overwritten with `exists` (2). Leaves
//! out: folders of runs (`files`), and parts of work (`shards`), which are written as a whole or not at all.

use std::fs::OpenOptions;
use std::path::Path;

use quorum_i18n::Lang;
use quorum_types::Refusal;

/// The code of a file or a folder that cannot be written.
pub(super) const CANNOT_WRITE: &str = "cannot_write";
/// The code of a file that is there already and is kept.
pub(super) const EXISTS: &str = "exists";

/// The refusal of a file that could not be written.
pub(super) fn cannot_write(path: &Path, why: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(CANNOT_WRITE, format!("{}: {why}", path.display()))
}

/// Refuses a file that cannot be written, before anything else is done.
pub(super) fn check(path: &Path, lang: Lang) -> Result<(), Refusal> {
    let tried = match path.metadata() {
        Ok(facts) if facts.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        Ok(facts) if facts.is_file() => OpenOptions::new().append(true).open(path).map(drop),
        // To open a pipe could wait for its reader.
        Ok(_) => Ok(()),
        Err(_) => {
            let made = OpenOptions::new().write(true).create_new(true).open(path);
            // It was not there, and is written later.
            made.and_then(|_| std::fs::remove_file(path))
        }
    };
    tried.map_err(|why: std::io::Error| {
        let file = super::bad_input::shown(&path.display().to_string());
        let figures = [("file", file.into()), ("why", why.to_string().into())];
        Refusal::new(CANNOT_WRITE, lang.f("cli-cannot-write", &figures))
    })
}

/// Writes a file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    std::fs::write(path, bytes).map_err(|why| cannot_write(path, &why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;

    #[test]
    fn looking_changes_nothing_and_refuses_what_cannot_be_written() {
        let folder = Folder::new("outputs");
        let [fresh, kept, lost] =
            ["fresh.html", "kept.html", "no/such/folder.html"].map(|name| folder.0.join(name));
        std::fs::write(&kept, "kept").expect("written");
        assert_eq!(check(&fresh, Lang::En), Ok(()));
        assert!(!fresh.exists());
        assert_eq!(check(&kept, Lang::En), Ok(()));
        assert_eq!(std::fs::read_to_string(&kept).expect("there"), "kept");
        for lang in [Lang::Zh, Lang::En] {
            for path in [&lost, &folder.0] {
                let refusal = check(path, lang).expect_err("refused");
                assert_eq!(refusal.code, CANNOT_WRITE);
                assert!(
                    refusal.error.contains("outputs") && !refusal.error.contains("cli-"),
                    "{}",
                    refusal.error
                );
            }
        }
        assert_eq!(write(&lost, b"x").expect_err("refused").code, CANNOT_WRITE);
    }
}
