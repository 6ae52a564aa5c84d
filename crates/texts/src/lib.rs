//! Reads the lessons' TOML and Markdown and the catalogues' Fluent. The catalogues are packed (`packed`); lessons stay
//! as their authors wrote them, under names that contain the hash of their content.
//!
//! Build scripts embed the hashes in the program, and in native programs manifests and texts too; those of the page are
//! separate files, which `quorum-finish` writes. Guarantees: both get the same bytes, and malformed input is an error
//! with file and line. Leaves out: whether a lesson makes sense (`quorum_lesson::manifest`).

pub mod asset;
pub mod beliefs;
pub mod compile;
pub mod facts;
pub mod fields;
pub mod guide;
mod inline;
pub mod mark;
mod mark_writer;
pub mod marks;
pub mod packed;
pub mod paths;
pub mod source;
pub mod tree;

use std::fs;
use std::path::Path;

use asset::Asset;
use compile::Messages;
use tree::{Node, Value};

/// The languages, in the order in which the program numbers them.
pub const LANGS: [&str; 2] = ["zh", "en"];

/// The style sheets that views bring along, in the order in which the program numbers them.
pub const STYLES: [&str; 6] = ["home", "course", "milvus", "regions", "tabs", "exam"];

/// A text and what it is called.
#[derive(Debug)]
pub struct Packed {
    /// Name and hash.
    pub asset: Asset,
    /// The text.
    pub text: String,
}

impl Packed {
    fn new(name: String, text: String) -> Self {
        Self { asset: Asset::text(name, asset::hash(&text)), text }
    }
}

/// A lesson.
#[derive(Debug)]
pub struct Lesson {
    /// The folder, from the lessons' folder: its name, or of a mission `missions/` and its name.
    pub folder: String,
    /// Addresses that lead to it besides its slug.
    pub aliases: Vec<String>,
    /// Whether a teacher's guide lies beside it.
    pub has_guide: bool,
    /// The kind of world that it is played in: its topology up to a colon.
    pub world: String,
    /// Its manifest with its text, by language ([`asset::join`]).
    pub files: [Packed; 2],
}

/// What the names of messages begin with that nothing but the command line says.
pub const CLI: &str = "cli-";

/// The parts of a catalogue, in the order in which the program numbers them: what each adds to the name of its file,
/// and what the names of its messages begin with. The first part has every other message.
pub const PARTS: [(&str, &str); 7] = [
    ("", ""),
    ("-milvus", "mc-"),
    ("-regions", "rg-"),
    ("-drills", "drill-"),
    ("-home", "home-"),
    ("-tabs", "tn-"),
    ("-exam", "ex-"),
];

/// The part that a message is in.
pub fn part_of(name: &str) -> usize {
    let others = &PARTS[1..];
    others.iter().position(|(_, beginning)| name.starts_with(beginning)).map_or(0, |at| at + 1)
}

/// Which program a catalogue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The page, which fetches its catalogue and goes without the command line's messages.
    Page,
    /// A native program, which has every message.
    Native,
}

/// The catalogues.
#[derive(Debug)]
pub struct Catalogues {
    /// By language and part.
    pub packed: [[Packed; PARTS.len()]; 2],
    /// What the page's first script says, by language: names and packed messages (`www/start.js` reads them).
    pub start: [Vec<(String, String)>; 2],
}

/// The lessons.
#[derive(Debug)]
pub struct Lessons {
    /// The lists of lessons and of ways through them, by language; `quorum_lesson::list` reads them.
    pub lists: [Packed; 2],
    /// What the texts claim about products, by language ([`facts`]).
    pub facts: [Packed; 2],
    /// The misconceptions, by language ([`beliefs`]).
    pub beliefs: [Packed; 2],
    /// The lessons, in the order of the course, and then the missions.
    pub lessons: Vec<Lesson>,
}

impl Lessons {
    /// Every text that lies apart from the page's program.
    pub fn texts(&self) -> impl Iterator<Item = &Packed> {
        let apart = self.lists.iter().chain(&self.facts).chain(&self.beliefs);
        apart.chain(self.lessons.iter().flat_map(|lesson| &lesson.files))
    }
}

/// Packs the catalogues `zh.ftl` and `en.ftl` of a folder.
pub fn catalogues(folder: &Path, program: Program) -> Result<Catalogues, String> {
    let [zh, en] = LANGS.map(|lang| format!("{lang}.ftl"));
    let mut messages = compile::compile([(&zh, &read(folder, &zh)?), (&en, &read(folder, &en)?)])?;
    if program == Program::Page {
        messages.iter_mut().for_each(|messages| messages.retain(|name, _| !name.starts_with(CLI)));
    }
    let start = messages.each_ref().map(start_words);
    let [zh, en] = messages;
    Ok(Catalogues { packed: [parts("zh", zh), parts("en", en)], start })
}

