//! The last step of building the page, which Trunk calls when everything else lies in its staging folder
//! (`Trunk.toml`): puts the texts beside the programs, makes programs and their glue smaller (`glue`), joins the style sheets
//! (`styles`), and tells the page's first script (`www/start.js`) which of the two programs opens what, and what it says.
//!
//! Without Trunk it is called with arguments, `--source FOLDER --staging FOLDER [--shorten]`: then it first does what Trunk would have
//! done (`assemble`). The tests' page is built like this.
//!
//! Promises: the texts are the ones whose hashes the programs were built with, because the same code packs both; files
//! whose bytes have changed have other names, so that no cache mixes builds. Leaves out: whatever Trunk does itself.

mod assemble;
mod glue;
mod styles;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use quorum_texts::Texts;
use quorum_texts::parcel::{self, FOLDER};
use quorum_texts::program;

fn main() -> ExitCode {
    match finish() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("quorum-finish: {why}");
            ExitCode::FAILURE
        }
    }
}

/// What is to be finished.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    /// Where the project lies.
    source: PathBuf,
    /// Where the page is put together.
    staging: PathBuf,
    /// Whether bytes are worth more than names that can be read.
    shorten: bool,
    /// Whether Trunk has laid the document and its files there already.
    by_trunk: bool,
}

impl Request {
    /// What Trunk says in the environment, or what the arguments say.
    fn read(args: &[String]) -> Result<Self, String> {
        if args.is_empty() {
            let folder =
                |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("Trunk sets {name}"));
            return Ok(Self {
                source: folder("TRUNK_SOURCE_DIR")?,
                staging: folder("TRUNK_STAGING_DIR")?,
                shorten: env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release"),
                by_trunk: true,
            });
        }
        let (mut source, mut staging, mut shorten) = (None, None, false);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut folder = || args.next().map(PathBuf::from).ok_or_else(|| format!("{arg} takes a folder"));
            match arg.as_str() {
                "--source" => source = Some(folder()?),
                "--staging" => staging = Some(folder()?),
                "--shorten" => shorten = true,
                other => return Err(format!("there is no {other}: --source, --staging and --shorten are")),
            }
        }
        let (source, staging) = source.zip(staging).ok_or("both --source and --staging are needed")?;
        Ok(Self { source, staging, shorten, by_trunk: false })
    }
}

fn finish() -> Result<(), String> {
    let Request { source, staging, shorten, by_trunk } =
        Request::read(&env::args().skip(1).collect::<Vec<_>>())?;
    if !by_trunk {
        assemble::assemble(&source, &staging)?;
    }
    let texts = quorum_texts::pack(&source)?;
    write_texts(&texts, &staging)?;
    let [small, whole] = [SMALL, WHOLE].map(|name| name_program(&staging, name, shorten));
    let lessons: Vec<&str> = texts.lessons.iter().filter(|l| !l.whole).map(|l| l.slug.as_str()).collect();
    let topologies = program::WHOLE.join(" ");
    let words = [
        ("@small@", small?),
        ("@whole@", whole?),
        ("@lessons@", lessons.join(" ")),
        ("@topologies@", topologies),
        ("@home@", styles::name_home(&staging).map_err(|why| why.to_string())?),
        ("\"@words@\"", start_words(&texts)),
    ];
    let start = name_start(&staging, &words, shorten)?;
    let page = staging.join("index.html");
    if shorten {
        styles::join(&staging).map_err(|why| why.to_string())?;
    }
    let mut html = fs::read_to_string(&page).map_err(|why| fault(&page, why))?;
    if shorten {
        html = without_margins(&html);
    }
    fs::write(&page, fill("index.html", &html, &[("@start@", start)])?).map_err(|why| fault(&page, why))
}

/// Fills in the page's first script and puts it under the hash of what it is; its name.
fn name_start(staging: &Path, words: &[(&str, String)], shorten: bool) -> Result<String, String> {
    let path = staging.join("start.js");
    let text = fs::read_to_string(&path).map_err(|why| fault(&path, why))?;
    let mut text = fill("start.js", &text, words)?;
    if shorten {
        text = without_margins(&text);
    }
    let name = format!("start-{:08x}.js", parcel::hash(&text));
    fs::write(staging.join(&name), &text).map_err(|why| fault(&path, why))?;
    fs::remove_file(&path).map_err(|why| fault(&path, why))?;
    Ok(name)
}

/// The first script's sentences, by language and name, as an object that it can hold.
fn start_words(texts: &Texts) -> String {
    let object = |pairs: Vec<String>| format!("{{{}}}", pairs.join(","));
    let languages = quorum_texts::LANGS.iter().zip(&texts.start);
    let of = |(lang, messages): (&&str, &Vec<(String, String)>)| {
        let pairs = messages.iter().map(|(name, text)| format!("{}:{}", quoted(name), quoted(text)));
        format!("{}:{}", quoted(lang), object(pairs.collect()))
    };
    object(languages.map(of).collect())
}

/// A text as a script writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '\u{2028}' | '\u{2029}' => quoted += &format!("\\u{:04x}", c as u32),
            c if c < ' ' => quoted += &format!("\\u{:04x}", c as u32),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// What the files of the two programs begin with when Trunk has made them.
const SMALL: &str = "quorum-lab";
const WHOLE: &str = "quorum-whole";

