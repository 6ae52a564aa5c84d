//! Tasks that show the page: serving it, benchmarking it, taking screenshots.
//!
//! Guarantees: the same build (`trunk build --release`) for people, tests, figures and screenshots. Leaves out: driving
//! the browser, which the `e2e` package does.

use crate::run::run;
use crate::{Outcome, root, tools};

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
    build_tools()?;
    let browser = tools::browser()?;
    // A separate page: what learners load contains no benchmark.
    run(tools::command("trunk").args([
        "build",
        "--release",
        "--offline",
        "--features",
        "bench",
        "--dist",
        "target/bench-page",
    ]))?;
    let mut cargo = tools::cargo();
    // Optimised, because it times a native loop beside the page.
    cargo.args(["run", "--quiet", "--release", "--package", "e2e", "--bin", "bench", "--"]).args(args);
    run(cargo.env("CHROME", browser.chrome).env("PAGE", root().join("target/bench-page")))
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