/// A language's catalogue, packed part by part.
fn parts(lang: &str, messages: Messages) -> [Packed; PARTS.len()] {
    let mut parts = PARTS.map(|_| Messages::new());
    for (name, text) in messages {
        parts[part_of(&name)].insert(name, text);
    }
    let mut names = PARTS.iter().map(|(name, _)| format!("{lang}{name}"));
    parts.map(|part| Packed::new(names.next().unwrap_or_default(), compile::pack(&part)))
}

/// Packs the style sheets that views bring along, from the folder that they lie in.
pub fn styles(folder: &Path) -> Result<Vec<Packed>, String> {
    let style = |name: &&str| {
        let text = read(folder, &format!("{name}.css"))?;
        Ok(Packed { asset: Asset::style(*name, asset::hash(&text)), text })
    };
    STYLES.iter().map(style).collect()
}

/// The folder of the missions, from the lessons' folder.
pub const MISSIONS: &str = "missions";

/// A folder's slug: its name without its number.
pub fn slug_of(folder: &str) -> &str {
    let name = folder.rsplit('/').next().unwrap_or_default();
    name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
}

/// Packs the lessons below a folder, and what the course says about all of them.
pub fn lessons(root: &Path) -> Result<Lessons, String> {
    let (mut lessons, mut lists) = (Vec::new(), [String::new(), String::new()]);
    let mut claims = [String::new(), String::new()];
    for folder in folders(root)? {
        lessons.push(lesson(root, folder, &mut lists)?);
        let Some(lesson) = lessons.last() else { continue };
        let file = format!("{}/facts.toml", lesson.folder);
        let facts = optional(root, &file, facts::read)?.unwrap_or_default();
        for (lang, claims) in claims.iter_mut().enumerate() {
            *claims += &facts::pack(slug_of(&lesson.folder), &facts, lang);
        }
    }
    for path in optional(root, "paths.toml", paths::read)?.unwrap_or_default() {
        lists.iter_mut().for_each(|list| list.push_str(&paths::pack(&path)));
    }
    let beliefs = optional(root, "misconceptions.toml", beliefs::read)?.unwrap_or_default();
    let beliefs = [0, 1].map(|lang| beliefs::pack(&beliefs, lang));
    let [lists, facts, beliefs] = [("lessons", lists), ("facts", claims), ("beliefs", beliefs)].map(by_lang);
    Ok(Lessons { lists, facts, beliefs, lessons })
}

/// The teacher's guide to the lessons below a folder as one page per language, in the words of the catalogues of
/// another.
pub fn guide_pages(root: &Path, catalogues: &Path) -> Result<[String; 2], String> {
    let [zh, en] = LANGS.map(|lang| format!("{lang}.ftl"));
    let messages = compile::compile([(&zh, &read(catalogues, &zh)?), (&en, &read(catalogues, &en)?)])?;
    let mut guides = Vec::new();
    for folder in folders(root)? {
        let Some(guide) = optional(root, &format!("{folder}/guide.toml"), guide::read)? else { continue };
        let manifest = source::tree(&read(root, &format!("{folder}/lesson.toml"))?, 1);
        let manifest = manifest.map_err(|fault| format!("{folder}/lesson.toml: {fault}"))?;
        let minutes = field(&manifest, "minutes").map(plain).and_then(|digits| digits.parse().ok());
        let [zh, en] = LANGS.map(|lang| title(root, &folder, lang));
        guides.push((folder, [zh?, en?], minutes.unwrap_or_default(), guide));
    }
    let page = |at: usize| {
        let chapters: Vec<guide::Chapter<'_>> = guides
            .iter()
            .map(|(folder, titles, minutes, guide)| guide::Chapter {
                slug: slug_of(folder),
                title: &titles[at],
                minutes: *minutes,
                guide: &guide[at],
            })
            .collect();
        let named = |name: &str| format!("{CLI}{}{name}", guide::SAYS);
        let say = |name: &str| messages[at].get(&named(name)).cloned().unwrap_or_default();
        guide::page(LANGS[at], &chapters, &say)
    };
    Ok([page(0), page(1)])
}

/// A lesson's title in a language.
fn title(root: &Path, folder: &str, lang: &str) -> Result<String, String> {
    let at = format!("{folder}/{lang}.md");
    let text = read(root, &at)?;
    let (front, ..) = source::front(&text, 1).map_err(|fault| format!("{at}: {fault}"))?;
    field(&front, "title").map(plain).ok_or_else(|| format!("{at}: there is no title"))
}

/// A text in both languages, each as a file of its own.
fn by_lang((name, [zh, en]): (&str, [String; 2])) -> [Packed; 2] {
    [Packed::new(format!("{name}.zh"), zh), Packed::new(format!("{name}.en"), en)]
}

