//! Saved runs as bytes: for a link to a moment, a file that is handed in, the state of a frame, a report.
//!
//! `docs/saved-run-format.md` specifies every byte. Guarantees: [`decode`] of what [`encode`] wrote is the same run;
//! six usual commands take at most 45 bytes, 60 letters in an address; no bytes panic, and none take more memory than
//! [`MOST_BYTES`] and [`MOST_EXPANDED_BYTES`] allow; a refusal has a code that both catalogues have a sentence for.
//! Leaves out: opening the run (`facade`), which checks every command as if a learner had just given it.

mod address;
mod command;
mod read;
mod tables;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod value;
mod write;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};

use quorum_facade::saved::{Arrival, Asked, Began, Entry, SavedRun};
use quorum_facade::swarm::{Replay, TimedCommand, WorldKind};
use quorum_facade::{Command, Control};
use quorum_types::Refusal;
use read::Reader;
use tables::{LESSONS, TOPOLOGIES};
use write::Writer;

pub use address::{FILE_ENDING, Found, PARAMETER, find_in, relative_to};

/// The version of the format.
pub const VERSION: u8 = 1;
/// The largest saved run.
pub const MOST_BYTES: usize = 256 * 1024;
/// Most bytes of all texts of a saved run, those that are only referred to counted as often as they are.
pub const MOST_EXPANDED_BYTES: usize = 1024 * 1024;
/// The fingerprint and the checksum, which come last.
const TAIL_BYTES: usize = 4 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 3;

// What a run began from: the numbers below `FIRST_TOPOLOGY` say how it is spelt, those from `FIRST_LESSON` on are
// lessons.
const LESSON_BY_NAME: u64 = 0;
const TOPOLOGY_BY_NAME: u64 = 1;
const SCHEDULE: u64 = 2;
const FIRST_TOPOLOGY: u64 = 8;
const FIRST_LESSON: u64 = 32;

// How the run came to an entry: the two highest bits of the entry's first byte.
const HERE: u8 = 0;
const AT_REST_SOON: u8 = 1;
const AT_REST: u8 = 2;
const BETWEEN: u8 = 3;
/// The lowest six bits of an entry's first byte, where no command follows.
const END: u8 = 0;
const GO: u8 = 2;
/// Times up to here after the last entry take three bytes.
const SOON_US: u64 = (1 << 24) - 1;

/// The run as bytes; refused if they would be too many.
pub fn encode(run: &SavedRun) -> Result<Vec<u8>, Refusal> {
    let mut to = Writer::default();
    to.byte(VERSION);
    write_began(&mut to, &run.began)?;
    let mut past = Past::default();
    for entry in &run.entries {
        match &entry.what {
            Asked::Command(command) => {
                let packed = command::pack(command)?;
                past.write(&mut to, entry.at, packed.code)?;
                packed.write(&mut to);
                past.after(command);
            }
            Asked::Go { line, to: there } => {
                past.write(&mut to, entry.at, GO)?;
                to.number(u64::from(*line));
                past.write_goal(&mut to, *there)?;
            }
        }
    }
    past.write(&mut to, run.moment, END)?;
    let mut bytes = to.bytes();
    bytes.extend(run.fingerprint.to_le_bytes());
    let bytes = with_checksum(bytes);
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::new(
            "run_too_large",
            format!("{} bytes; the most is {MOST_BYTES}", bytes.len()),
        ));
    }
    Ok(bytes)
}

/// The run that bytes contain, or why they are refused.
pub fn decode(bytes: &[u8]) -> Result<SavedRun, Refusal> {
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::new(
            "run_too_large",
            format!("{} bytes; the most is {MOST_BYTES}", bytes.len()),
        ));
    }
    match bytes.first() {
        Some(version) if *version > VERSION => {
            let error = format!("it has version {version}; this program knows up to {VERSION}");
            return Err(Refusal::new("run_newer", error));
        }
        Some(&VERSION) => {}
        Some(version) => return Err(damaged(&format!("there never was a version {version}"))),
        None => return Err(cut()),
    }
    let Some(end) = bytes.len().checked_sub(TAIL_BYTES).filter(|end| *end > 0) else { return Err(cut()) };
    let (body, tail) = bytes.split_at(end);
    let (fingerprint, sum) = tail.split_at(TAIL_BYTES - CHECKSUM_BYTES);
    if checksum(&bytes[..bytes.len() - CHECKSUM_BYTES]) != *sum {
        // What ends before its end was cut off; anything else was changed.
        let mut from = Reader::new(&bytes[1..]);
        let is_short = match read_run(&mut from) {
            Ok(_) => from.left() < TAIL_BYTES,
            Err(refusal) => refusal.code == "run_cut",
        };
        return Err(if is_short { cut() } else { damaged("its checksum is wrong") });
    }
    let mut from = Reader::new(&body[1..]);
    let mut run = read_run(&mut from)?;
    if from.left() > 0 {
        return Err(forged("there are bytes after its end"));
    }
    run.fingerprint = u32::from_le_bytes(fingerprint.try_into().unwrap_or_default());
    Ok(run)
}

