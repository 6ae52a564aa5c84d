//! Shares of one piece of work on several machines, and their union.
//!
//! `--shard I/N` does the I-th of N parts (from 0) and writes it as one JSON object; `--merge FILES` joins all N parts
//! and prints what a single run prints, byte for byte. Guarantees: parts of different work, of different versions of
//! the program, missing, duplicate and damaged parts are reported by number and file, and then nothing is printed; a
//! part is written completely or not at all. Leaves out: what the work is (`swarm`, `drill`, `lessons`), and starting
//! processes, for which there are schedulers (`docs/at-scale.md`).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{End, write_json};
use quorum_i18n::{Arg, Lang};
use quorum_types::Refusal;

/// The form of the files. A program reads no other.
const FORM: u32 = 1;
/// Most parts.
const MOST_SHARDS: u64 = 1_000_000;
/// No file is read further than this: a hundred thousand runs with all their outages.
const MOST_BYTES: u64 = 1 << 30;
/// More missing parts are counted and not named.
const MOST_NAMED: usize = 20;

/// A part of the work: the `at`-th of `of`, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    at: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, of) = text.split_once('/').ok_or(())?;
        let shard = Self { at: at.parse().map_err(|_| ())?, of: of.parse().map_err(|_| ())? };
        if shard.of <= MOST_SHARDS && shard.at < shard.of { Ok(shard) } else { Err(()) }
    }
}

impl Shard {
    /// The numbers of its tasks, of `count` in all. Parts are contiguous and differ by one task at most.
    pub(super) fn range(self, count: u64) -> Range<u64> {
        let border = |at: u64| (u128::from(count) * u128::from(at) / u128::from(self.of)) as u64;
        border(self.at)..border(self.at + 1)
    }
}

/// A part as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Part<P, R> {
    quorum_lab_shard: u32,
    program: String,
    command: String,
    shard: u64,
    shards: u64,
    /// What the whole work is.
    plan: P,
    result: R,
}

/// Writes a part to a file, or prints it. That is a success even if a check failed: the union decides that.
pub(super) fn keep<P: Serialize, R: Serialize>(
    command: &str,
    shard: Shard,
    (plan, result): (&P, &R),
    path: Option<&Path>,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let part = Part {
        quorum_lab_shard: FORM,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        shard: shard.at,
        shards: shard.of,
        plan,
        result,
    };
    let Some(path) = path else { return write_json(out, &part).map(|()| End::Held) };
    let cannot = |why: std::io::Error| Refusal::new("cannot_write", format!("{}: {why}", path.display()));
    let text = serde_json::to_string(&part).map_err(|error| Refusal::new("json", error.to_string()))?;
    // A pod that is evicted while it writes leaves no half of a part under this name.
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".part");
    std::fs::write(&fresh, text + "\n").map_err(cannot)?;
    std::fs::rename(&fresh, path).map_err(cannot)?;
    Ok(End::Held)
}

/// Reads the parts of one piece of work: its plan, and the parts in order.
pub(super) fn gather<P, R>(
    command: &str,
    paths: &[PathBuf],
    lang: Lang,
) -> Result<(P, Vec<(Shard, R)>), Refusal>
where
    P: DeserializeOwned + PartialEq,
    R: DeserializeOwned,
{
    let mut found: BTreeMap<u64, (&Path, R)> = BTreeMap::new();
    let mut first: Option<(&Path, P, u64)> = None;
    for path in paths.iter().map(PathBuf::as_path) {
        let part: Part<P, R> = read(command, path, lang)?;
        match &first {
            Some((of, plan, shards)) if part.plan != *plan || part.shards != *shards => {
                let figures = [("file", shown(path)), ("first", shown(of))];
                return Err(Refusal::new("shard_mixed", lang.f("cli-shard-mixed", &figures)));
            }
            Some(_) => {}
            None => first = Some((path, part.plan, part.shards)),
        }
        if let Some((before, _)) = found.insert(part.shard, (path, part.result)) {
            let figures = [("shard", part.shard.into()), ("one", shown(before)), ("two", shown(path))];
            return Err(Refusal::new("shard_duplicate", lang.f("cli-shard-duplicate", &figures)));
        }
    }
    let (_, plan, of) = first.ok_or_else(|| Refusal::new("bad_arguments", lang.t("cli-shard-none")))?;
    missing(of, &found, lang)?;
    let parts = found.into_iter().map(|(at, (_, result))| (Shard { at, of }, result));
    Ok((plan, parts.collect()))
}