/// What ends the names of a program's two files.
const ENDINGS: [&str; 2] = [".js", "_bg.wasm"];

fn fault(path: &Path, why: std::io::Error) -> String {
    format!("{}: {why}", path.display())
}

/// Puts a program and its glue under the hashes of what they are, made smaller or not, and returns what their names
/// begin with.
fn name_program(staging: &Path, name: &str, shorten: bool) -> Result<String, String> {
    let entries = fs::read_dir(staging).map_err(|why| fault(staging, why))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_it = |file: &String| file.starts_with(name) && file.ends_with(ENDINGS[1]);
    let found = names.filter(is_it).collect::<Vec<_>>();
    let [file] = &found[..] else { return Err(format!("one program {name} is wanted, there is {found:?}")) };
    let old = file.trim_end_matches(ENDINGS[1]);
    let [glue, program] = ENDINGS.map(|ending| staging.join(format!("{old}{ending}")));
    let mut text = fs::read_to_string(&glue).map_err(|why| fault(&glue, why))?;
    let mut bytes = fs::read(&program).map_err(|why| fault(&program, why))?;
    for path in [&glue, &program] {
        fs::remove_file(path).map_err(|why| fault(path, why))?;
    }
    if shorten {
        (bytes, text) = glue::shorten(&bytes, &text)?;
    }
    // The page holds the two together before it starts them: a host may mix builds whatever their names say.
    glue::mark(&mut bytes, &mut text);
    let new = format!("{name}-{:08x}{:08x}", parcel::hash(&bytes), parcel::hash(&text));
    for (ending, bytes) in ENDINGS.into_iter().zip([text.as_bytes(), &bytes]) {
        let path = staging.join(format!("{new}{ending}"));
        fs::write(&path, bytes).map_err(|why| fault(&path, why))?;
    }
    Ok(new)
}

/// The page without indentation and lines that only people read: Trunk's minifier does not know the newest scripts.
fn without_margins(html: &str) -> String {
    let lines = html.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A file of the page with its words between at signs filled in, each of which is there once.
fn fill(file: &str, text: &str, words: &[(&str, String)]) -> Result<String, String> {
    let mut filled = text.to_owned();
    for (word, meaning) in words {
        if text.matches(word).count() != 1 {
            return Err(format!("{file} has to hold {word} once"));
        }
        filled = filled.replace(word, meaning);
    }
    Ok(filled)
}

/// Writes the texts under the names that the program asks for.
fn write_texts(texts: &Texts, staging: &Path) -> Result<(), String> {
    let folder = staging.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|why| fault(&folder, why))?;
    for packed in texts.apart() {
        let path = staging.join(packed.parcel.path());
        fs::write(&path, &packed.text).map_err(|why| fault(&path, why))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_what_trunk_would_say() {
        let read = |args: &str| Request::read(&args.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let request = |shorten| Request { source: "a".into(), staging: "b".into(), shorten, by_trunk: false };
        assert_eq!(read("--source a --staging b"), Ok(request(false)));
        assert_eq!(read("--shorten --staging b --source a"), Ok(request(true)));
        for bad in ["--source a", "--staging b", "--source a --staging", "--source a --staging b --small"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_word_of_the_page_is_filled_in_once() {
        let words = [("@small@", "a-1".to_owned()), ("@lessons@", "x y".to_owned())];
        assert_eq!(fill("x", "s='@small@' l='@lessons@'", &words), Ok("s='a-1' l='x y'".to_owned()));
        assert!(fill("x", "s='@small@'", &words).is_err_and(|why| why.contains("@lessons@")));
        assert!(
            fill("x", "'@small@' '@small@' '@lessons@'", &words).is_err_and(|why| why.contains("@small@"))
        );
    }

    #[test]
    fn a_sentence_stays_what_it_is_in_a_script() {
        assert_eq!(
            quoted("a\"b\\c</script>\u{2}x\u{2}多"),
            "\"a\\u0022b\\u005cc\\u003c/script>\\u0002x\\u0002多\""
        );
    }

    #[test]
    fn what_only_people_read_goes() {
        assert_eq!(
            without_margins("<script>\n  // why\n  f('//');\n\n</script>"),
            "<script>\nf('//');\n\n</script>"
        );
    }

    #[test]
    fn a_program_is_named_by_what_it_is() {
        let staging = env::temp_dir().join(format!("quorum-finish-{}", std::process::id()));
        let put = |folder: &str, program: &[u8]| {
            let folder = staging.join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("quorum-whole.js"), "glue").unwrap();
            fs::write(folder.join("quorum-whole_bg.wasm"), program).unwrap();
            name_program(&folder, WHOLE, false)
        };
        let (first, second) = (put("a", b"one").unwrap(), put("b", b"two").unwrap());
        assert_ne!(first, second);
        assert!(fs::read(staging.join(format!("b/{second}_bg.wasm"))).unwrap().starts_with(b"two"));
        assert!(fs::read_to_string(staging.join(format!("a/{first}.js"))).unwrap().starts_with("glue"));
        // Two that begin alike are no choice, and so is none.
        assert!(put("b", b"three").is_err_and(|why| why.contains(&second)));
        assert!(name_program(&staging.join("b"), SMALL, false).is_err());
        fs::remove_dir_all(&staging).unwrap();
    }
}
