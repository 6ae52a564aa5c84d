//! Reads the lessons' TOML and Markdown and the catalogues' Fluent when the program is built; see `src/lesson/tree.rs`,
//! `src/lesson/mark.rs` and `src/words/packed.rs` for what comes of it. What cannot be read fails the build, with file
//! and line.

#[path = "src/words/compile.rs"]
mod compile;
#[path = "src/lesson/mark.rs"]
mod mark;
#[path = "src/words/packed.rs"]
mod packed;
#[path = "src/lesson/source.rs"]
mod source;
#[path = "src/lesson/tree.rs"]
mod tree;

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=lessons");
    for module in ["mark", "marks", "source", "tree"] {
        println!("cargo::rerun-if-changed=src/lesson/{module}.rs");
    }
    for file in ["compile.rs", "packed.rs", "zh.ftl", "en.ftl"] {
        println!("cargo::rerun-if-changed=src/words/{file}");
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for folder in fs::read_dir("lessons")? {
        let folder = folder?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let write = |from: &str, to: &str, pack: fn(&str) -> Result<String, tree::Fault>| {
            match pack(&fs::read_to_string(folder.join(from))?) {
                Ok(packed) => fs::write(Path::new(&out).join(format!("{name}{to}")), packed)?,
                Err(fault) => println!("cargo::error=lessons/{name}/{from}: {}", fault.replace('\n', " ")),
            }
            io::Result::Ok(())
        };
        write("lesson.toml", ".lesson", source::manifest)?;
        write("zh.md", "-zh.marks", |text| source::text(&mark::mark_lesson(text)))?;
        write("en.md", "-en.marks", |text| source::text(&mark::mark_lesson(text)))?;
    }
    let [zh, en] = ["src/words/zh.ftl", "src/words/en.ftl"];
    match compile::compile([(zh, &fs::read_to_string(zh)?), (en, &fs::read_to_string(en)?)]) {
        Ok(packed) => fs::write(Path::new(&out).join("catalogues"), packed)?,
        Err(fault) => println!("cargo::error={}", fault.replace('\n', " ")),
    }
    Ok(())
}
