//! Files of the page, of its worker and of each crate import each other in one direction only.
//!
//! Guarantees: every path of a file counts, in a `use` or in the middle of the code; a name that a parent only imports
//! counts as an import of the file that defines it. A child may use what its parent itself defines (ARCHITECTURE.md).
//! Leaves out: paths that macros put together, methods (they need no path), and the files of other crates.

#![cfg(not(target_family = "wasm"))]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The path of a module or of an item, by segments.
type Segments = Vec<String>;

/// What is read of a file.
#[derive(Default)]
struct File {
    /// Every path in it, with the module inside the file that it is seen from.
    paths: Vec<(Segments, Segments)>,
    /// The names that it imports, with their paths.
    names: BTreeMap<String, Segments>,
    /// The modules that it declares.
    modules: BTreeSet<String>,
}

/// The words and signs of a file, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or(' ');
    let until = |from: usize, end: &str| {
        (from..chars.len()).find(|place| end.chars().enumerate().all(|(n, c)| at(place + n) == c))
    };
    let (mut found, mut place) = (Vec::new(), 0);
    while place < chars.len() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        match (at(place), at(place + 1)) {
            ('/', '/') => place = until(place, "\n").unwrap_or(chars.len()),
            ('/', '*') => place = until(place + 2, "*/").map_or(chars.len(), |end| end + 2),
            ('r', '"') => place = until(place + 2, "\"").map_or(chars.len(), |end| end + 1),
            ('r', '#') if at(place + 2) == '"' => {
                place = until(place + 3, "\"#").map_or(chars.len(), |end| end + 2);
            }
            ('"', _) => {
                place += 1;
                while place < chars.len() && at(place) != '"' {
                    place += if at(place) == '\\' { 2 } else { 1 };
                }
                place += 1;
            }
            ('\'', '\\') => place = until(place + 3, "'").map_or(chars.len(), |end| end + 1),
            ('\'', _) if at(place + 2) == '\'' => place += 3,
            (':', ':') => {
                found.push("::".to_owned());
                place += 2;
            }
            (c, _) if is_word(c) => {
                let word: String = chars[place..].iter().take_while(|c| is_word(**c)).collect();
                place += word.chars().count();
                found.push(word);
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                place += 1;
            }
        }
    }
    found
}

/// Reads one tree of a `use` from `place`; adds its paths with the names that they get. Returns the place after it.
fn tree(words: &[String], mut place: usize, before: &[String], found: &mut Vec<(String, Segments)>) -> usize {
    let mut path = before.to_vec();
    let mut name = None;
    while let Some(word) = words.get(place) {
        match word.as_str() {
            "::" => place += 1,
            "as" => {
                name = words.get(place + 1).cloned();
                place += 2;
            }
            "{" => {
                place += 1;
                while words.get(place).is_some_and(|word| word != "}") {
                    place = tree(words, place, &path, found);
                    place += usize::from(words.get(place).is_some_and(|word| word == ","));
                }
                return place + 1;
            }
            "," | "}" | ";" => break,
            "self" if !path.is_empty() => place += 1,
            _ => {
                path.push(word.clone());
                place += 1;
            }
        }
    }
    let last = path.last().cloned().unwrap_or_default();
    found.push((name.unwrap_or(last), path));
    place
}

fn read(text: &str) -> File {
    let words = tokens(text);
    let is = |place: usize, sign: &str| words.get(place).is_some_and(|word| word == sign);
    let is_name = |place: usize| {
        words.get(place).is_some_and(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    };
    let mut file = File::default();
    // Modules inside the file that are open here, with the depth of their braces.
    let (mut inside, mut depth): (Vec<(usize, String)>, usize) = (Vec::new(), 0);
    let mut place = 0;
    while place < words.len() {
        let seen_from: Segments = inside.iter().map(|(_, name)| name.clone()).collect();
        if is(place, "use") && (is_name(place + 1) || is(place + 1, "::")) {
            let mut found = Vec::new();
            place = tree(&words, place + 1, &[], &mut found);
            for (name, path) in found {
                if inside.is_empty() {
                    file.names.insert(name, path.clone());
                }
                file.paths.push((seen_from.clone(), path));
            }
        } else if is(place, "mod") && is_name(place + 1) && is(place + 2, ";") {
            file.modules.insert(words[place + 1].clone());
            place += 3;
        } else if is(place, "mod") && is_name(place + 1) && is(place + 2, "{") {
            inside.push((depth, words[place + 1].clone()));
            (place, depth) = (place + 3, depth + 1);
        } else if is_name(place) && is(place + 1, "::") {
            let mut path = vec![words[place].clone()];
            while is(place + 1, "::") && is_name(place + 2) {
                path.push(words[place + 2].clone());
                place += 2;
            }
            file.paths.push((seen_from, path));
            place += 1;
        } else {
            depth += usize::from(is(place, "{"));
            depth -= usize::from(is(place, "}") && depth > 0);
            inside.retain(|(opened, _)| *opened < depth);
            place += 1;
        }
    }
    file
}

/// The files that a path leads to. `module` is the module that the path is seen from, `from` its file.
fn leads_to(
    files: &BTreeMap<Segments, File>,
    (from, module): (&Segments, &Segments),
    path: &[String],
    hops: usize,
) -> BTreeSet<Segments> {
    let mut found = BTreeSet::new();
    let Some((first, file)) = path.first().zip(files.get(from)).filter(|_| hops > 0) else { return found };
    let mut whole = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.clone(),
        "super" => module[..module.len().saturating_sub(1)].to_vec(),
        name if file.modules.contains(name) => [from.as_slice(), &path[..1]].concat(),
        name => {
            let Some(import) = file.names.get(name).filter(|import| import.first() != Some(first)) else {
                return found;
            };
            let import = [import.as_slice(), &path[1..]].concat();
            return leads_to(files, (from, from), &import, hops - 1);
        }
    };
    for name in &path[1..] {
        if name == "super" { drop(whole.pop()) } else { whole.push(name.clone()) }
    }
    let place = (0..=whole.len()).rev().find(|n| files.contains_key(&whole[..*n])).unwrap_or(0);
    let (target, rest) = whole.split_at(place);
    let target = target.to_vec();
    if !from.starts_with(&target) {
        found.insert(target);
    } else if let Some((parent, name)) = files.get(&target).zip(rest.first()).filter(|_| target != *from) {
        let all = name == "*";
        for (_, import) in parent.names.iter().filter(|(import, _)| all || *import == name) {
            found.extend(leads_to(files, (&target, &target), import, hops - 1));
        }
    }
    found.remove(from);
    found
}

