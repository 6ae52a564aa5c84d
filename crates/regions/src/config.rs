//! The configuration in the format of course note 5, `dr_config.yaml`: parsing with error positions, writing, applying.
//!
//! It is YAML with one level of sections: the course's keys, plus optional keys of ours. Guarantees: a refused
//! configuration is refused as a whole, by line and key, before anything changes; what is written reads back; no text
//! panics, and texts above [`MOST_BYTES`] are not parsed; the effect of every named key can be reported
//! ([`DrConfig::effects`]). Leaves out: the effects of the settings; whether a host answers.

mod effect;
mod fault;
mod fields;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use core::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::settings::Settings;
use fields::{FIELDS, Field, Kind, Name, SECTIONS, Side};
use quorum_types::Refusal;
use quorum_types::sort::sort;

pub use effect::{Effect, Outcome};
pub use fault::{Fault, Wrong};

/// The configuration of course note 5, verbatim.
pub const NOTE: &str = include_str!("config/dr_config.yaml");
/// Maximum length of a configuration.
pub const MOST_BYTES: usize = 64 << 10;
/// Maximum length of a host name, and of any other name.
const MOST_LETTERS: usize = 253;
/// How much of a value is repeated in an error.
const SHOWN: usize = 40;
/// The mode of the note's own program: it compares counts and copies by offset.
const NOTES_MODE: u64 = 4;
/// Full-width characters of Chinese input that look like YAML's own.
const FULL_WIDTH: [(char, char); 6] =
    [('：', ':'), ('\u{3000}', ' '), ('“', '"'), ('”', '"'), ('‘', '\''), ('’', '\'')];

/// The words of a configuration: places and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Host of Beijing's cluster.
    pub(crate) primary_host: String,
    /// Its port.
    pub(crate) primary_port: u16,
    /// Host of Shanghai's.
    pub(crate) dr_host: String,
    /// Its port.
    pub(crate) dr_port: u16,
    /// Where backups are stored.
    pub bucket: String,
    /// The zone of the name service.
    pub(crate) zone_id: String,
    /// The service's DNS name for clients.
    pub domain: String,
}

impl Default for Words {
    /// The words of course note 5.
    fn default() -> Self {
        Self {
            primary_host: "milvus-beijing.example.com".to_owned(),
            primary_port: 19_530,
            dr_host: "milvus-shanghai.example.com".to_owned(),
            dr_port: 19_530,
            bucket: "s3://milvus-backup-bucket".to_owned(),
            zone_id: "Z1234567890ABC".to_owned(),
            domain: "milvus.example.com".to_owned(),
        }
    }
}

impl Words {
    fn word(&self, name: Name) -> &str {
        match name {
            Name::PrimaryHost => &self.primary_host,
            Name::DrHost => &self.dr_host,
            Name::Bucket => &self.bucket,
            Name::ZoneId => &self.zone_id,
            Name::Domain => &self.domain,
        }
    }

    fn word_mut(&mut self, name: Name) -> &mut String {
        match name {
            Name::PrimaryHost => &mut self.primary_host,
            Name::DrHost => &mut self.dr_host,
            Name::Bucket => &mut self.bucket,
            Name::ZoneId => &mut self.zone_id,
            Name::Domain => &mut self.domain,
        }
    }

    fn port_mut(&mut self, side: Side) -> &mut u16 {
        match side {
            Side::Primary => &mut self.primary_port,
            Side::Dr => &mut self.dr_port,
        }
    }
}

/// A configuration that was parsed and validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrConfig {
    /// Its words; a missing port is the course's.
    pub words: Words,
    /// Each figure in it, by the key's index in [`FIELDS`], in that order.
    figures: Vec<(usize, u64)>,
    /// Implied figures: an interval without a mode means the note's own mode. The same shape.
    implied: Vec<(usize, u64)>,
}

