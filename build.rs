//! Reads the lessons' Markdown when the program is built; see `src/lesson/mark.rs` for what comes of it.

#[path = "src/lesson/mark.rs"]
mod mark;

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=src/lesson/mark.rs");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for folder in fs::read_dir("lessons")? {
        let folder = folder?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for lang in ["zh", "en"] {
            let text = fs::read_to_string(folder.join(format!("{lang}.md")))?;
            fs::write(Path::new(&out).join(format!("{name}-{lang}.marks")), mark::mark_lesson(&text))?;
        }
    }
    Ok(())
}
