//! `cargo xtask`: the project's tasks, each one command on a machine that has git and rustup and nothing else.
//!
//! Guarantees: says what it installs and why beforehand, keeps what it installs for itself in `.tools`, and exits
//! non-zero when anything failed. Leaves out: what cargo and Trunk already do well; it calls them.

mod browser;
mod dist;
mod fuzz;
mod help;
mod install;
mod judge;
mod lint;
mod npm;
mod packages;
mod page;
mod path;
mod peers;
mod run;
mod stamp;
mod test;
mod test_milvus;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The result of a task: nothing, or a message for the user.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match chore(&command, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task.
fn chore(command: &str, rest: &[String]) -> Outcome {
    let asks_for_help = rest.iter().any(|arg| arg == "--help" || arg == "-h");
    match command {
        "" | "--help" | "-h" => say(&help::overview()),
        "help" => match rest {
            [name, ..] if !asks_for_help => say(&help::page(name)?),
            [] => say(&help::overview()),
            _ => say(&help::page("help")?),
        },
        name if asks_for_help => say(&help::page(name)?),
        "serve" => browser::serve(rest),
        "test" => test::test(rest),
        "lint" => lint::lint(),
        "page" => test::page(rest),
        "dist" => dist::dist(rest),
        "npm" => npm::npm(rest),
        "bench" => bench(rest),
        "fuzz" => fuzz::fuzz(rest),
        "packages" => packages::packages(rest),
        "test-judge" => judge::judge(rest),
        "test-milvus" => test_milvus::test_milvus(rest),
        "shots" => browser::shots(rest),
        other => Err(help::unknown(other)),
    }
}

fn say(text: &str) -> Outcome {
    print!("{text}");
    Ok(())
}

/// Times the Raft core and a lone engine, and then the page, or the parts that are named. All run even if one missed a
/// target. What follows `engine` or `worlds` belongs
/// to it.
fn bench(args: &[String]) -> Outcome {
    if let [first, rest @ ..] = args
        && first == "engine"
    {
        return bench_of("quorum-sim", "engine", rest);
    }
    if let [first, rest @ ..] = args
        && first == "worlds"
    {
        return bench_of("quorum-drill", "simulation", rest);
    }
    let all = args.is_empty();
    let parts: Vec<String> = args.iter().filter(|part| *part != "raft").cloned().collect();
    let raft =
        if all || parts.len() < args.len() { bench_of("quorum-raft", "against_tikv", &[]) } else { Ok(()) };
    let engine = if all { bench_of("quorum-sim", "engine", &[]) } else { Ok(()) };
    let page = if all || !parts.is_empty() { browser::bench(&parts) } else { Ok(()) };
    page.and(raft).and(engine)
}

/// Runs a benchmark of a package, built like a release.
fn bench_of(package: &str, bench: &str, args: &[String]) -> Outcome {
    let mut cargo = tools::cargo();
    cargo.args(["bench", "--quiet", "--package", package, "--bench", bench, "--"]).args(args);
    run::run(&mut cargo)
}

/// The repository's root. All commands run there, regardless of the current directory.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder for cargo's builds, logs and pages.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_can_be_asked_for_in_every_way_and_unknown_commands_are_refused() {
        for entry in &help::COMMANDS {
            assert_eq!(chore(entry.name, &["--help".to_owned()]), Ok(()));
            assert_eq!(chore("help", &[entry.name.to_owned()]), Ok(()));
        }
        assert_eq!(chore("", &[]), Ok(()));
        assert!(chore("tset", &[]).is_err_and(|why| why.contains("`test`")));
        assert!(chore("help", &["tset".to_owned()]).is_err_and(|why| why.contains("`test`")));
    }
}