impl DrConfig {
    /// Parses a configuration, or returns an error with its position.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Ok(Self::read(text)?)
    }

    /// The same, with the fault as data.
    pub fn read(text: &str) -> Result<Self, Fault> {
        Reader::new(text)?.read()
    }

    /// The configuration of these words and settings, with every key.
    pub fn of(words: &Words, settings: &Settings) -> Self {
        let figure = |field: &Field| match field.kind {
            Kind::Word(_) => None,
            Kind::Port(Side::Primary) => Some(u64::from(words.primary_port)),
            Kind::Port(Side::Dr) => Some(u64::from(words.dr_port)),
            Kind::Number(name) | Kind::Flag(name) | Kind::Choice(name, _) => settings.value(name),
        };
        let figures =
            FIELDS.iter().enumerate().filter_map(|(at, field)| Some((at, figure(field)?))).collect();
        Self { words: words.clone(), figures, implied: Vec::new() }
    }

    /// The configuration as text: the sections in their order, indented by two spaces. It parses back.
    pub fn text(&self) -> String {
        let mut text = String::from("# dr_config.yaml\n");
        for section in SECTIONS.into_iter().chain([""]) {
            let fields = FIELDS.iter().enumerate().filter(|(_, field)| field.section == section);
            let lines: Vec<_> =
                fields.filter_map(|(at, field)| Some((field.key, self.said(at, field)?))).collect();
            if lines.is_empty() {
                continue;
            }
            let indent = match section {
                "" => "",
                _ => {
                    // Writing to a string cannot fail.
                    let _ = writeln!(text, "{section}:");
                    "  "
                }
            };
            for (key, value) in lines {
                // As above.
                let _ = writeln!(text, "{indent}{key}: {value}");
            }
            text.push_str(if section.is_empty() { "" } else { "\n" });
        }
        text
    }

    /// A key's value in text form, if it has one.
    fn said(&self, at: usize, field: &Field) -> Option<String> {
        let figure = self.figures.iter().find(|(other, _)| *other == at).map(|(_, figure)| *figure);
        Some(match field.kind {
            Kind::Word(name) => quoted(self.words.word(name)),
            Kind::Port(_) | Kind::Number(_) => figure?.to_string(),
            Kind::Flag(_) => if figure? == 1 { "true" } else { "false" }.to_owned(),
            Kind::Choice(_, words) => (*words.get(usize::try_from(figure?).ok()?)?).to_owned(),
        })
    }

    /// A key's figure, named or implied.
    fn figure(&self, at: usize) -> Option<u64> {
        let mut all = self.figures.iter().chain(&self.implied);
        all.find(|(other, _)| *other == at).map(|(_, figure)| *figure)
    }

    /// The named or implied settings and their values.
    pub fn settings(&self) -> Vec<(&'static str, u64)> {
        let named = |(at, field): (usize, &Field)| Some((field.setting()?.name, self.figure(at)?));
        FIELDS.iter().enumerate().filter_map(named).collect()
    }

    /// Applies it. Returns how many values changed. Nothing changes unless all of it is valid.
    pub fn apply(&self, settings: &mut Settings, words: &mut Words) -> Result<u32, Refusal> {
        let (mut new, mut named) = (settings.clone(), self.words.clone());
        let mut changed = 0;
        for (at, field) in FIELDS.iter().enumerate() {
            let figure = self.figure(at);
            changed += u32::from(match (field.kind, figure) {
                (Kind::Word(name), _) => named.word(name) != words.word(name),
                (Kind::Port(side), None) => {
                    // Missing keys keep their value.
                    *named.port_mut(side) = *words.port_mut(side);
                    false
                }
                (Kind::Port(side), Some(_)) => named.port_mut(side) != words.port_mut(side),
                (Kind::Number(name) | Kind::Flag(name) | Kind::Choice(name, _), Some(figure)) => {
                    new.set(name, figure)?;
                    settings.value(name) != Some(figure)
                }
                (_, None) => false,
            });
        }
        *settings = new;
        *words = named;
        Ok(changed)
    }
}

/// A position in the text: line and column, both from 1.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(span: &Span) -> Self {
        Self { line: span.start.line(), column: span.start.col() + 1 }
    }

    fn fault(self, path: impl Into<String>, wrong: Wrong) -> Fault {
        Fault { line: self.line, column: self.column, path: path.into(), wrong }
    }
}

