//! Reads the lessons' TOML and Markdown and the catalogues' Fluent, and packs them; see `src/lesson/tree.rs`,
//! `src/lesson/mark.rs` and `src/words/packed.rs` for what comes of it.
//!
//! The build script takes the manifests and the hashes into the program, and the texts too where it is native; the
//! page's texts are files beside it, which `quorum-finish` writes. Promises: both get the same bytes, and what cannot
//! be read is an error with file and line. Leaves out: whether a lesson makes sense (`lesson::manifest`).

#[path = "../../../src/words/compile.rs"]
mod compile;
#[path = "../../../src/lesson/mark.rs"]
mod mark;
#[path = "../../../src/lesson/marks.rs"]
mod marks;
#[path = "../../../src/words/packed.rs"]
mod packed;
#[path = "../../../src/types/parcel.rs"]
pub mod parcel;
#[path = "../../../src/lesson/source.rs"]
mod source;
#[path = "../../../src/lesson/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;

use parcel::Parcel;
use tree::{Node, Value};

/// The languages, in the order in which the program numbers them.
pub const LANGS: [&str; 2] = ["zh", "en"];

/// A packed text and what it is called.
#[derive(Debug)]
pub struct Packed {
    /// Name and hash.
    pub parcel: Parcel,
    /// The text.
    pub text: String,
}

impl Packed {
    fn new(name: String, text: String) -> Self {
        Self { parcel: Parcel { name, hash: parcel::hash(&text) }, text }
    }
}

/// A lesson.
#[derive(Debug)]
pub struct Lesson {
    /// The folder's name.
    pub folder: String,
    /// Its name in addresses.
    pub slug: String,
    /// `lesson.toml`, packed.
    pub manifest: String,
    /// Its texts, by language.
    pub texts: [Packed; 2],
}

/// All there is to read.
#[derive(Debug)]
pub struct Texts {
    /// The catalogues, by language.
    pub catalogues: [Packed; 2],
    /// The lists of lessons, by language; `src/lesson/list.rs` reads them.
    pub lists: [Packed; 2],
    /// What the page's first script says, by language: names and packed messages (`www/start.js` reads them).
    pub start: [Vec<(String, String)>; 2],
    /// The lessons, in the order of the course.
    pub lessons: Vec<Lesson>,
}

impl Texts {
    /// Every text that lies apart from the page's program.
    pub fn apart(&self) -> impl Iterator<Item = &Packed> {
        let lessons = self.lessons.iter().flat_map(|lesson| &lesson.texts);
        self.catalogues.iter().chain(&self.lists).chain(lessons)
    }
}

/// Packs everything below the repository's root.
pub fn pack(root: &Path) -> Result<Texts, String> {
    let [zh, en] = LANGS.map(|lang| format!("src/words/{lang}.ftl"));
    let messages = compile::compile([(&zh, &read(root, &zh)?), (&en, &read(root, &en)?)])?;
    let (mut lessons, mut lists) = (Vec::new(), [String::new(), String::new()]);
    for folder in folders(root)? {
        let slug = folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        let at = format!("lessons/{folder}/lesson.toml");
        let fault = |fault: String| format!("{at}: {fault}");
        let manifest = source::manifest(&read(root, &at)?).map_err(fault)?;
        let fields = table(&manifest).map_err(fault)?;
        let of = |name: &str| field(&fields, name).map_or(String::new(), plain);
        let steps = field(&fields, "steps")
            .map_or(0, |steps| if let Value::List(list) = steps { list.len() } else { 0 });
        let start = format!("{slug}\t{}\t{}\t{steps}", of("track"), of("minutes"));
        let [zh, en] = &mut lists;
        let texts =
            [text(root, &folder, &slug, "zh", &start, zh)?, text(root, &folder, &slug, "en", &start, en)?];
        lessons.push(Lesson { slug, manifest, texts, folder });
    }
    let start = messages.each_ref().map(start_words);
    let [zh, en] = messages.map(|messages| compile::pack(&messages));
    let catalogues = [Packed::new("zh".to_owned(), zh), Packed::new("en".to_owned(), en)];
    let [zh_list, en_list] = lists;
    let lists =
        [Packed::new("lessons.zh".to_owned(), zh_list), Packed::new("lessons.en".to_owned(), en_list)];
    Ok(Texts { catalogues, lists, start, lessons })
}

/// The messages of the page's first script, which has to say them before anything else can be fetched.
fn start_words(messages: &compile::Messages) -> Vec<(String, String)> {
    let own = messages.iter().filter(|(name, _)| name.starts_with("start-"));
    own.map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// The fields of a packed document.
fn table(packed: &str) -> Result<Vec<(String, Node)>, String> {
    match tree::unpack(packed)?.0.value {
        Value::Table(fields) => Ok(fields),
        _ => Err("it is no table".into()),
    }
}

fn field<'a>(fields: &'a [(String, Node)], name: &str) -> Option<&'a Value> {
    fields.iter().find(|(known, _)| known == name).map(|(_, node)| &node.value)
}

/// A text or a number as it is written.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Integer(text) => text.clone(),
        _ => String::new(),
    }
}

/// Packs a lesson's text in a language, and puts what the list of lessons says of it behind `start` into that.
fn text(
    root: &Path,
    folder: &str,
    slug: &str,
    lang: &str,
    start: &str,
    list: &mut String,
) -> Result<Packed, String> {
    let at = format!("lessons/{folder}/{lang}.md");
    let fault = |what: String| format!("{at}: {what}");
    let marked = mark::mark_lesson(&read(root, &at)?, 1).map_err(fault)?;
    let packed = source::text(&marked).map_err(fault)?;
    let fields = table(&packed).map_err(fault)?;
    list.push_str(start);
    for name in ["title", "summary"] {
        let Some(Value::Text(text)) = field(&fields, name) else {
            return Err(fault(format!("there is no {name}")));
        };
        if text.chars().any(char::is_control) {
            return Err(fault(format!("a control character in {name}")));
        }
        list.push('\t');
        list.push_str(text);
    }
    list.push('\n');
    Ok(Packed::new(format!("{slug}.{lang}"), packed))
}

/// The lessons' folders, in the order of the course.
fn folders(root: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(root.join("lessons")).map_err(|why| format!("lessons: {why}"))?;
    let mut folders: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("lesson.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    Ok(folders)
}

fn read(root: &Path, file: &str) -> Result<String, String> {
    fs::read_to_string(root.join(file)).map_err(|why| format!("{file}: {why}"))
}