/// A path in full, without what a terminal would obey.
fn shown(path: &Path) -> Arg {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    path.display().to_string().chars().map(plain).collect::<String>().into()
}

/// Refuses parts of which some are missing.
fn missing<T>(of: u64, found: &BTreeMap<u64, T>, lang: Lang) -> Result<(), Refusal> {
    let count = of - found.len() as u64;
    if count == 0 {
        return Ok(());
    }
    let mut names: Vec<String> = (0..of)
        .filter(|at| !found.contains_key(at))
        .take(MOST_NAMED)
        .map(|at| format!("{at}/{of}"))
        .collect();
    if count > names.len() as u64 {
        names.push("…".to_owned());
    }
    let figures = [("count", count.into()), ("of", of.into()), ("names", names.join(", ").into())];
    Err(Refusal::new("shard_missing", lang.f("cli-shard-missing", &figures)))
}

fn read<P: DeserializeOwned, R: DeserializeOwned>(
    command: &str,
    path: &Path,
    lang: Lang,
) -> Result<Part<P, R>, Refusal> {
    let bad = |why: String| {
        let figures = [("file", shown(path)), ("why", super::shown::shown(&why).into())];
        Refusal::new("shard_unreadable", lang.f("cli-shard-unreadable", &figures))
    };
    // A pipe would never end.
    let is_file = std::fs::metadata(path).map_err(|why| bad(why.to_string()))?.is_file();
    if !is_file {
        return Err(bad(lang.t("cli-shard-no-file")));
    }
    let file = std::fs::File::open(path).map_err(|why| bad(why.to_string()))?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(|why| bad(why.to_string()))?;
    // First what it is: another version may well have other fields.
    #[derive(Deserialize)]
    struct Head {
        quorum_lab_shard: u32,
        program: String,
        command: String,
        shard: u64,
        shards: u64,
    }
    let head: Head = serde_json::from_str(&text).map_err(|why| bad(why.to_string()))?;
    let program = env!("CARGO_PKG_VERSION");
    if head.quorum_lab_shard != FORM || head.program != program {
        let figures = [("file", shown(path)), ("theirs", head.program.into()), ("ours", program.into())];
        return Err(Refusal::new("shard_mixed", lang.f("cli-shard-version", &figures)));
    }
    if head.command != command {
        let theirs = super::shown::shown(&head.command);
        let figures = [("file", shown(path)), ("theirs", theirs.into()), ("ours", command.into())];
        return Err(Refusal::new("shard_mixed", lang.f("cli-shard-command", &figures)));
    }
    if head.shards > MOST_SHARDS || head.shard >= head.shards {
        return Err(bad(format!("{}/{}", head.shard, head.shards)));
    }
    serde_json::from_str(&text).map_err(|why| bad(why.to_string()))
}

/// The refusal of a part that does not hold what its number says.
pub(super) fn damaged(shard: Shard, lang: Lang) -> Refusal {
    let figures = [("shard", format!("{}/{}", shard.at, shard.of).into())];
    Refusal::new("shard_unreadable", lang.f("cli-shard-damaged", &figures))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_work_once() {
        for (count, of) in [(0, 3), (1, 8), (7, 8), (1_000, 7), (u64::MAX, 1_000_000)] {
            let mut next = 0;
            for at in [0, 1, of - 1] {
                let range = Shard { at, of }.range(count);
                assert!(range.start <= range.end && range.end - range.start <= count / of + 1);
            }
            for at in 0..of.min(8) {
                let range = Shard { at, of }.range(count);
                assert_eq!(range.start, next);
                next = range.end;
            }
            assert_eq!(Shard { at: of - 1, of }.range(count).end, count);
        }
    }

    #[test]
    fn only_the_number_of_a_part_is_one() {
        assert_eq!("7/8".parse(), Ok(Shard { at: 7, of: 8 }));
        for wrong in ["", "/", "8/8", "0/0", "1/", "-1/4", "1/4/2", "0/1000001", "一/二"] {
            assert_eq!(wrong.parse::<Shard>(), Err(()), "{wrong}");
        }
    }
}
