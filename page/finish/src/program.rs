//! The program as the page loads it: cut into chunks, bound to JavaScript, and named by its build.
//!
//! The compiled program has relocations and marks where it may be cut (feature `split`). Here it becomes one module
//! that every page loads, chunks that are fetched when they are needed, and the glue that does both. Guarantees: all
//! files of a build carry the same name with the build's hash, so that no cache mixes builds; program and glue carry
//! the same mark, so that the page detects a host that mixes them anyway; a host that serves `.wasm` under another type
//! serves chunks too. Leaves out: which code is in which chunk (`src/chunk.rs`), and minifying.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use quorum_texts::asset;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

use crate::{fault, fill, read, write};

/// The prefix of the program's files.
pub(crate) const PROGRAM: &str = "quorum-lab";
/// The suffixes of the program's two files.
const ENDINGS: [&str; 2] = [".js", "_bg.wasm"];
/// The section of a program, and the export of its glue, that identify their build.
const BUILD: &str = "build";
/// The script that loads chunks, as the glue imports it before it becomes part of the glue.
const LINK: &str = "./__wasm_split.js";

/// Where cargo puts the program that it compiles with a profile.
pub(crate) fn compiled(target: &Path, profile: &str) -> PathBuf {
    target.join("wasm32-unknown-unknown").join(profile).join(PROGRAM).with_extension("wasm")
}

/// Removes what Trunk has made of the program without cutting it.
pub(crate) fn remove_bound(staging: &Path) -> Result<(), String> {
    let entries = fs::read_dir(staging).map_err(|why| fault(staging, why))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(PROGRAM) && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            fs::remove_file(&path).map_err(|why| fault(&path, why))?;
        }
    }
    Ok(())
}

/// Cuts and binds a compiled program into a folder; returns the prefix of its files' names.
pub(crate) fn build(compiled: &Path, staging: &Path) -> Result<String, String> {
    let work = staging.join("program");
    fs::create_dir_all(&work).map_err(|why| fault(&work, why))?;
    let chunks = cut(compiled, &work)?;
    let parts = bind(&work, chunks)?;
    fs::remove_dir_all(&work).map_err(|why| fault(&work, why))?;
    parts.name(staging)
}

/// The files of a program before they have their names.
struct Parts {
    glue: String,
    main: Vec<u8>,
    chunks: Vec<Chunk>,
}

/// A file that the glue fetches when it is needed.
#[derive(Debug, PartialEq)]
struct Chunk {
    /// Its name in the glue.
    name: String,
    /// The chunks that `src/` names and that need it.
    sharing: Vec<String>,
    bytes: Vec<u8>,
}

/// Cuts the program; returns its chunks.
fn cut(compiled: &Path, work: &Path) -> Result<Vec<Chunk>, String> {
    let input = fs::read(compiled).map_err(|why| fault(compiled, why))?;
    let main = work.join("main.wasm");
    let glue = format!("./{PROGRAM}.js");
    let mut options = Options::new(&input);
    options.output_dir = work;
    options.main_out_path = &main;
    options.link_name = LINK;
    options.main_module = &glue;
    options.target.web();
    let cut = transform(options).map_err(|why| format!("{}: {why:#}", compiled.display()))?;
    let mut needed: Vec<(String, Vec<String>)> = cut.prefetch_map.into_iter().collect();
    needed.sort();
    let chunk = |path: PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let sharing = needed.iter().filter(|(_, stems)| stems.contains(&stem)).map(|(part, _)| part.clone());
        let (name, sharing) = (format!("{stem}.wasm"), sharing.collect());
        fs::read(&path).map(|bytes| Chunk { name, sharing, bytes }).map_err(|why| fault(&path, why))
    };
    cut.split_modules.into_iter().map(chunk).collect()
}

