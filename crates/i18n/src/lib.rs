//! The catalogues: every sentence that a user reads, in Chinese and English (Fluent, `zh.ftl`, `en.ftl`), packed when
//! the program is built (`compile`), one text per language and [`Part`]. Native programs have all; the page and its
//! worker receive those that they need ([`learn`]).
//!
//! Guarantees: both languages have the same messages with the same arguments, every message that the code names exists,
//! and tests check this; integers are grouped in threes; the output is the same as Fluent's, and damage to the packed
//! text never panics. Leaves out: lessons, of which only titles and summaries are here, and the choice of language,
//! which is up to the caller.

mod refusals;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::sync::OnceLock;

use quorum_texts::asset::Asset;
use quorum_texts::packed::{DEFAULT, INNER, NEXT, PLACE, SAYS, VARIANT};
use quorum_texts::{PARTS, part_of};
pub use refusals::{damage, refused};

/// The languages that the lab speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese; the first language.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language that a tag names; Chinese for anything that is not English.
    pub fn parse(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("en") { Self::En } else { Self::Zh }
    }

    /// The word for it in addresses, commands and lessons: `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The tag for the `lang` attribute of a document.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// A message without arguments.
    pub fn t(self, key: &str) -> String {
        say(self, key, &[])
    }

    /// A message with arguments.
    pub fn f(self, key: &str, args: &[(&str, Arg)]) -> String {
        say(self, key, args)
    }
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A number; whole ones are printed in groups of three, and choose the plural.
    Number(f64),
    /// A text, taken as it is.
    Text(String),
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Arg {
            fn from(value: $kind) -> Self {
                Self::Number(value as f64)
            }
        }
    )*};
}
numbers!(u32, u64, i32, i64, usize, f64);

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// A part of a catalogue. The page fetches a part when it first shows something that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What every page needs.
    Common,
    /// The views of a Milvus cluster.
    Milvus,
    /// The views of two regions.
    Regions,
    /// Failover tests, disaster drills and their reports.
    Drills,
    /// The home page, and the pages in its place.
    Home,
    /// Tabs as nodes.
    Tabs,
    /// The exam.
    Exam,
}

impl Part {
    /// All parts, in the order of [`PARTS`].
    pub const ALL: [Self; PARTS.len()] =
        [Self::Common, Self::Milvus, Self::Regions, Self::Drills, Self::Home, Self::Tabs, Self::Exam];

    /// The part that a message is in.
    fn of(key: &str) -> Self {
        Self::ALL[part_of(key)]
    }
}

/// The parts that have been learnt, by language.
static LEARNT: [[OnceLock<Catalogue<'static>>; PARTS.len()]; 2] =
    [const { [const { OnceLock::new() }; PARTS.len()] }; 2];

/// The file that a part of a language's catalogue lies in, where it is apart from the program.
pub fn asset(lang: Lang, part: Part) -> Asset {
    let hashes: [[u32; PARTS.len()]; 2] = include!(concat!(env!("OUT_DIR"), "/catalogues.rs"));
    Asset::text(format!("{}{}", lang.code(), PARTS[part as usize].0), hashes[lang as usize][part as usize])
}

/// Stores a part of a language's catalogue permanently; which one, its content says. False if this program was not
/// built with it.
pub fn learn(lang: Lang, packed: String) -> bool {
    let hash = quorum_texts::asset::hash(&packed);
    let ours = Part::ALL.into_iter().find(|part| asset(lang, *part).hash == hash);
    if let Some(part) = ours {
        LEARNT[lang as usize][part as usize].get_or_init(|| Catalogue::read(lang, String::leak(packed)));
    }
    ours.is_some()
}

/// A part of a language's catalogue as it was learnt.
pub fn learnt(lang: Lang, part: Part) -> Option<&'static str> {
    catalogue(lang, part).map(|catalogue| catalogue.packed)
}

/// All parts of a language's catalogue that were learnt.
pub fn all_learnt(lang: Lang) -> impl Iterator<Item = &'static str> {
    Part::ALL.into_iter().filter_map(move |part| learnt(lang, part))
}

#[cfg(all(target_arch = "wasm32", not(feature = "bundled")))]
fn catalogue(lang: Lang, part: Part) -> Option<&'static Catalogue<'static>> {
    LEARNT[lang as usize][part as usize].get()
}