/// A cycle of imports between these files, by module path; none if there is none.
fn cycle(sources: &BTreeMap<Segments, String>) -> Option<Vec<String>> {
    let files: BTreeMap<Segments, File> =
        sources.iter().map(|(module, text)| (module.clone(), read(text))).collect();
    let mut imports: BTreeMap<&Segments, BTreeSet<Segments>> = BTreeMap::new();
    for (module, file) in &files {
        let to = file.paths.iter().flat_map(|(inside, path)| {
            leads_to(&files, (module, &[module.as_slice(), inside].concat()), path, 8)
        });
        imports.insert(module, to.collect());
    }
    // Whatever imports nothing that is left is in no cycle.
    loop {
        let left: BTreeSet<Segments> = imports.keys().map(|module| (*module).clone()).collect();
        imports.retain(|_, to| to.iter().any(|to| left.contains(to)));
        if imports.len() == left.len() {
            break;
        }
    }
    let mut way: Vec<&Segments> = vec![imports.keys().next()?];
    loop {
        let (next, _) =
            imports.get_key_value(imports[way[way.len() - 1]].iter().find(|to| imports.contains_key(to))?)?;
        if let Some(begin) = way.iter().position(|module| module == next) {
            return Some(way[begin..].iter().map(|module| module.join("::")).collect());
        }
        way.push(next);
    }
}

/// Reads the files below a folder. Nothing imports `main.rs`, so it is in no cycle.
fn gather(folder: &Path, module: &[String], sources: &mut BTreeMap<Segments, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let own = if name == "mod" || name == "lib" {
            module.to_vec()
        } else {
            [module, std::slice::from_ref(&name)].concat()
        };
        if entry.is_dir() {
            gather(&entry, &own, sources);
        } else if entry.extension().is_some_and(|end| end == "rs") && name != "main" {
            let text = std::fs::read_to_string(&entry).expect("a text");
            // Tests at the end of a file may use what they like.
            let code = text.split("\nmod tests {").next().unwrap_or_default();
            sources.insert(own, code.to_owned());
        }
    }
}

#[test]
fn no_files_of_a_crate_import_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = std::fs::read_dir(root.join("crates")).expect("there are crates");
    let folders = crates.map(|entry| entry.expect("is read").path().join("src"));
    let mut files = 0;
    for folder in std::iter::once(root.join("src")).chain(folders) {
        let mut sources = BTreeMap::new();
        gather(&folder, &[], &mut sources);
        files += sources.len();
        assert_eq!(cycle(&sources), None, "{}", folder.display());
    }
    assert!(files > 400, "{files} files");
}

/// The cycle between files that are given as text.
fn cycle_of(files: &[(&str, &str)]) -> Option<Vec<String>> {
    let segments = |name: &str| name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
    cycle(&files.iter().map(|(name, text)| (segments(name), (*text).to_owned())).collect())
}

#[test]
fn the_reader_finds_cycles_however_they_are_written() {
    let root = ("", "mod a; mod b;");
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let back = ("b", "use super::a::A;");
    for a in [
        "use crate::b::B;",
        "use crate::{c, b::{self, X}};",
        "use crate::b as other;\nfn f() { other::f() }",
        "const A: char = '\"'; // \"\nfn f<'a>() -> &'a str { super::b::f(\"}\") }",
        "mod inner { fn f() { super::super::b::f() } }",
    ] {
        assert_eq!(cycle_of(&[root, ("a", a), back]), names(&["a", "b"]), "{a}");
    }
    for a in ["", "// crate::b::f()", "const A: &str = \"crate::b::f()\";", "mod b { }\nuse self::b::B;"] {
        assert_eq!(cycle_of(&[root, ("a", a), back]), None, "{a}");
    }
}

#[test]
fn a_child_may_use_what_its_parent_defines_and_nothing_that_it_imports() {
    let parent = ("p", "mod x; mod y; use self::x::X; pub use self::y::Y; pub struct P;");
    let y = ("p::y", "use super::x::f;");
    let with = |x| cycle_of(&[("", "mod p;"), parent, ("p::x", x), y]);
    assert_eq!(with("use super::P; fn f(p: super::P) {}"), None);
    for x in ["use super::Y;", "use super::*;", "fn f() { super::Y::new() }"] {
        assert_eq!(with(x), Some(vec!["p::x".to_owned(), "p::y".to_owned()]), "{x}");
    }
}
