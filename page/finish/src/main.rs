//! The last step of building the page, which Trunk calls when everything else is in its staging folder (`Trunk.toml`):
//! copies texts and the views' style sheets beside the program, names program, styles and scripts by their content
//! hashes, and fills in the sentences of the page's first script (`www/start.js`).
//!
//! Without Trunk it is called with arguments, `--source FOLDER --staging FOLDER`, and first does what Trunk would have
//! done (`assemble`). The tests' page is built like this.
//!
//! Guarantees: the texts are the ones whose hashes the program was built with, because the same code packs both; files
//! whose bytes have changed have other names, so that no cache mixes builds; program and glue carry the same mark, so
//! that the page detects a host that mixes them anyway. Leaves out: everything that Trunk does itself, and minifying:
//! the compression of any host saves as much.

mod assemble;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use quorum_texts::asset::{self, FOLDER};
use quorum_texts::{Catalogues, Packed, Program};

/// The prefix of the program's files as Trunk builds them.
const PROGRAM: &str = "quorum-lab";
/// The suffixes of the program's two files.
const ENDINGS: [&str; 2] = [".js", "_bg.wasm"];
/// The style sheets that every page begins with, in their order; they are served as one file.
const SHEETS: [&str; 4] = ["tokens.css", "lab.css", "layout.css", "start.css"];
/// The section of a program, and the export of its glue, that identify their build.
const BUILD: &str = "build";

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
    /// The folder in which the page is assembled.
    staging: PathBuf,
    /// Whether Trunk has already copied the document and its files there.
    by_trunk: bool,
}

impl Request {
    /// Reads Trunk's environment variables, or the arguments.
    fn read(args: &[String]) -> Result<Self, String> {
        if args.is_empty() {
            let folder =
                |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("Trunk sets {name}"));
            let (source, staging) = (folder("TRUNK_SOURCE_DIR")?, folder("TRUNK_STAGING_DIR")?);
            return Ok(Self { source, staging, by_trunk: true });
        }
        let (mut source, mut staging) = (None, None);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut folder = || args.next().map(PathBuf::from).ok_or_else(|| format!("{arg} takes a folder"));
            match arg.as_str() {
                "--source" => source = Some(folder()?),
                "--staging" => staging = Some(folder()?),
                other => return Err(format!("there is no {other}: --source and --staging are")),
            }
        }
        let (source, staging) = source.zip(staging).ok_or("both --source and --staging are needed")?;
        Ok(Self { source, staging, by_trunk: false })
    }
}

