//! The last step of building the page, which Trunk calls when everything else is in its staging folder (`Trunk.toml`):
//! cuts the compiled program into chunks (`program`), which replaces what Trunk has made of it; copies texts, the
//! teacher's guide (`guide.zh.html`, `guide.en.html`) and the views' style sheets beside it; names program, styles and
//! scripts by their content hashes, and fills in the sentences of the page's first script (`www/start.js`).
//!
//! Without Trunk it is called with arguments, `--source FOLDER --program FILE --staging FOLDER`, and first does what
//! Trunk would have done (`assemble`). The tests' page is built like this.
//!
//! Guarantees: the texts are the ones whose hashes the program was built with, because the same code packs both; files
//! whose bytes have changed have other names, so that no cache mixes builds. Leaves out: everything that Trunk does
//! itself, and minifying: the compression of any host saves as much.

mod assemble;
mod comments;
mod program;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use quorum_texts::asset::{self, FOLDER};
use quorum_texts::{Catalogues, Packed, Program};

/// The style sheets that every page begins with, in their order; they are served as one file.
const SHEETS: [&str; 4] = ["tokens.css", "lab.css", "layout.css", "start.css"];
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
    /// The project's folder.
    source: PathBuf,
    /// The compiled program.
    program: PathBuf,
    /// The folder in which the page is assembled.
    staging: PathBuf,
    /// Whether Trunk has already copied the document and its files there.
    by_trunk: bool,
}

impl Request {
    /// Reads Trunk's environment variables, or the arguments.
    fn read(args: &[String]) -> Result<Self, String> {
        if args.is_empty() {
            let set = |name: &str| env::var_os(name).ok_or_else(|| format!("Trunk sets {name}"));
            let folder = |name: &str| set(name).map(PathBuf::from);
            let (source, staging) = (folder("TRUNK_SOURCE_DIR")?, folder("TRUNK_STAGING_DIR")?);
            let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| source.join("target"), PathBuf::from);
            let release = set("TRUNK_PROFILE")? == "release";
            let program = program::compiled(&target, if release { "page" } else { "debug" });
            return Ok(Self { source, program, staging, by_trunk: true });
        }
        let (mut source, mut program, mut staging) = (None, None, None);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut path = || args.next().map(PathBuf::from).ok_or_else(|| format!("{arg} takes a path"));
            match arg.as_str() {
                "--source" => source = Some(path()?),
                "--program" => program = Some(path()?),
                "--staging" => staging = Some(path()?),
                other => return Err(format!("there is no {other}: --source, --program and --staging are")),
            }
        }
        match (source, program, staging) {
            (Some(source), Some(program), Some(staging)) => {
                Ok(Self { source, program, staging, by_trunk: false })
            }
            _ => Err("--source, --program and --staging are needed".to_owned()),
        }
    }
}

fn finish() -> Result<(), String> {
    let Request { source, program, staging, by_trunk } =
        Request::read(&env::args().skip(1).collect::<Vec<_>>())?;
    if by_trunk {
        program::remove_bound(&staging)?;
    } else {
        assemble::assemble(&source, &staging)?;
    }
    let catalogues = quorum_texts::catalogues(&source.join("crates/i18n/catalogues"), Program::Page)?;
    let lessons = quorum_texts::lessons(&source.join("lessons"))?;
    let styles = quorum_texts::styles(&source.join("www"))?;
    write_texts(catalogues.packed.iter().flatten().chain(lessons.texts()).chain(&styles), &staging)?;
    let guides = quorum_texts::guide_pages(&source.join("lessons"), &source.join("crates/i18n/catalogues"))?;
    for (lang, guide) in quorum_texts::LANGS.iter().zip(&guides) {
        write(&staging.join(format!("guide.{lang}.html")), guide.as_bytes())?;
    }
    let words =
        [("@program@", program::build(&program, &staging)?), ("\"@words@\"", start_words(&catalogues))];
    let start = fill("start.js", &read(&source.join("www/start.js"))?, &words)?;
    let start = write_named(&staging, "start", "js", comments::script(&start).as_bytes())?;
    let sheets = SHEETS.map(|sheet| read(&source.join("www").join(sheet)));
    let style = sheets.into_iter().collect::<Result<String, _>>()?;
    let style = write_named(&staging, "page", "css", comments::style(&style).as_bytes())?;
    let page = staging.join("index.html");
    let html = fill("index.html", &read(&page)?, &[("@start@", start), ("@style@", style)])?;
    write(&page, html.as_bytes())
}

/// The first script's sentences, by language and name, as an object that it can hold.
fn start_words(catalogues: &Catalogues) -> String {
    let object = |pairs: Vec<String>| format!("{{{}}}", pairs.join(","));
    let languages = quorum_texts::LANGS.iter().zip(&catalogues.start);
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
fn write_texts<'a>(texts: impl Iterator<Item = &'a Packed>, staging: &Path) -> Result<(), String> {
    let folder = staging.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|why| fault(&folder, why))?;
    for packed in texts {
        write(&staging.join(packed.asset.path()), packed.text.as_bytes())?;
    }
    Ok(())
}

/// Writes a file under its content hash; returns its name.
fn write_named(staging: &Path, name: &str, ending: &str, bytes: &[u8]) -> Result<String, String> {
    let name = format!("{name}-{:08x}.{ending}", asset::hash(bytes));
    write(&staging.join(&name), bytes)?;
    Ok(name)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| fault(path, why))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|why| fault(path, why))
}

fn fault(path: &Path, why: std::io::Error) -> String {
    format!("{}: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_what_trunk_would_say() {
        let read = |args: &str| Request::read(&args.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let (source, program, staging) = ("a".into(), "p".into(), "b".into());
        let request = Request { source, program, staging, by_trunk: false };
        assert_eq!(read("--source a --program p --staging b").as_ref(), Ok(&request));
        assert_eq!(read("--staging b --program p --source a"), Ok(request));
        for bad in ["--source a --program p", "--staging b", "--source a --staging", "--staging b --small"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_word_of_the_page_is_filled_in_once() {
        let words = [("@program@", "a-1".to_owned()), ("@words@", "x y".to_owned())];
        assert_eq!(fill("x", "s='@program@' l='@words@'", &words), Ok("s='a-1' l='x y'".to_owned()));
        assert!(fill("x", "s='@program@'", &words).is_err_and(|why| why.contains("@words@")));
        assert!(
            fill("x", "'@program@' '@program@' '@words@'", &words)
                .is_err_and(|why| why.contains("@program@"))
        );
    }

    #[test]
    fn a_sentence_stays_what_it_is_in_a_script() {
        assert_eq!(
            quoted("a\"b\\c</script>\u{2}x\u{2}多"),
            "\"a\\u0022b\\u005cc\\u003c/script>\\u0002x\\u0002多\""
        );
    }
}