/// The next event in the text, limited to what a configuration may contain.
enum Next {
    Scalar(String, ScalarStyle),
    Keys,
    List,
    /// The end of keys, of a list, of the document or of the text.
    End,
    /// The beginning of the text or of a document.
    Begin,
}

/// Parses a text to its end, or to the first fault.
struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    words: Words,
    figures: Vec<(usize, u64)>,
    /// The keys found so far, with their lines; sections have no key.
    seen: Vec<(String, usize)>,
    dr_host: Place,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, Fault> {
        // The YAML parser does not accept a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        look_over(text)?;
        Ok(Self {
            text,
            events: Parser::new_from_str(text),
            words: Words::default(),
            figures: Vec::new(),
            seen: Vec::new(),
            dr_host: Place::default(),
        })
    }

    fn read(mut self) -> Result<DrConfig, Fault> {
        let empty = Fault { line: 0, column: 0, path: String::new(), wrong: Wrong::Empty };
        // The start of the text, of a document, and of its content.
        for _ in 0..2 {
            if let (Next::End, _) = self.next("")? {
                return Err(empty);
            }
        }
        match self.next("")? {
            (Next::Keys, _) => {}
            (Next::Scalar(text, ScalarStyle::Plain), _) if is_nothing(&text) => return Err(empty),
            (_, place) => return Err(place.fault("", Wrong::NoKeys)),
        }
        self.keys("")?;
        // The end of the document and of the text.
        for _ in 0..2 {
            if let (Next::Begin, place) = self.next("")? {
                return Err(place.fault("", Wrong::SecondDocument));
            }
        }
        self.whole()
    }

    /// The next event and its position.
    fn next(&mut self, path: &str) -> Result<(Next, Place), Fault> {
        let (event, span) = match self.events.next() {
            None => return Ok((Next::End, Place::default())),
            Some(Err(error)) => return Err(not_yaml(self.text, &error)),
            Some(Ok(found)) => found,
        };
        let place = Place::of(&span);
        let (next, bare) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (Next::Scalar(text.into_owned(), style), anchor == 0 && tag.is_none())
            }
            Event::MappingStart(anchor, tag) => (Next::Keys, anchor == 0 && tag.is_none()),
            Event::SequenceStart(anchor, tag) => (Next::List, anchor == 0 && tag.is_none()),
            Event::Alias(_) => (Next::End, false),
            Event::StreamStart | Event::DocumentStart(_) => (Next::Begin, true),
            Event::Nothing
            | Event::StreamEnd
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => (Next::End, true),
        };
        if bare { Ok((next, place)) } else { Err(place.fault(path, Wrong::Anchor)) }
    }

    /// Parses the keys of a section, or of the top level, up to their end.
    fn keys(&mut self, section: &str) -> Result<(), Fault> {
        loop {
            let (key, place) = match self.next(section)? {
                (Next::Scalar(key, _), place) => (key, place),
                (Next::End, _) => return Ok(()),
                (_, place) => return Err(place.fault(section, Wrong::KeyIsNoWord)),
            };
            let path = fields::path(section, &short(&key));
            let field = Field::find(section, &key);
            let is_section = section.is_empty() && SECTIONS.contains(&key.as_str());
            if field.is_none() && !is_section {
                let near = fields::nearest(section, &key);
                return Err(place.fault(path, Wrong::Unknown { near, known: fields::known(section) }));
            }
            if let Some((_, line)) = self.seen.iter().find(|(other, _)| *other == path) {
                return Err(place.fault(path, Wrong::Twice { line: *line }));
            }
            self.seen.push((path.clone(), place.line));
            match (self.next(&path)?, field) {
                ((Next::Scalar(text, style), place), Some(at)) => self.value(at, &text, style, place)?,
                ((_, place), Some(_)) => return Err(place.fault(path, Wrong::NoScalar)),
                ((Next::Keys, _), None) => self.keys(&key)?,
                ((_, place), None) => return Err(place.fault(path, Wrong::NoKeys)),
            }
        }
    }

    /// Parses a key's value.
    fn value(&mut self, at: usize, text: &str, style: ScalarStyle, place: Place) -> Result<(), Fault> {
        let Some(field) = FIELDS.get(at) else { return Ok(()) };
        let plain = style == ScalarStyle::Plain;
        let refuse = |wrong| Err(place.fault(field.path(), wrong));
        if plain && is_nothing(text) {
            return refuse(Wrong::NoValue);
        }
        let said = short(text);
        let read = match field.kind {
            Kind::Word(_) if plain && (is_number(text) || flag(text).is_some()) => {
                Err(Wrong::NoText { said })
            }
            Kind::Word(name) if is_word(text) => {
                if let Name::DrHost = name {
                    self.dr_host = place;
                }
                text.clone_into(self.words.word_mut(name));
                return Ok(());
            }
            Kind::Word(_) => Err(Wrong::BadWord { said }),
            Kind::Port(_) | Kind::Number(_) => number(field, text, plain),
            Kind::Flag(_) => flag(text).filter(|_| plain).ok_or(Wrong::NoFlag { said }),
            Kind::Choice(_, words) => {
                let found = words.iter().position(|word| *word == text);
                found.map(|found| found as u64).ok_or(Wrong::NoChoice { said, words })
            }
        };
        let figure = match read {
            Ok(figure) => figure,
            Err(wrong) => return refuse(wrong),
        };
        if let (Kind::Port(side), Ok(port)) = (field.kind, u16::try_from(figure)) {
            *self.words.port_mut(side) = port;
        }
        self.figures.push((at, figure));
        Ok(())
    }

    /// The configuration, if it is complete and valid.
    fn whole(mut self) -> Result<DrConfig, Fault> {
        let seen = |path: &str| self.seen.iter().find(|(other, _)| other == path).map(|(_, line)| *line);
        let missing = |field: &&Field| field.required && seen(&field.path()).is_none();
        if let Some(field) = FIELDS.iter().find(missing) {
            let at = |line, path, wrong| Err(Fault { line, column: 0, path, wrong });
            if let Some(line) = seen(field.section) {
                return at(line, field.path(), Wrong::NoKey);
            }
            let beside = FIELDS.iter().filter(|other| other.section == field.section && other.required);
            let needs = beside.map(|other| other.key).collect();
            return at(0, field.section.to_owned(), Wrong::NoSection { needs });
        }
        let ports = [self.words.primary_port, self.words.dr_port];
        if self.words.primary_host.eq_ignore_ascii_case(&self.words.dr_host) && ports[0] == ports[1] {
            return Err(self.dr_host.fault("dr.host", Wrong::SameHost));
        }
        // The note has an interval and no mode: its program only compares counts.
        let mode = Field::find("sync", "mode").filter(|_| seen("sync.mode").is_none());
        let implied = mode.filter(|_| seen("sync.interval_hours").is_some()).map(|at| (at, NOTES_MODE));
        sort(&mut self.figures);
        Ok(DrConfig { words: self.words, figures: self.figures, implied: implied.into_iter().collect() })
    }
}