fn finish() -> Result<(), String> {
    let Request { source, staging, by_trunk } = Request::read(&env::args().skip(1).collect::<Vec<_>>())?;
    if !by_trunk {
        assemble::assemble(&source, &staging)?;
    }
    let catalogues = quorum_texts::catalogues(&source.join("crates/i18n/catalogues"), Program::Page)?;
    let lessons = quorum_texts::lessons(&source.join("lessons"))?;
    let styles = quorum_texts::styles(&source.join("www"))?;
    write_texts(catalogues.packed.iter().flatten().chain(lessons.texts()).chain(&styles), &staging)?;
    let words = [("@program@", name_program(&staging)?), ("\"@words@\"", start_words(&catalogues))];
    let start = fill("start.js", &read(&source.join("www/start.js"))?, &words)?;
    let start = write_named(&staging, "start", "js", start.as_bytes())?;
    let sheets = SHEETS.map(|sheet| read(&source.join("www").join(sheet)));
    let style = sheets.into_iter().collect::<Result<String, _>>()?;
    let style = write_named(&staging, "page", "css", style.as_bytes())?;
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

/// Renames the program and its glue by their content hashes, and returns the prefix of their names.
fn name_program(staging: &Path) -> Result<String, String> {
    let entries = fs::read_dir(staging).map_err(|why| fault(staging, why))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_it = |file: &String| file.starts_with(PROGRAM) && file.ends_with(ENDINGS[1]);
    let found = names.filter(is_it).collect::<Vec<_>>();
    let [file] = &found[..] else {
        return Err(format!("one program {PROGRAM} is wanted, there is {found:?}"));
    };
    let old = file.trim_end_matches(ENDINGS[1]);
    let [glue, program] = ENDINGS.map(|ending| staging.join(format!("{old}{ending}")));
    let mut text = read(&glue)?;
    let mut bytes = fs::read(&program).map_err(|why| fault(&program, why))?;
    for path in [&glue, &program] {
        fs::remove_file(path).map_err(|why| fault(path, why))?;
    }
    mark(&mut bytes, &mut text);
    let new = format!("{PROGRAM}-{:08x}{:08x}", asset::hash(&bytes), asset::hash(&text));
    for (ending, bytes) in ENDINGS.into_iter().zip([text.as_bytes(), &bytes]) {
        write(&staging.join(format!("{new}{ending}")), bytes)?;
    }
    Ok(new)
}

/// Marks a program and its glue as one build: a custom section at the end of the former, an export at the end of the
/// latter.
fn mark(program: &mut Vec<u8>, glue: &mut String) {
    let build = format!("{:08x}{:08x}", asset::hash(&*program), asset::hash(&*glue));
    let name = [&[BUILD.len() as u8], BUILD.as_bytes()].concat();
    let section = [&name, build.as_bytes()].concat();
    // Section 0 is a custom one; a length below 128 is one byte.
    program.extend([0, section.len() as u8]);
    program.extend(section);
    glue.push_str(&format!("\nexport const {BUILD} = \"{build}\";\n"));
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
        let request = Request { source: "a".into(), staging: "b".into(), by_trunk: false };
        assert_eq!(read("--source a --staging b").as_ref(), Ok(&request));
        assert_eq!(read("--staging b --source a"), Ok(request));
        for bad in ["--source a", "--staging b", "--source a --staging", "--source a --staging b --small"] {
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

    #[test]
    fn both_files_say_what_build_they_are_of() {
        let empty = b"\0asm\x01\0\0\0".to_vec();
        let (mut program, mut text) = (empty.clone(), "glue".to_owned());
        mark(&mut program, &mut text);
        let build =
            text.strip_prefix("glue\nexport const build = \"").and_then(|rest| rest.strip_suffix("\";\n"));
        let build = build.expect("an export after the glue");
        assert_eq!(build.len(), 16);
        let section = [&b"\x00\x16\x05build"[..], build.as_bytes()].concat();
        assert_eq!(program, [empty.clone(), section].concat());
        let (mut other, mut same) = ([empty, vec![0, 2, 1, b'x']].concat(), "glue".to_owned());
        mark(&mut other, &mut same);
        assert_ne!(same, text, "another program is another build");
    }

    #[test]
    fn a_program_is_named_by_what_it_is() {
        let staging = env::temp_dir().join(format!("quorum-finish-{}", std::process::id()));
        let put = |folder: &str, program: &[u8]| {
            let folder = staging.join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("quorum-lab.js"), "glue").unwrap();
            fs::write(folder.join("quorum-lab_bg.wasm"), program).unwrap();
            name_program(&folder)
        };
        let (first, second) = (put("a", b"one").unwrap(), put("b", b"two").unwrap());
        assert_ne!(first, second);
        assert!(fs::read(staging.join(format!("b/{second}_bg.wasm"))).unwrap().starts_with(b"two"));
        assert!(fs::read_to_string(staging.join(format!("a/{first}.js"))).unwrap().starts_with("glue"));
        // Two files with the same prefix are ambiguous, and none is an error too.
        assert!(put("b", b"three").is_err_and(|why| why.contains(&second)));
        fs::create_dir_all(staging.join("c")).unwrap();
        assert!(name_program(&staging.join("c")).is_err());
        fs::remove_dir_all(&staging).unwrap();
    }
}