/// The bytes as text for an address: base64url without padding.
pub fn to_text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a text.
pub fn from_text(text: &str) -> Result<Vec<u8>, Refusal> {
    // Three bytes take four letters.
    if text.len() > MOST_BYTES / 3 * 4 + 4 {
        return Err(Refusal::new(
            "run_too_large",
            format!("{} letters; the most is {MOST_BYTES} bytes", text.len()),
        ));
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|why| match why {
        // A text that lost its end rarely ends with a whole byte.
        DecodeError::InvalidLength(_) | DecodeError::InvalidLastSymbol(..) => cut(),
        why => damaged(&format!("its letters are no base64url: {why}")),
    })
}

/// The bytes of a run up to its checksum, followed by the checksum.
pub fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(checksum(&bytes));
    bytes
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, ..] = xxhash_rust::xxh3::xxh3_64(bytes).to_le_bytes();
    [a, b, c]
}

fn cut() -> Refusal {
    Refusal::new("run_cut", "the saved run ends too early")
}

fn damaged(why: &str) -> Refusal {
    Refusal::new("run_damaged", format!("the saved run is damaged: {why}"))
}

fn forged(why: &str) -> Refusal {
    Refusal::new("bad_run", format!("no run can have been saved like this: {why}"))
}

/// Where the last entry was: times, steps and commands are written as differences.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    t_us: u64,
    steps: u64,
    commands: u64,
}

impl Past {
    fn write(&mut self, to: &mut Writer, at: Arrival, code: u8) -> Result<(), Refusal> {
        let passed = match at.t_us() {
            Some(t_us) => t_us.checked_sub(self.t_us).ok_or_else(|| forged("time goes back"))?,
            None => 0,
        };
        self.t_us += passed;
        match at {
            Arrival::Here => to.byte(HERE << 6 | code),
            Arrival::AtRest { .. } if passed <= SOON_US => {
                to.byte(AT_REST_SOON << 6 | code);
                passed.to_le_bytes()[..3].iter().for_each(|byte| to.byte(*byte));
            }
            Arrival::AtRest { .. } => {
                to.byte(AT_REST << 6 | code);
                to.number(passed);
            }
            Arrival::Between { steps, commands, .. } => {
                to.byte(BETWEEN << 6 | code);
                to.number(passed);
                to.difference(self.steps, steps);
                to.difference(self.commands, commands);
                (self.steps, self.commands) = (steps, commands);
            }
        }
        Ok(())
    }

    /// How the run came to an entry whose first byte was read.
    fn read(&mut self, from: &mut Reader<'_>, class: u8) -> Result<Arrival, Refusal> {
        let passed = match class {
            HERE => return Ok(Arrival::Here),
            AT_REST_SOON => u64::from_le_bytes([from.byte()?, from.byte()?, from.byte()?, 0, 0, 0, 0, 0]),
            _ => from.number()?,
        };
        self.t_us = self.t_us.checked_add(passed).ok_or_else(|| forged("time ends before that"))?;
        if class != BETWEEN {
            return Ok(Arrival::AtRest { t_us: self.t_us });
        }
        self.steps = from.difference(self.steps)?;
        self.commands = from.difference(self.commands)?;
        Ok(Arrival::Between { t_us: self.t_us, steps: self.steps, commands: self.commands })
    }

    /// Taking a command back leads to an earlier time, which the entry does not name.
    fn after(&mut self, command: &Command) {
        if matches!(command, Command::Control(Control::Undo)) {
            self.t_us = 0;
        }
    }

    fn write_goal(&mut self, to: &mut Writer, there: Arrival) -> Result<(), Refusal> {
        let t_us = there.t_us().ok_or_else(|| forged("a journey leads nowhere"))?;
        self.t_us = t_us;
        match there {
            Arrival::Between { steps, commands, .. } => {
                to.number(t_us << 1 | 1);
                to.number(steps);
                to.number(commands);
                (self.steps, self.commands) = (steps, commands);
            }
            _ => to.number(t_us << 1),
        }
        Ok(())
    }

    fn read_goal(&mut self, from: &mut Reader<'_>) -> Result<Arrival, Refusal> {
        let number = from.number()?;
        self.t_us = number >> 1;
        if number & 1 == 0 {
            return Ok(Arrival::AtRest { t_us: self.t_us });
        }
        (self.steps, self.commands) = (from.number()?, from.number()?);
        Ok(Arrival::Between { t_us: self.t_us, steps: self.steps, commands: self.commands })
    }
}

