//! `cargo xtask fuzz`: libFuzzer over every decoder.
//!
//! Guarantees: needs a C++ compiler and otherwise only what cargo installs; the corpus is kept in `target/fuzz-corpus`
//! and is used again; an input that breaks something is printed with its file. Leaves out: address sanitising, which
//! needs a nightly compiler and has little to find in code without `unsafe`.

use std::fs;

use crate::run::run;
use crate::{Outcome, root, tools};

/// The LLVM options with which libFuzzer sees which branches an input takes.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// Initial inputs, one per reader; the first byte chooses the reader.
const SEEDS: [(&str, &[u8]); 4] = [
    ("filter", b"\x04n % 7 == 3 and not (id in [1, 2] or text like \"doc%\") && 1 < timestamp <= 0x10"),
    (
        "query",
        b"\x05{\"op\":\"query\",\"filter\":\"id in [1,2]\",\"output_fields\":[\"*\"],\"limit\":3}\n{\"op\":\"flush\"}"
    ),
    (
        "search",
        b"\x05{\"op\":\"search\",\"data\":[[0.5]],\"limit\":3}\n{\"op\":\"crash_at\",\"moment\":\"mid_record\"}"
    ),
    ("log", b"\x01\x05\x10\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00c\x01\x00\x00\x00\x02id\x01\x00"),
];

/// Fuzzes for some minutes.
pub(crate) fn fuzz(args: &[String]) -> Outcome {
    let minutes: u64 = match args {
        [] => 5,
        [minutes] => {
            minutes.parse().map_err(|_| format!("fuzz takes a number of minutes, not `{minutes}`"))?
        }
        _ => return Err("fuzz takes one number of minutes".to_owned()),
    };
    let corpus = root().join("target/fuzz-corpus");
    fs::create_dir_all(&corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
    for (name, bytes) in SEEDS {
        let path = corpus.join(name);
        fs::write(&path, bytes).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    let mut build = tools::cargo();
    // A separate target folder keeps the instrumentation out of build scripts.
    build.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz"]);
    run(build.args(["--target", env!("TARGET")]).env("RUSTFLAGS", COVERAGE))?;
    let fuzzer = root().join("target/fuzz").join(env!("TARGET")).join("release/decoders");
    let mut fuzz = tools::command(&fuzzer.to_string_lossy());
    fuzz.arg(&corpus).arg(format!("-max_total_time={}", minutes * 60));
    fuzz.args([
        "-max_len=4096",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        "-artifact_prefix=target/",
    ]);
    run(&mut fuzz)
}
