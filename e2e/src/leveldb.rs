//! Cuts off the torn tail of Chromium's own log before Chromium reads it again.
//!
//! Chromium keeps IndexedDB in LevelDB, and LevelDB writes a record of its log in two steps: a header of seven bytes,
//! then the payload. A process that is killed between them leaves a torn record, which the next start ignores, as it
//! should; but Chromium has LevelDB continue writing to that same log, after the torn record, and the start after that
//! takes it for damage and deletes the whole database. Seen here in about one of a hundred kills while transactions
//! were in flight (Chromium 156). No page can prevent it, and a test of the lab's guarantees must not fail because of
//! it, so the test does what a LevelDB that begins a new log would have done: it cuts the torn record off. Nothing
//! acknowledged is in it, because a strict transaction commits only when its record is whole and synced.
//!
//! Guarantees: whole records are never touched; what was cut is counted. Leaves out: checksums, which a torn tail does
//! not need, and every other file of the profile.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// LevelDB's log is cut into blocks, and no fragment of a record crosses one.
const BLOCK: usize = 32_768;
/// Checksum (4 bytes), length (2), kind (1).
const HEADER: usize = 7;
/// Kinds of fragments that a record may continue after; a whole record (1) and a last fragment (4) end one.
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;

/// Cuts the torn tails off the logs of every IndexedDB in a profile, whose browser is dead. Returns how many were torn.
pub fn cut_torn_tails(profile: &Path) -> usize {
    logs(&profile.join("Default/IndexedDB")).iter().filter(|log| cut_torn_tail(log)).count()
}

fn logs(indexed_db: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(indexed_db).into_iter().flatten().flatten().map(|entry| entry.path());
    folders
        .filter(|folder| folder.extension() == Some(OsStr::new("leveldb")))
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()))
        .filter(|file| file.extension() == Some(OsStr::new("log")))
        .collect()
}

fn cut_torn_tail(log: &Path) -> bool {
    let Ok(bytes) = fs::read(log) else { return false };
    let whole = whole_length(&bytes);
    whole < bytes.len()
        && OpenOptions::new().write(true).open(log).is_ok_and(|file| file.set_len(whole as u64).is_ok())
}

/// The length of the log's prefix of whole records.
fn whole_length(log: &[u8]) -> usize {
    let (mut at, mut whole) = (0, 0);
    while at < log.len() {
        let left = BLOCK - at % BLOCK;
        if left < HEADER {
            // The end of a block that no header fits into is filled with zeros.
            at += left;
            continue;
        }
        let Some(header) = log.get(at..at + HEADER) else { break };
        let end = at + HEADER + usize::from(u16::from_le_bytes([header[4], header[5]]));
        if end > log.len() {
            break;
        }
        at = end;
        if !matches!(header[6], FIRST | MIDDLE) {
            whole = end;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(kind: u8, payload: usize) -> Vec<u8> {
        let length = u16::try_from(payload).unwrap().to_le_bytes();
        let mut bytes = vec![0, 0, 0, 0, length[0], length[1], kind];
        bytes.resize(HEADER + payload, 9);
        bytes
    }

    #[test]
    fn whole_records_stay_and_torn_tails_go() {
        let mut log = fragment(1, 100);
        let one = log.len();
        assert_eq!(whole_length(&log), one);
        log.extend(&fragment(1, 50)[..HEADER]);
        assert_eq!(whole_length(&log), one, "a header without its payload");
        log.truncate(one);
        log.extend([0; 3]);
        assert_eq!(whole_length(&log), one, "a part of a header");
        log.truncate(one);
        log.extend(fragment(FIRST, BLOCK - one - HEADER));
        assert_eq!(whole_length(&log), one, "a first fragment without a last");
        log.extend(fragment(4, 10));
        assert_eq!(whole_length(&log), log.len());
    }

    #[test]
    fn a_block_s_end_without_room_for_a_header_is_passed_over() {
        let mut log = fragment(1, BLOCK - HEADER - 3);
        log.extend([0; 3]);
        log.extend(fragment(1, 5));
        assert_eq!(whole_length(&log), log.len());
    }
}
