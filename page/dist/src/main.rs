//! `quorum-dist --page FOLDER --out FOLDER`, or `--single-file FILE [--run TEXT]`: publishes a page (`quorum_dist`).
//!
//! Guarantees: says what it wrote and how large that is; exits non-zero when it wrote nothing. Leaves out: building the
//! page; `cargo xtask dist` does both.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match publish(std::env::args().skip(1)) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("quorum-dist: {why}");
            ExitCode::FAILURE
        }
    }
}

fn publish(mut args: impl Iterator<Item = String>) -> Result<String, String> {
    let (mut page, mut out, mut file, mut run) = (None, None, None, None);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("{arg} takes a value"))?;
        match arg.as_str() {
            "--page" => page = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            "--single-file" => file = Some(PathBuf::from(value)),
            "--run" => run = Some(value),
            other => return Err(format!("there is no {other}: --page, --out, --single-file and --run are")),
        }
    }
    let page = page.ok_or("--page is needed")?;
    let (place, published) = match (out, file) {
        (Some(out), None) if run.is_none() => (out.clone(), quorum_dist::folder(&page, &out, true)?),
        (None, Some(file)) => (file.clone(), quorum_dist::single_file(&page, &file, run.as_deref())?),
        (Some(_), None) => return Err("--run goes with --single-file".to_owned()),
        _ => return Err("one of --out and --single-file is needed".to_owned()),
    };
    let kilobytes = published.bytes.div_ceil(1000);
    Ok(format!("{}: files {}, {kilobytes} KB before compression", place.display(), published.files))
}
