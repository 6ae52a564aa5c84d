//! The program and its glue under short names.
//!
//! wasm-bindgen calls everything that passes between the two by a word and sixteen digits of a hash, in both files, and
//! leaves the glue as people would read it; Trunk's minifier does not know the form of its exports. Promises: a name is
//! changed in both files or in none, whole words only; sections that only tools read go. Leaves out: everything that
//! needs JavaScript to be understood.

use std::collections::BTreeMap;

use quorum_texts::parcel;

/// The sections of a module that are looked into.
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const EXPORT: u8 = 7;

/// What every name begins with that is wasm-bindgen's own.
const PREFIX: &str = "__wb";

/// A program in WebAssembly and the glue that belongs to it, both made smaller.
pub(crate) fn shorten(program: &[u8], glue: &str) -> Result<(Vec<u8>, String), String> {
    let sections = sections(program).ok_or("the program is no module")?;
    let mut names = BTreeMap::new();
    for (id, body) in &sections {
        collect(*id, body, &mut names).ok_or("imports or exports that cannot be read")?;
    }
    for (number, short) in names.values_mut().enumerate() {
        *short = format!("_{number:x}");
    }
    let mut shorter = program.get(..8).ok_or("the program is no module")?.to_vec();
    for (id, body) in sections.iter().filter(|(id, _)| *id != CUSTOM) {
        let body = rename(*id, body, &names).ok_or("imports or exports that cannot be read")?;
        shorter.push(*id);
        put_number(body.len(), &mut shorter);
        shorter.extend(body);
    }
    Ok((shorter, shorten_glue(glue, &names)?))
}

/// The section of a program, and the export of its glue, that say what build both are of.
const BUILD: &str = "build";

/// Marks a program and its glue as one build, so that the page notices when a host serves them mixed.
pub(crate) fn mark(program: &mut Vec<u8>, glue: &mut String) {
    let build = format!("{:08x}{:08x}", parcel::hash(&*program), parcel::hash(&*glue));
    let mut section = vec![BUILD.len() as u8];
    section.extend(BUILD.bytes().chain(build.bytes()));
    program.push(CUSTOM);
    put_number(section.len(), program);
    program.extend(section);
    glue.push_str(&format!("\nexport const {BUILD} = \"{build}\";\n"));
}

/// The sections of a module, each with its number.
fn sections(program: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut reader = Reader(program.strip_prefix(b"\0asm\x01\0\0\0")?);
    let mut sections = Vec::new();
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        sections.push((id, reader.sized()?));
    }
    Some(sections)
}

fn collect(id: u8, body: &[u8], names: &mut BTreeMap<String, String>) -> Option<()> {
    walk(id, body, |name, _| {
        if let Some(name) = own(name) {
            names.insert(name.to_owned(), String::new());
        }
    })
}

fn rename(id: u8, body: &[u8], names: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut renamed = Vec::new();
    let mut from = 0;
    walk(id, body, |name, at| {
        if let Some(short) = own(name).and_then(|name| names.get(name)) {
            // The length of the old name stands before it.
            let length = number_bytes(name.len());
            renamed.extend(&body[from..at - length]);
            put_number(short.len(), &mut renamed);
            renamed.extend(short.as_bytes());
            from = at + name.len();
        }
    })?;
    renamed.extend(&body[from..]);
    Some(renamed)
}

/// A name of wasm-bindgen's own.
fn own(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok().filter(|name| name.starts_with(PREFIX))
}

