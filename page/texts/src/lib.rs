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
#[path = "../../../src/words/packed.rs"]
mod packed;
#[path = "../../../src/types/parcel.rs"]
pub mod parcel;
#[path = "../../../src/types/program.rs"]
pub mod program;
#[path = "../../../src/lesson/source.rs"]
mod source;
#[path = "../../../src/lesson/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;

use parcel::Parcel;
use tree::Value;

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
    /// Whether only the page's whole program opens it.
    pub whole: bool,
    /// `lesson.toml`, packed.
    pub manifest: String,
    /// Its texts, by language.
    pub texts: [Packed; 2],
}

/// All there is to read.
#[derive(Debug)]
pub struct Texts {
    /// The catalogues, by language, each in parts (`compile::split`); the lessons' titles and summaries are in them.
    pub catalogues: [[Packed; compile::PARTS]; 2],
    /// The lessons, in the order of the course.
    pub lessons: Vec<Lesson>,
}

impl Texts {
    /// Every text that lies apart from the page's program.
    pub fn apart(&self) -> impl Iterator<Item = &Packed> {
        self.catalogues.iter().flatten().chain(self.lessons.iter().flat_map(|lesson| &lesson.texts))
    }
}

/// Packs everything below the repository's root.
pub fn pack(root: &Path) -> Result<Texts, String> {
    let [zh, en] = LANGS.map(|lang| format!("src/words/{lang}.ftl"));
    let mut messages = compile::compile([(&zh, &read(root, &zh)?), (&en, &read(root, &en)?)])?;
    let mut lessons = Vec::new();
    for folder in folders(root)? {
        let slug = folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        let at = format!("lessons/{folder}/lesson.toml");
        let manifest = source::manifest(&read(root, &at)?).map_err(|fault| format!("{at}: {fault}"))?;
        let [zh, en] = &mut messages;
        let texts = [text(root, &folder, slug, "zh", zh)?, text(root, &folder, slug, "en", en)?];
        let whole = needs_whole(&manifest).map_err(|fault| format!("{at}: {fault}"))?;
        lessons.push(Lesson { slug: slug.to_owned(), whole, manifest, texts, folder });
    }
    let [zh, en] = messages.map(|messages| compile::split(messages).map(|part| compile::pack(&part)));
    let parts = |lang: &str, [first, later, lone]: [String; compile::PARTS]| {
        [
            Packed::new(lang.to_owned(), first),
            Packed::new(format!("{lang}.later"), later),
            Packed::new(format!("{lang}.lone"), lone),
        ]
    };
    Ok(Texts { catalogues: [parts("zh", zh), parts("en", en)], lessons })
}

/// Whether a manifest asks for the whole program, itself or by its topology.
fn needs_whole(manifest: &str) -> Result<bool, String> {
    let (document, _) = tree::unpack(manifest)?;
    let Value::Table(fields) = document.value else { return Err("it is no table".into()) };
    let is = |name: &str, wanted: fn(&str) -> bool| {
        let field = fields.iter().find(|(known, _)| known == name).map(|(_, node)| &node.value);
        matches!(field, Some(Value::Text(text)) if wanted(text))
    };
    Ok(is("program", |word| word == program::WORD) || is("topology", program::needs_whole))
}

/// Packs a lesson's text in a language, and puts what the list of lessons says of it into the catalogue.
fn text(
    root: &Path,
    folder: &str,
    slug: &str,
    lang: &str,
    catalogue: &mut compile::Messages,
) -> Result<Packed, String> {
    let at = format!("lessons/{folder}/{lang}.md");
    let fault = |what: String| format!("{at}: {what}");
    let packed = source::text(&mark::mark_lesson(&read(root, &at)?)).map_err(fault)?;
    let (front, _) = tree::unpack(&packed).map_err(fault)?;
    let Value::Table(fields) = front.value else { return Err(fault("the front matter is no table".into())) };
    for name in ["title", "summary"] {
        let field = fields.iter().find(|(known, _)| known == name).map(|(_, node)| &node.value);
        let Some(Value::Text(text)) = field else { return Err(fault(format!("there is no {name}"))) };
        if text.chars().any(char::is_control) {
            return Err(fault(format!("a control character in {name}")));
        }
        catalogue.insert(format!("lesson-{slug}-{name}"), text.clone());
    }
    Ok(Packed::new(format!("{slug}.{lang}"), packed))
}

/// The lessons' folders, in the order of the course.
fn folders(root: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(root.join("lessons")).map_err(|why| format!("lessons: {why}"))?;
    let mut folders: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    Ok(folders)
}

fn read(root: &Path, file: &str) -> Result<String, String> {
    fs::read_to_string(root.join(file)).map_err(|why| format!("{file}: {why}"))
}