/// Binds the program's main module to JavaScript, and makes the script that loads chunks part of the glue.
fn bind(work: &Path, chunks: Vec<Chunk>) -> Result<Parts, String> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(work.join("main.wasm")).out_name(PROGRAM).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true).keep_lld_exports(true);
    let bound = bindgen.web(true).and_then(|bindgen| bindgen.generate(work));
    bound.map_err(|why| format!("the program cannot be bound to JavaScript: {why:#}"))?;
    let [glue, main] = ENDINGS.map(|ending| work.join(format!("{PROGRAM}{ending}")));
    let glue = with_chunks(&read(&glue)?, &read(&work.join(LINK))?)?;
    let main = fs::read(&main).map_err(|why| fault(&main, why))?;
    Parts { glue, main, chunks }.with_packs()
}

/// How the script fetches and compiles a chunk, and what does so under any type that a host may give it.
const FETCH: [&str; 3] = ["fetch(new URL(", ", import.meta.url))", "fetched("];
const INSTANTIATE: [&str; 2] =
    ["WebAssembly.instantiateStreaming(src, imports)", "instantiated(src, imports)"];
/// The functions that the latter call. Small chunks lie in packs, each of which is fetched once. A chunk that does not
/// arrive within 30 s has failed here, where the script remembers what is on its way: only then can it be fetched
/// again. A page that may not fetch has its files in itself (`www/files.js`).
const FUNCTIONS: &str = r#"
async function fetched(name) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 30000);
    try {
        const { signal } = abort;
        const own = self.quorumFiles?.answer(name);
        const answer = await (own ?? fetch(new URL(name, import.meta.url), { signal }));
        if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
        return await answer.arrayBuffer();
    } finally {
        clearTimeout(timer);
    }
}
const packs = {};
async function part(name, from, to) {
    packs[name] ??= fetched(name);
    try {
        return (await packs[name]).slice(from, to);
    } catch (error) {
        delete packs[name];
        throw error;
    }
}
async function instantiated(src, imports) {
    return WebAssembly.instantiate(await src, imports);
}
"#;
/// Shared chunks of fewer bytes lie in packs: a request takes longer than they do.
const SMALL_BYTES: usize = 24 << 10;
/// What a visit to a lesson of each world fetches: the page its views, the worker its simulation.
const VISITS: [(&str, [&str; 2]); 4] = [
    ("engine", ["engine_views", "engine_world"]),
    ("replica_set", ["cluster_views", "replica_set_world"]),
    ("milvus", ["milvus_views", "milvus_world"]),
    ("regions", ["regions_views", "regions_world"]),
];

/// The pack of a small chunk that these others share. What only one world's visit needs lies apart, and so does what
/// only the page or only the worker needs: the two fetch at the same time, and a cache could not share between them.
fn pack(sharing: &[String]) -> String {
    let needs = |part: &str| sharing.iter().any(|other| other == part);
    let sides = [0, 1].map(|side| VISITS.iter().any(|(_, parts)| needs(parts[side])));
    let side = match sides {
        [true, true] => "both",
        [true, false] => "views",
        [false, true] => "world",
        [false, false] => "later",
    };
    let visits = VISITS.iter().filter(|(_, parts)| parts.iter().any(|part| needs(part)));
    match visits.collect::<Vec<_>>()[..] {
        [(world, _)] => format!("{world}_{side}.pack"),
        _ => format!("{side}.pack"),
    }
}

/// The glue with the script that loads chunks in place of its imports of that script.
fn with_chunks(glue: &str, link: &str) -> Result<String, String> {
    let (mut imports, mut rest) = (Vec::new(), String::new());
    for line in glue.lines() {
        match line.strip_prefix("import * as ").and_then(|line| line.split_once(" from ")) {
            Some((name, from)) if from.trim_matches(['"', ';']) == LINK => imports.push(name),
            _ => rest = rest + line + "\n",
        }
    }
    let (mut loaders, mut script) = (Vec::new(), String::new());
    for line in link.lines() {
        if line.starts_with("import ") {
            continue;
        }
        let line = line
            .strip_prefix("export ")
            .inspect(|line| {
                loaders.extend(line.strip_prefix("const ").and_then(|line| line.split(' ').next()));
            })
            .unwrap_or(line);
        script = script + line + "\n";
    }
    let known = [FETCH[0], FETCH[1], INSTANTIATE[0]].iter().all(|words| script.contains(words));
    if imports.is_empty() || loaders.is_empty() || !known {
        return Err("the script that loads chunks is not what this was written for".to_owned());
    }
    let script = script.replace(INSTANTIATE[0], INSTANTIATE[1]);
    let script = script.replace(FETCH[0], FETCH[2]).replace(FETCH[1], ")");
    let loaders = format!("const chunks = {{ {} }};\n", loaders.join(", "));
    let names: String = imports.iter().map(|name| format!("const {name} = chunks;\n")).collect();
    Ok(format!("{rest}{script}{FUNCTIONS}{loaders}{names}"))
}