/// Calls `see` for the name of every import or export, with its offset.
fn walk(id: u8, body: &[u8], mut see: impl FnMut(&[u8], usize)) -> Option<()> {
    if id != IMPORT && id != EXPORT {
        return Some(());
    }
    let mut reader = Reader(body);
    for _ in 0..reader.number()? {
        if id == IMPORT {
            reader.sized()?;
        }
        let name = reader.sized()?;
        see(name, body.len() - reader.0.len() - name.len());
        let kind = reader.byte()?;
        match (id, kind) {
            (EXPORT, _) | (_, 0) => drop(reader.number()?),
            (_, 1) => {
                reader.byte()?;
                reader.limits()?;
            }
            (_, 2) => reader.limits()?,
            (_, 3) => drop((reader.byte()?, reader.byte()?)),
            (_, 4) => drop((reader.byte()?, reader.number()?)),
            _ => return None,
        }
    }
    reader.0.is_empty().then_some(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn limits(&mut self) -> Option<()> {
        let bounded = self.byte()? & 1 == 1;
        self.number()?;
        if bounded {
            self.number()?;
        }
        Some(())
    }
}

fn put_number(mut number: usize, into: &mut Vec<u8>) {
    while number > 127 {
        into.push(number as u8 | 128);
        number >>= 7;
    }
    into.push(number as u8);
}

fn number_bytes(number: usize) -> usize {
    let mut bytes = Vec::new();
    put_number(number, &mut bytes);
    bytes.len()
}

/// The glue under the same names, without comments on lines of their own and without indentation.
fn shorten_glue(glue: &str, names: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut comment = false;
    for (number, line) in glue.lines().enumerate() {
        let line = line.trim();
        if line.matches('`').count() % 2 == 1 {
            return Err(format!("line {} of the glue begins or ends a text of several lines", number + 1));
        }
        comment |= line.starts_with("/*");
        if !comment && !line.is_empty() && !line.starts_with("//") {
            rename_words(line, names, &mut out);
            out.push('\n');
        }
        comment &= !line.ends_with("*/");
    }
    Ok(out)
}

/// Writes a line with every word that has a short name under that.
fn rename_words(line: &str, names: &BTreeMap<String, String>, out: &mut String) {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c| part(c) != part(first)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(word);
        out.push_str(names.get(word).map_or(word, String::as_str));
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a type, three imports, two exports and a custom section.
    fn module(names: [&str; 4]) -> Vec<u8> {
        let name = |name: &str| [vec![name.len() as u8], name.as_bytes().to_vec()].concat();
        let [a, b, c, d] = names.map(name);
        let imports = [
            vec![3],
            name("./glue.js"),
            a,
            vec![0, 0],
            name("./glue.js"),
            b,
            vec![2, 1, 1, 0x80, 2],
            name("env"),
            c,
            vec![3, 0x7f, 0],
        ]
        .concat();
        let exports = [vec![2], name("memory"), vec![2, 0], d, vec![0, 0]].concat();
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (id, body) in [(1, vec![1, 0x60, 0, 0]), (IMPORT, imports), (EXPORT, exports)] {
            module.push(id);
            put_number(body.len(), &mut module);
            module.extend(body);
        }
        module
    }

    const LONG: [&str; 4] = ["__wbg_now_0123456789abcdef", "__wb_memory", "other", "__wbindgen_start"];
    const SHORT: [&str; 4] = ["_1", "_0", "other", "_2"];

    #[test]
    fn both_files_say_what_build_they_are_of() {
        let (mut program, mut text) = (module(LONG), "glue".to_owned());
        mark(&mut program, &mut text);
        let build =
            text.strip_prefix("glue\nexport const build = \"").and_then(|rest| rest.strip_suffix("\";\n"));
        let build = build.expect("an export behind the glue");
        let marks = sections(&program).expect("it is still a module");
        let (id, body) = marks.last().expect("a section");
        assert_eq!((*id, &body[..6], &body[6..]), (CUSTOM, &b"\x05build"[..], build.as_bytes()));
        let (mut other, mut same) = (module(SHORT), "glue".to_owned());
        mark(&mut other, &mut same);
        assert_ne!(same, text, "another program is another build");
    }

    #[test]
    fn both_files_change_their_names_alike() {
        let glue = "/* a\n   comment */\nconst x = {\n    // why\n    __wbg_now_0123456789abcdef: () => other,\n};\n\nwasm.__wbindgen_start(__wbindgen_start_2, `__wb_memory`);\n";
        let program = [module(LONG), vec![CUSTOM, 5, 4, b'n', b'a', b'm', b'e']].concat();
        let (program, glue) = shorten(&program, glue).unwrap();
        assert_eq!(program, module(SHORT));
        assert_eq!(glue, "const x = {\n_1: () => other,\n};\nwasm._2(__wbindgen_start_2, `_0`);\n");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let whole = module(LONG);
        assert!(shorten(&whole, "").is_ok());
        // A module may end behind any section, and nowhere else.
        let ends = (0..whole.len()).filter(|at| shorten(&whole[..*at], "").is_ok());
        assert_eq!(ends.collect::<Vec<_>>(), [8, 14, whole.len() - 31]);
        assert!(shorten(&whole[..4], "").is_err());
        assert!(shorten(&whole[..whole.len() - 1], "").is_err());
        assert!(shorten(&whole, "`two\nlines`").is_err());
    }
}