/// Reads a file that need not be there.
fn optional<T>(
    root: &Path,
    file: &str,
    read_text: fn(&str) -> Result<T, tree::Fault>,
) -> Result<Option<T>, String> {
    if !root.join(file).is_file() {
        return Ok(None);
    }
    read_text(&read(root, file)?).map(Some).map_err(|fault| format!("{file}: {fault}"))
}

/// Packs a lesson, and adds it to the lists.
fn lesson(root: &Path, folder: String, lists: &mut [String; 2]) -> Result<Lesson, String> {
    let slug = slug_of(&folder).to_owned();
    let at = format!("{folder}/lesson.toml");
    let source = read(root, &at)?;
    let manifest = source::tree(&source, 1).map_err(|fault| format!("{at}: {fault}"))?;
    let of = |name: &str| field(&manifest, name).map_or(String::new(), plain);
    let steps = field(&manifest, "steps")
        .map_or(0, |steps| if let Value::List(list) = steps { list.len() } else { 0 });
    let start = format!(
        "{slug}\t{}\t{}\t{steps}\t{}\t{}\t{}",
        of("track"),
        of("minutes"),
        questions(&manifest),
        words(&manifest, "requires").join(" "),
        [of("unit"), of("par")].join(" ").trim(),
    );
    let [zh, en] = lists;
    let said = [("zh", zh), ("en", en)].map(|(lang, list)| {
        let said = text(root, &folder, lang, &start, list)?;
        Ok(Packed::new(format!("{slug}.{lang}"), asset::join(&source, lang, &said)))
    });
    let [zh, en]: [Result<Packed, String>; 2] = said;
    let world = of("topology").split(':').next().unwrap_or_default().to_owned();
    let has_guide = optional(root, &format!("{folder}/guide.toml"), guide::read)?.is_some();
    Ok(Lesson { aliases: words(&manifest, "aliases"), has_guide, folder, world, files: [zh?, en?] })
}

/// The texts of a list.
fn words(table: &Node, name: &str) -> Vec<String> {
    let Some(Value::List(list)) = field(table, name) else { return Vec::new() };
    list.iter().map(|node| plain(&node.value)).collect()
}

/// The messages of the page's first script, which has to say them before anything else can be fetched.
fn start_words(messages: &compile::Messages) -> Vec<(String, String)> {
    let own = messages.iter().filter(|(name, _)| name.starts_with("start-"));
    own.map(|(name, text)| (name.clone(), text.clone())).collect()
}

fn field<'a>(table: &'a Node, name: &str) -> Option<&'a Value> {
    let Value::Table(fields) = &table.value else { return None };
    fields.iter().find(|(known, _)| known == name).map(|(_, node)| &node.value)
}

/// The names of a lesson's questions, with spaces between.
fn questions(manifest: &Node) -> String {
    let Some(Value::List(steps)) = field(manifest, "steps") else { return String::new() };
    let asks = |step: &&Node| matches!(field(step, "kind"), Some(Value::Text(kind)) if kind == "explain");
    let names = steps.iter().filter(asks).filter_map(|step| field(step, "id"));
    names.map(plain).collect::<Vec<String>>().join(" ")
}

/// A text or a number as it is written.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Integer(text) => text.clone(),
        _ => String::new(),
    }
}

/// Reads a lesson's text in a language, and adds its entry, after `start`, to the list of lessons.
fn text(root: &Path, folder: &str, lang: &str, start: &str, list: &mut String) -> Result<String, String> {
    let at = format!("{folder}/{lang}.md");
    let fault = |what: String| format!("{at}: {what}");
    let text = read(root, &at)?;
    let (front, ..) = source::front(&text, 1).map_err(fault)?;
    list.push_str(start);
    for name in ["title", "summary"] {
        let Some(Value::Text(said)) = field(&front, name) else {
            return Err(fault(format!("there is no {name}")));
        };
        if said.chars().any(char::is_control) {
            return Err(fault(format!("a control character in {name}")));
        }
        list.push('\t');
        list.push_str(said);
    }
    list.push('\n');
    Ok(text)
}

/// The lessons' folders, in the order of the course, and then those of the missions.
fn folders(root: &Path) -> Result<Vec<String>, String> {
    let mut all = within(root, "")?;
    if root.join(MISSIONS).is_dir() {
        all.extend(within(root, &format!("{MISSIONS}/"))?);
    }
    Ok(all)
}

/// The lessons' folders in one folder, by name.
fn within(root: &Path, prefix: &str) -> Result<Vec<String>, String> {
    let root = root.join(prefix);
    let entries = fs::read_dir(&root).map_err(|why| format!("{}: {why}", root.display()))?;
    let mut folders: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("lesson.toml").is_file())
        .map(|entry| format!("{prefix}{}", entry.file_name().to_string_lossy()))
        .collect();
    folders.sort();
    Ok(folders)
}

fn read(root: &Path, file: &str) -> Result<String, String> {
    let path = root.join(file);
    fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))
}