fn read_run(from: &mut Reader<'_>) -> Result<SavedRun, Refusal> {
    let began = read_began(from)?;
    let (mut past, mut entries) = (Past::default(), Vec::new());
    loop {
        let head = from.byte()?;
        let at = past.read(from, head >> 6)?;
        let what = match head & 0x3f {
            END => return Ok(SavedRun { began, entries, moment: at, fingerprint: 0 }),
            GO => {
                let line = u32::try_from(from.number()?).map_err(|_| forged("no line has that number"))?;
                Asked::Go { line, to: past.read_goal(from)? }
            }
            code => {
                let command = command::unpack(code, from)?;
                past.after(&command);
                Asked::Command(command)
            }
        };
        entries.push(Entry { at, what });
    }
}

/// A number for what may be left out: 0, or the value and one.
fn or_zero(value: Option<u64>) -> u64 {
    value.map_or(0, |value| value.saturating_add(1))
}

fn write_began(to: &mut Writer, began: &Began) -> Result<(), Refusal> {
    let place = |table: &[&str], first: u64, word: &str| {
        table.iter().position(|known| *known == word).map(|at| first + at as u64)
    };
    let named = |to: &mut Writer, known: Option<u64>, by_name: u64, word: &str| match known {
        Some(number) => to.number(number),
        None => {
            to.number(by_name);
            to.text(word);
        }
    };
    match began {
        Began::Lesson { slug, seed } => {
            named(to, place(&LESSONS, FIRST_LESSON, slug), LESSON_BY_NAME, slug);
            to.number(or_zero(*seed));
        }
        Began::Topology { word, seed } => {
            named(to, place(&TOPOLOGIES, FIRST_TOPOLOGY, word), TOPOLOGY_BY_NAME, word);
            to.number(*seed);
        }
        Began::Schedule(replay) => {
            to.number(SCHEDULE);
            to.number(WorldKind::ALL.iter().position(|kind| *kind == replay.world).unwrap_or_default() as u64);
            to.number(u64::from(replay.nodes));
            to.number(replay.seed);
            to.number(replay.settings.len() as u64);
            for (name, value) in &replay.settings {
                to.text(name);
                to.number(*value);
            }
            to.number(replay.off.len() as u64);
            replay.off.iter().for_each(|rule| to.text(rule));
            to.number(replay.actions.len() as u64);
            let mut before = 0;
            for timed in &replay.actions {
                to.difference(before, timed.t_us);
                before = timed.t_us;
                let packed = command::pack(&timed.command)?;
                to.byte(packed.code);
                packed.write(to);
            }
        }
    }
    Ok(())
}

fn read_began(from: &mut Reader<'_>) -> Result<Began, Refusal> {
    let number = from.number()?;
    let entry = |table: &[&'static str], first: u64| {
        usize::try_from(number - first).ok().and_then(|at| table.get(at)).map(|word| (*word).to_owned())
    };
    Ok(match number {
        LESSON_BY_NAME => Began::Lesson { slug: from.text()?, seed: from.number()?.checked_sub(1) },
        TOPOLOGY_BY_NAME => Began::Topology { word: from.text()?, seed: from.number()? },
        SCHEDULE => Began::Schedule(Box::new(read_schedule(from)?)),
        FIRST_TOPOLOGY..FIRST_LESSON => {
            let word = entry(&TOPOLOGIES, FIRST_TOPOLOGY).ok_or_else(|| newer("topology"))?;
            Began::Topology { word, seed: from.number()? }
        }
        FIRST_LESSON.. => {
            let slug = entry(&LESSONS, FIRST_LESSON).ok_or_else(|| newer("lesson"))?;
            Began::Lesson { slug, seed: from.number()?.checked_sub(1) }
        }
        _ => return Err(newer("beginning")),
    })
}

/// The refusal of a number that a later version of the tables has.
fn newer(what: &str) -> Refusal {
    Refusal::new("run_newer", format!("this program does not know its {what} yet"))
}

fn read_schedule(from: &mut Reader<'_>) -> Result<Replay, Refusal> {
    let world = usize::try_from(from.number()?).ok().and_then(|at| WorldKind::ALL.get(at).copied());
    let world = world.ok_or_else(|| newer("world"))?;
    let nodes = u32::try_from(from.number()?).map_err(|_| forged("no world has that many nodes"))?;
    let seed = from.number()?;
    let (mut settings, mut off, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    // Everything takes at least a byte, so the input's length bounds the lists.
    for _ in 0..from.number()? {
        settings.push((from.text()?, from.number()?));
    }
    for _ in 0..from.number()? {
        off.push(from.text()?);
    }
    let mut t_us = 0;
    for _ in 0..from.number()? {
        t_us = from.difference(t_us)?;
        let code = from.byte()?;
        actions.push(TimedCommand { t_us, command: command::unpack(code, from)? });
    }
    Ok(Replay { world, nodes, seed, settings, off, actions })
}