#[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
fn catalogue(lang: Lang, part: Part) -> Option<&'static Catalogue<'static>> {
    macro_rules! packed {
        ($lang:literal) => {
            [
                include_str!(concat!(env!("OUT_DIR"), "/", $lang)),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-milvus")),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-regions")),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-drills")),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-home")),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-tabs")),
                include_str!(concat!(env!("OUT_DIR"), "/", $lang, "-exam")),
            ]
        };
    }
    let packed: [[&str; PARTS.len()]; 2] = [packed!("zh"), packed!("en")];
    let part = part as usize;
    Some(LEARNT[lang as usize][part].get_or_init(|| Catalogue::read(lang, packed[lang as usize][part])))
}

/// Says a message of the catalogue, or of the other language's where this one has not been learnt. A name that neither
/// has comes back as it is in native programs, where tests see the gap first; a reader of the page sees an ellipsis.
pub fn say(lang: Lang, key: &str, args: &[(&str, Arg)]) -> String {
    let missing = || if cfg!(target_arch = "wasm32") { "…" } else { key }.to_owned();
    say_known(lang, key, args).unwrap_or_else(missing)
}

/// Says a message, if either catalogue has it.
pub fn say_known(lang: Lang, key: &str, args: &[(&str, Arg)]) -> Option<String> {
    [lang, lang.other()].into_iter().find_map(|lang| catalogue(lang, Part::of(key))?.say(key, args))
}

/// A whole number in groups of three: `11,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A catalogue, split into names and messages.
struct Catalogue<'a> {
    lang: Lang,
    packed: &'a str,
    /// The names in order, then the text of each.
    pieces: Vec<&'a str>,
}

impl<'a> Catalogue<'a> {
    fn read(lang: Lang, packed: &'a str) -> Self {
        Self { lang, packed, pieces: packed.split(NEXT).collect() }
    }

    fn say(&self, key: &str, args: &[(&str, Arg)]) -> Option<String> {
        let (names, says) = self.pieces.split_at(self.pieces.len() / 2);
        let text = says.get(names.binary_search(&key).ok()?)?;
        let mut said = String::new();
        fill(&mut said, text, PLACE, self.lang, args);
        Some(said)
    }
}

/// Writes a text and fills in what stands between two marks.
fn fill(said: &mut String, text: &str, mark: char, lang: Lang, args: &[(&str, Arg)]) {
    for (at, piece) in text.split(mark).enumerate() {
        if at % 2 == 0 {
            said.push_str(piece);
            continue;
        }
        let mut variants = piece.split(VARIANT);
        let name = variants.next().unwrap_or_default();
        let arg = args.iter().rfind(|arg| arg.0 == name).map(|arg| &arg.1);
        let mut chosen = None;
        for variant in variants {
            let (key, text) = variant.split_once(SAYS).unwrap_or_default();
            let plain = key.strip_prefix(DEFAULT);
            if arg.is_some_and(|arg| chooses(arg, plain.unwrap_or(key), lang)) {
                chosen = Some(text);
                break;
            }
            if plain.is_some() {
                chosen = Some(text);
            }
        }
        match (chosen, arg) {
            (Some(text), _) => fill(said, text, INNER, lang, args),
            (None, Some(Arg::Text(text))) => said.push_str(text),
            (None, Some(Arg::Number(number))) => said.push_str(&print_number(*number)),
            // The tests hold call and catalogue together; should an argument be missing all the same, it shows.
            (None, None) => {
                said.push_str("{$");
                said.push_str(name);
                said.push('}');
            }
        }
    }
}

/// Whether an argument chooses the variant with this key: a text its own word; a number itself, or its plural category.
fn chooses(arg: &Arg, key: &str, lang: Lang) -> bool {
    match arg {
        // Words begin with a letter; the text `1` is not the number.
        Arg::Text(text) => text == key && text.starts_with(|c: char| c.is_ascii_alphabetic()),
        Arg::Number(number) => {
            key == plural(lang, *number) || key.parse::<i64>().is_ok_and(|key| key as f64 == *number)
        }
    }
}

/// The plural category of a number as it is printed without further digits. CLDR, `common/supplemental/plurals.xml`,
/// cardinal: for `en` one is `i = 1 and v = 0` (1, and −1, because the operands are of the absolute value), everything
/// else other; `zh` has no category but other.
fn plural(lang: Lang, number: f64) -> &'static str {
    if lang == Lang::En && number.abs() == 1.0 { "one" } else { "other" }
}

fn print_number(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() >= 9e15 {
        return value.to_string();
    }
    let digits = grouped(value.abs() as u64);
    if value < 0.0 { format!("\u{2212}{digits}") } else { digits }
}