/// Refuses texts that are too long, or contain misleading characters.
fn look_over(text: &str) -> Result<(), Fault> {
    let whole = |wrong| Err(Place::default().fault("", wrong));
    if text.len() > MOST_BYTES {
        return whole(Wrong::TooLong { bytes: text.len(), most: MOST_BYTES });
    }
    for (line, shown) in (1..).zip(text.split('\n')) {
        let indent = shown.len() - shown.trim_start_matches([' ', '\t']).len();
        let tab = shown[..indent].find('\t').filter(|_| !shown[indent..].trim_end().is_empty());
        if let Some(at) = tab {
            return Err(Place { line, column: at + 1 }.fault("", Wrong::Tab));
        }
        if let Some((at, sign, wants)) = full_width(shown) {
            return Err(Place { line, column: at + 1 }.fault("", Wrong::FullWidth { sign, wants }));
        }
        let strange = |c: char| c.is_control() && !matches!(c, '\t' | '\r');
        if let Some(at) = shown.chars().position(strange) {
            return Err(Place { line, column: at + 1 }.fault("", Wrong::Control));
        }
    }
    Ok(())
}

/// The first full-width character of a line that YAML has an equivalent for, outside its comment: position and
/// replacement.
fn full_width(line: &str) -> Option<(usize, char, char)> {
    let comment = if line.trim_start().starts_with('#') { Some(0) } else { line.find(" #") };
    let said = &line[..comment.unwrap_or(line.len())];
    let wanted = |sign: char| FULL_WIDTH.iter().find(|(other, _)| *other == sign).map(|(_, wants)| *wants);
    said.chars().enumerate().find_map(|(at, sign)| Some((at, sign, wanted(sign)?)))
}

