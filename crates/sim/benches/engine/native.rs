//! The command: which measurements to take, and whether the targets are met.
//!
//! `hot`, `flush`, `curves [ROWS] [--svg FILE]`; without a name all of them, the curves up to 100,000 rows. Leaves out:
//! a browser, and peers (`e2e/src/bin/bench`).

use super::{curves, flush, hot};
use std::process::ExitCode;

pub(crate) fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let svg = args.iter().position(|arg| arg == "--svg").and_then(|at| args.get(at + 1));
    let rows = args.iter().find_map(|arg| arg.parse().ok());
    let met = match args.first().map(String::as_str) {
        Some("hot") => hot::main(),
        Some("flush") => flush::main(),
        Some("curves") => curves::main(rows.unwrap_or(1_000_000), svg.map(String::as_str)),
        None => [hot::main(), flush::main(), curves::main(100_000, None)].iter().all(|met| *met),
        Some(other) => {
            eprintln!(
                "there is no measurement “{other}”; there are hot, flush and curves [ROWS] [--svg FILE]"
            );
            return ExitCode::from(2);
        }
    };
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints whether a figure is at most its target.
pub(crate) fn at_most(what: &str, found: f64, target: f64) -> bool {
    let met = found <= target;
    println!("{what}: {found:.2}, at most {target:.2}: {}", if met { "met" } else { "MISSED" });
    met
}
