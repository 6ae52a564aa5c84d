//! Tasks that show the page: serving it, benchmarking it, taking screenshots.
//!
//! Guarantees: the same build (`trunk build --release`) for people and screenshots; figures are of the same program
//! without Trunk (`page`). Leaves out: driving
//! the browser, which the `e2e` package does.

use crate::page::Form;
use crate::run::run;
use crate::{Outcome, page, peers, tools};

/// Serves the page and opens it; further arguments go to Trunk, such as `--port 9000` or `--address 0.0.0.0`.
pub(crate) fn serve(args: &[String]) -> Outcome {
    build_tools()?;
    // Offline, so that Trunk takes the wasm-bindgen found above instead of downloading one.
    run(tools::command("trunk").args(["serve", "--release", "--offline", "--open"]).args(args))
}

/// Builds the page into `dist`.
pub(crate) fn build() -> Outcome {
    run(tools::command("trunk").args(["build", "--release", "--offline"]))
}

/// Benchmarks the store in Chromium and prints the figures side by side.
pub(crate) fn bench(args: &[String]) -> Outcome {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    let browser = tools::browser()?;
    let mut cargo = tools::cargo();
    if args.is_empty() || args.iter().any(|part| part == "peers") {
        // Without them the rest is measured all the same.
        match peers::fetch() {
            Ok(folder) => cargo.env("PEERS", folder),
            Err(why) => cargo.env("PEERS_MISSING", why),
        };
    }
    page::build(Form::Bench, &mut |command| run(command))?;
    // Optimised, because it times a native loop beside the page.
    cargo.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "bench", "--"]).args(args);
    run(cargo.env("CHROME", browser.chrome).env("PAGE", Form::Bench.folder()))
}

/// Takes the screenshots.
pub(crate) fn shots(args: &[String]) -> Outcome {
    build_tools()?;
    let browser = tools::browser()?;
    // Without it half of the screenshots would show boxes, so there is no sense in taking them.
    tools::chinese_font()?;
    build()?;
    let mut cargo = tools::cargo();
    cargo.args(["run", "--quiet", "--package", "e2e", "--bin", "shots", "--"]).args(args);
    run(cargo.env("CHROME", browser.chrome))
}

/// The tools that building the page needs.
pub(crate) fn build_tools() -> Outcome {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    tools::trunk()
}