/// The cause of a parser error. The parser notices a missing colon late; this looks for the line without one.
fn not_yaml(text: &str, error: &ScanError) -> Fault {
    let at = error.marker();
    let lines = text.split('\n').count();
    // It may be an unexpected end, which is after the last line.
    let column = if at.line() > lines { 0 } else { at.col() + 1 };
    let place = Place { line: at.line().min(lines), column };
    let before = (1..).zip(text.split('\n')).take(place.line);
    let said = before.map(|(line, said)| (line, said.split(" #").next().unwrap_or_default().trim()));
    let last = said.filter(|(_, said)| !said.is_empty() && !said.starts_with('#'));
    let bare = |said: &str| !said.contains(": ") && !said.ends_with(':');
    // The last two non-empty lines: the one with the error, and the one before.
    let near = last.fold([(0, ":"); 2], |[_, before], line| [before, line]);
    match near.into_iter().find(|(_, said)| bare(said)) {
        Some((line, _)) if error.info().starts_with("simple key expect") => {
            Place { line, column: 0 }.fault("", Wrong::NoColon)
        }
        _ => place.fault("", Wrong::NotYaml(error.info().to_owned())),
    }
}

/// A number within its bounds.
fn number(field: &Field, text: &str, plain: bool) -> Result<u64, Wrong> {
    let (min, max, unit) = field.bounds();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let said = short(text);
    if !plain {
        return Err(Wrong::NoNumber { said, quoted: digits(text) });
    }
    if text.strip_prefix('-').is_some_and(digits) {
        return Err(Wrong::Negative { min, max, unit });
    }
    // YAML 1.1 reads 010 as eight, YAML 1.2 as ten: no one should have to know.
    if !digits(text) || (text.len() > 1 && text.starts_with('0')) {
        return Err(Wrong::NoNumber { said, quoted: false });
    }
    let fits = text.parse().ok().filter(|number| (min..=max).contains(number));
    fits.ok_or(Wrong::Bounds { said, min, max, unit })
}

/// Yes or no, as in YAML 1.1 and the course's parser.
fn flag(text: &str) -> Option<u64> {
    let says = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if says(["true", "yes", "on"]) {
        Some(1)
    } else if says(["false", "no", "off"]) {
        Some(0)
    } else {
        None
    }
}

/// Whether YAML reads a plain word as null.
fn is_nothing(text: &str) -> bool {
    text.is_empty() || text == "~" || text.eq_ignore_ascii_case("null")
}

/// Whether YAML reads a plain word as a number.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    !bare.is_empty() && bare != "." && digits(whole) && digits(rest)
}

/// Whether a text is a valid host, bucket, zone or domain.
fn is_word(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_:/@".contains(c);
    (1..=MOST_LETTERS).contains(&text.len()) && text.chars().all(fits)
}

/// A word as a YAML string: quoted if it would otherwise be read as something else.
fn quoted(word: &str) -> String {
    let safe = is_word(word)
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && !word.ends_with(':')
        && !is_nothing(word)
        && flag(word).is_none();
    if safe {
        return word.to_owned();
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// The beginning of a text on one line, as much as an error repeats.
fn short(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(SHOWN).map(line).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}