impl Parts {
    /// Puts small chunks that several others share into packs.
    fn with_packs(mut self) -> Result<Self, String> {
        let is_small = |chunk: &Chunk| chunk.name.starts_with("chunk_") && chunk.bytes.len() < SMALL_BYTES;
        let (small, mut chunks): (Vec<_>, Vec<_>) = self.chunks.into_iter().partition(is_small);
        let mut packs: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for Chunk { name, sharing, bytes } in small {
            let pack = pack(&sharing);
            let packed = packs.entry(pack.clone()).or_default();
            let from = packed.len();
            packed.extend(bytes);
            let part = format!("part(\"./{pack}\", {from}, {})", packed.len());
            self.glue = fill(&name, &self.glue, &[(&format!("fetched(\"./{name}\")"), part)])?;
        }
        chunks.extend(packs.into_iter().map(|(name, bytes)| Chunk { name, sharing: Vec::new(), bytes }));
        Ok(Self { chunks, ..self })
    }

    /// Marks the files as one build, and writes them under its name, which it returns.
    fn name(mut self, staging: &Path) -> Result<String, String> {
        mark(&mut self.main, &mut self.glue);
        let all = self.chunks.iter().map(|chunk| asset::hash(&chunk.bytes)).chain([asset::hash(&self.main)]);
        let hashes: Vec<u8> = all.flat_map(u32::to_le_bytes).collect();
        let name = format!("{PROGRAM}-{:08x}{:08x}", asset::hash(&hashes), asset::hash(&self.glue));
        for Chunk { name: old, bytes, .. } in &self.chunks {
            let new = format!("{name}-{}", old.trim_start_matches("split_"));
            let quoted = format!("\"./{old}\"");
            if !self.glue.contains(&quoted) {
                return Err(format!("the script that loads chunks does not name {old}"));
            }
            self.glue = self.glue.replace(&quoted, &format!("\"./{new}\""));
            write(&staging.join(new), bytes)?;
        }
        for (ending, bytes) in ENDINGS.into_iter().zip([self.glue.as_bytes(), &self.main]) {
            write(&staging.join(format!("{name}{ending}")), bytes)?;
        }
        Ok(name)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "import * as import1 from \"./__wasm_split.js\"\nimport * as import2 from \"./__wasm_split.js\"\n\
                        export { initSync };\n";
    const SCRIPT: &str = "import { initSync } from \"./x.js\";\nlet a = fetch(new URL(\"./split_a.wasm\", import.meta.url));\n\
                          WebAssembly.instantiateStreaming(src, imports);\nexport const load_a = f(a);\n";

    #[test]
    fn both_files_say_what_build_they_are_of() {
        let empty = b"\0asm\x01\0\0\0".to_vec();
        let (mut program, mut text) = (empty.clone(), "glue".to_owned());
        mark(&mut program, &mut text);
        let build =
            text.strip_prefix("glue\nexport const build = \"").and_then(|rest| rest.strip_suffix("\";\n"));
        let build = build.expect("an export behind the glue");
        assert_eq!(build.len(), 16);
        let section = [&b"\x00\x16\x05build"[..], build.as_bytes()].concat();
        assert_eq!(program, [empty.clone(), section].concat());
        let (mut other, mut same) = ([empty, vec![0, 2, 1, b'x']].concat(), "glue".to_owned());
        mark(&mut other, &mut same);
        assert_ne!(same, text, "another program is another build");
    }

    #[test]
    fn the_script_that_loads_chunks_becomes_part_of_the_glue() {
        let glue = with_chunks(GLUE, SCRIPT).unwrap();
        assert!(
            !glue.contains("__wasm_split.js") && !glue.contains("Streaming") && !glue.contains("new URL(\""),
            "{glue}"
        );
        for line in ["const chunks = { load_a };", "const import1 = chunks;", "const import2 = chunks;"] {
            assert!(glue.contains(line), "{line} in {glue}");
        }
        assert!(with_chunks("export { initSync };\n", SCRIPT).is_err(), "a glue without chunks");
        assert!(with_chunks(GLUE, "import x\n").is_err(), "a script without loaders");
    }

    fn part(name: &str, sharing: &[&str], bytes: &[u8]) -> Chunk {
        let sharing = sharing.iter().map(|part| (*part).to_owned()).collect();
        Chunk { name: name.to_owned(), sharing, bytes: bytes.to_vec() }
    }

    #[test]
    fn small_chunks_lie_in_the_pack_of_the_visit_that_needs_them() {
        let chunks = vec![
            part("split_a.wasm", &["a"], &[1]),
            part("chunk_1.wasm", &["drills", "milvus_views"], &[2; 2]),
            part("chunk_2.wasm", &["drills", "milvus_world"], &[3; 3]),
            part("chunk_3.wasm", &["milvus_views", "regions_views"], &[4; 4]),
            part("chunk_4.wasm", &["drills", "schedule_search"], &[5; 5]),
        ];
        let glue = (1..=4).map(|n| format!("fetched(\"./chunk_{n}.wasm\")\n")).collect();
        let parts = Parts { glue, main: Vec::new(), chunks }.with_packs().unwrap();
        let milvus = "part(\"./milvus_views.pack\", 0, 2)\npart(\"./milvus_world.pack\", 0, 3)\n";
        let others = "part(\"./views.pack\", 0, 4)\npart(\"./later.pack\", 0, 5)\n";
        assert_eq!(parts.glue, format!("{milvus}{others}"));
        let packs = [
            part("split_a.wasm", &["a"], &[1]),
            part("later.pack", &[], &[5; 5]),
            part("milvus_views.pack", &[], &[2; 2]),
            part("milvus_world.pack", &[], &[3; 3]),
            part("views.pack", &[], &[4; 4]),
        ];
        assert_eq!(parts.chunks, packs);
        let stray =
            Parts { glue: String::new(), main: Vec::new(), chunks: vec![part("chunk_3.wasm", &[], &[1])] };
        assert!(stray.with_packs().is_err(), "a chunk that nothing loads");
    }

    #[test]
    fn a_program_is_named_by_what_it_is() {
        let staging = std::env::temp_dir().join(format!("quorum-finish-{}", std::process::id()));
        fs::create_dir_all(&staging).unwrap();
        let named = |main: &[u8], chunk: &[u8]| {
            let chunks = vec![part("split_a.wasm", &[], chunk)];
            let glue = with_chunks(GLUE, SCRIPT).unwrap();
            Parts { glue, main: main.to_vec(), chunks }.name(&staging).unwrap()
        };
        let first = named(b"one", b"chunk");
        assert_ne!(first, named(b"two", b"chunk"));
        assert_ne!(first, named(b"one", b"other"), "a chunk counts too");
        assert!(fs::read(staging.join(format!("{first}_bg.wasm"))).unwrap().starts_with(b"one"));
        assert_eq!(fs::read(staging.join(format!("{first}-a.wasm"))).unwrap(), b"chunk");
        let glue = fs::read_to_string(staging.join(format!("{first}.js"))).unwrap();
        assert!(glue.contains(&format!("\"./{first}-a.wasm\"")), "{glue}");
        let parts = Parts { glue: GLUE.to_owned(), main: Vec::new(), chunks: vec![part("b.wasm", &[], &[])] };
        assert!(parts.name(&staging).is_err(), "a chunk that nothing loads");
        fs::remove_dir_all(&staging).unwrap();
    }
}
