//! The programs that the tasks need: looked for first, installed when missing, each with a sentence that says what and
//! why.
//!
//! Guarantees: a tool on PATH is used when it has the needed version; otherwise it is installed into `.tools` inside
//! the repository (`install`) and nothing else on the machine changes. Only browsers and fonts come from the system's
//! package manager. Leaves out: uninstalling, and package managers other than apt (there it says what to install).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use crate::path::command;
use crate::path::on_path;
use crate::run::{output, run};
use crate::{Outcome, install, root};

/// Trunk's version. 0.22 asks for a newer compiler than this project does.
const TRUNK: &str = "0.21.14";

/// A browser and the driver that the wasm-bindgen test runner speaks to.
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Cargo, with the project's own tools first on PATH.
pub(crate) fn cargo() -> Command {
    command("cargo")
}

/// The wasm32 target of the compiler.
pub(crate) fn wasm_target() -> Outcome {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib").is_dir() {
        return Ok(());
    }
    println!(
        "xtask: adding the compiler's wasm32-unknown-unknown target, because the page is compiled to WebAssembly."
    );
    run(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"])).map_err(|why| {
        format!("{why}\nWithout rustup, install your distribution's Rust for wasm32-unknown-unknown.")
    })
}

/// Trunk, which builds and serves the page.
pub(crate) fn trunk() -> Outcome {
    install::cargo_tool(&install::Tool {
        package: "trunk",
        binary: "trunk",
        version: TRUNK.to_owned(),
        why: "it builds the page and serves it",
        compiled_in: "about ten minutes on two cores",
        archives: install::trunk_archives(TRUNK),
    })
}

/// The wasm-bindgen command line at the version of the library in `Cargo.lock`; any other refuses the build.
pub(crate) fn wasm_bindgen() -> Outcome {
    let version = locked_version("wasm-bindgen")?;
    install::cargo_tool(&install::Tool {
        package: "wasm-bindgen-cli",
        binary: "wasm-bindgen",
        archives: install::wasm_bindgen_archives(&version),
        version,
        why: "it writes the JavaScript around the compiled page and runs tests in the browser, and its version must \
              equal \
              the library's in Cargo.lock",
        compiled_in: "two to four minutes on two cores",
    })
}

/// Chromium and its driver.
pub(crate) fn browser() -> Result<Browser, String> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    apt(
        &["chromium", "chromium-driver"],
        "the tests run in a real browser, driven from outside",
        " (or set CHROME and CHROMEDRIVER to a browser and a driver of the same version)",
    )?;
    find_browser().ok_or_else(|| {
        "Chromium and chromedriver are still not found. Set CHROME and CHROMEDRIVER to their paths."
            .to_owned()
    })
}

/// A font with Chinese characters, for pictures.
pub(crate) fn chinese_font() -> Outcome {
    let fonts = output(Command::new("fc-list").arg(":lang=zh")).unwrap_or_default();
    if !fonts.trim().is_empty() {
        return Ok(());
    }
    let why = "without a font that has Chinese characters, pictures show empty boxes";
    apt(&["fonts-noto-cjk"], why, "")
}

fn find_browser() -> Option<Browser> {
    let chrome = from_env("CHROME").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
            .iter()
            .find_map(|n| on_path(n))
    })?;
    let driver = from_env("CHROMEDRIVER").or_else(|| on_path("chromedriver"))?;
    Some(Browser { chrome, driver })
}

fn from_env(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_file())
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String, String> {
    let path = root().join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let name = format!("name = \"{package}\"");
    let mut lines = text.lines().skip_while(|line| *line != name);
    lines
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \""))
        .and_then(|rest| rest.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| format!("{}: no package {package}", path.display()))
}

/// Installs packages with apt where that is possible, and says what to install, or what else would do, where it is not.
fn apt(packages: &[&str], why: &str, instead: &str) -> Outcome {
    let list = packages.join(" ");
    let by_hand = format!(
        "needed: {list}, because {why}. Install it with your system's package manager{instead}, then run this again."
    );
    if on_path("apt-get").is_none() {
        return Err(by_hand);
    }
    let sudo = if is_root() {
        None
    } else if on_path("sudo").is_some() {
        Some("sudo")
    } else {
        return Err(by_hand);
    };
    println!("xtask: installing {list} with apt-get, because {why}.");
    let apt_get = |args: &[&str]| {
        let mut command = match sudo {
            Some(sudo) => {
                let mut command = Command::new(sudo);
                command.arg("apt-get");
                command
            }
            None => Command::new("apt-get"),
        };
        run(command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()))
    };
    apt_get(&["update"])?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt_get(&install).map_err(|error| format!("{error}\n{by_hand}"))
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
