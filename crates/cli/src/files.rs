//! Stores a run's disks in a folder: every file of the engine's disk is a file there, and the stamp is a file next to
//! them.
//!
//! Guarantees: a ticket is safe when its bytes, its file names and its stamp have been synced, in this order; a stamp
//! is replaced atomically; two processes never write to the same folder; a folder on a full disk, or without write
//! permission, is still opened read-only. The engine's own recovery handles the state after a crash. Leaves out: what
//! the bytes mean.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quorum_facade::{
    Committed, DiskWrite, Done, PersistBatch, RunStamp, STORE_VERSION, Storage, StoredFile, StoredRun,
    file_name, file_number,
};
use quorum_types::Refusal;

/// The code of a folder that cannot be read or written.
pub const STORAGE: &str = "storage";
/// The code of a folder on a full disk.
pub const DISK_FULL: &str = "disk_full";
const STAMP: &str = "stamp.json";
const LOCK: &str = "lock";

/// An open folder.
#[derive(Debug)]
pub struct Files {
    dir: PathBuf,
    waiting: Vec<PersistBatch>,
    /// Held as long as the folder is open.
    _lock: File,
}

impl Files {
    /// Opens a folder, which is made if it is not there, and reads what it holds.
    pub fn open(dir: &Path) -> Result<(Self, Option<StoredRun>), Refusal> {
        fs::create_dir_all(dir).map_err(|error| cannot(dir, &error))?;
        let path = dir.join(LOCK);
        // A folder that can only be read, or on a full disk, is opened by the lock that is there.
        let lock = File::create(&path).or_else(|error| File::open(&path).map_err(|_| error));
        let lock = lock.map_err(|error| cannot(&path, &error))?;
        lock.try_lock().map_err(|_| {
            Refusal::new("locked", format!("{} is open in another process; close that first", dir.display()))
        })?;
        let stored = load(dir)?;
        Ok((Self { dir: dir.to_owned(), waiting: Vec::new(), _lock: lock }, stored))
    }

    fn store(&self, batch: &PersistBatch) -> Result<u64, Refusal> {
        let mut dirty: BTreeSet<u32> = BTreeSet::new();
        let mut bytes = 0;
        for write in &batch.writes {
            match write {
                DiskWrite::Append { file, offset, bytes: piece, .. } => {
                    self.change(*file, |open| {
                        open.seek(SeekFrom::Start(*offset))?;
                        open.write_all(piece)
                    })?;
                    dirty.insert(*file);
                    bytes += piece.len() as u64;
                }
                DiskWrite::Truncate { file, bytes, .. } => {
                    self.change(*file, |open| open.set_len(*bytes))?;
                    dirty.insert(*file);
                }
                DiskWrite::Remove { file, .. } => {
                    // The writes that make the file superfluous have to be durable before it is deleted.
                    self.sync(&mut dirty)?;
                    let path = self.dir.join(file_name(*file));
                    match fs::remove_file(&path) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(cannot(&path, &error));
                        }
                        _ => {}
                    }
                }
            }
        }
        self.sync(&mut dirty)?;
        self.stamp(&batch.stamp)?;
        Ok(bytes)
    }

    fn change(&self, file: u32, with: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), Refusal> {
        let path = self.dir.join(file_name(file));
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        open.and_then(|mut open| with(&mut open)).map_err(|error| cannot(&path, &error))
    }

    fn sync(&self, dirty: &mut BTreeSet<u32>) -> Result<(), Refusal> {
        for file in std::mem::take(dirty) {
            let path = self.dir.join(file_name(file));
            File::open(&path).and_then(|open| open.sync_all()).map_err(|error| cannot(&path, &error))?;
        }
        self.sync_names()
    }

    fn sync_names(&self) -> Result<(), Refusal> {
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(|error| cannot(&self.dir, &error))
    }

    fn stamp(&self, stamp: &RunStamp) -> Result<(), Refusal> {
        let text = serde_json::to_string(&Stamp { version: STORE_VERSION, run: stamp.clone() })
            .map_err(|error| Refusal::new("json", error.to_string()))?;
        let fresh = self.dir.join("stamp.new");
        let write = || -> std::io::Result<()> {
            let mut open = File::create(&fresh)?;
            open.write_all(text.as_bytes())?;
            open.sync_all()?;
            fs::rename(&fresh, self.dir.join(STAMP))
        };
        write().map_err(|error| cannot(&fresh, &error))?;
        self.sync_names()
    }
}

impl Storage for Files {
    type Fault = Refusal;

    fn submit(&mut self, batch: PersistBatch) {
        self.waiting.push(batch);
    }

    fn pump(&mut self, done: &Done<Refusal>) {
        for batch in std::mem::take(&mut self.waiting) {
            let stored = self.store(&batch);
            done(stored.map(|bytes| Committed { ticket: Some(batch.ticket), bytes, took_ms: 0.0 }));
        }
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// What lies in the stamp's file.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stamp {
    version: u32,
    run: RunStamp,
}

/// Reads a folder; none if it holds no run.
fn load(dir: &Path) -> Result<Option<StoredRun>, Refusal> {
    let path = dir.join(STAMP);
    let stamp = match fs::read_to_string(&path) {
        Ok(text) => {
            let bad = |why: String| Refusal::new("bad_stamp", format!("{}: {why}", path.display()));
            let stamp: Stamp = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
            if stamp.version != STORE_VERSION {
                let why =
                    format!("written in version {}, and this program reads {STORE_VERSION}", stamp.version);
                return Err(bad(why));
            }
            Some(stamp.run)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot(&path, &error)),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| cannot(dir, &error))? {
        let entry = entry.map_err(|error| cannot(dir, &error))?;
        if let Some(file) = entry.file_name().to_str().and_then(file_number) {
            let bytes = fs::read(entry.path()).map_err(|error| cannot(&entry.path(), &error))?;
            files.push(StoredFile { node: 1, file, extents: vec![Arc::new(bytes)] });
        }
    }
    files.sort_by_key(|file| file.file);
    if stamp.is_none() && files.is_empty() {
        return Ok(None);
    }
    Ok(Some(StoredRun { stamp: stamp.unwrap_or_default(), files, ..StoredRun::default() }))
}

fn cannot(path: &Path, error: &std::io::Error) -> Refusal {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let code = if matches!(error.kind(), StorageFull | QuotaExceeded) { DISK_FULL } else { STORAGE };
    Refusal::new(code, format!("{}: {error}", path.display()))
}
