//! Tools that cargo could build: downloaded as built by their authors where that is possible, compiled where it is not.
//!
//! Guarantees: says what is installed, why, and how long it takes, beforehand; nothing outside `.tools` changes; an
//! installed tool is asked for its version, and an archive with another version is rejected. Leaves out: browsers and
//! fonts (`tools`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::path::{on_path, version_of};
use crate::run::run;
use crate::{Outcome, root};

/// A tool and where it comes from.
pub(crate) struct Tool {
    /// The package on crates.io.
    pub(crate) package: &'static str,
    /// The program that is asked for its version.
    pub(crate) binary: &'static str,
    pub(crate) version: String,
    pub(crate) why: &'static str,
    /// How long compiling takes.
    pub(crate) compiled_in: &'static str,
    /// The archives that its authors publish for this machine, the likeliest first; none where they publish none.
    pub(crate) archives: Vec<String>,
}

/// Installs a tool unless the needed version is already there.
pub(crate) fn cargo_tool(tool: &Tool) -> Outcome {
    let Tool { package, binary, version, why, compiled_in, .. } = tool;
    let is_there = || version_of(binary).as_deref() == Some(version);
    if is_there() {
        return Ok(());
    }
    println!("xtask: {package} {version} is needed, because {why}. It goes into .tools.");
    if on_path("cargo-binstall").is_some() {
        println!("xtask: fetching it with cargo binstall.");
        let mut fetch = Command::new("cargo");
        fetch.args(["binstall", "--no-confirm", "--force", "--disable-strategies", "compile", "--root"]);
        fetch.arg(tools_folder()).arg(format!("{package}@{version}"));
        match run(&mut fetch) {
            Ok(()) if is_there() => return Ok(()),
            Ok(()) => println!("xtask: that brought another version."),
            Err(why) => println!("xtask: {why}"),
        }
    }
    for archive in &tool.archives {
        println!("xtask: fetching {archive}");
        match fetch(archive) {
            Ok(()) if is_there() => return Ok(()),
            Ok(()) => println!("xtask: that brought another version."),
            Err(why) => println!("xtask: {why}"),
        }
    }
    println!(
        "xtask: no built program was to be had, so it is compiled. This happens once and takes {compiled_in}."
    );
    compile(tool)?;
    match version_of(binary) {
        Some(found) if found == *version => Ok(()),
        found => Err(format!("{binary} {version} was installed, but `{binary} --version` says {found:?}")),
    }
}

fn tools_folder() -> PathBuf {
    root().join(".tools")
}

/// Compiles a tool with cargo: with little optimisation, because it runs only for seconds.
fn compile(tool: &Tool) -> Outcome {
    let folder = tools_folder();
    run(Command::new("cargo")
        .args(["install", "--locked", "--force", "--version", &tool.version, "--root"])
        .arg(&folder)
        .arg(tool.package)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        // Its build must not land in, or wait for, this project's target folder.
        .env("CARGO_TARGET_DIR", folder.join("target")))?;
    // A failed removal only costs disk space; the tool itself is installed.
    let _ = fs::remove_dir_all(folder.join("target"));
    Ok(())
}

/// Fetches an archive and takes the programs in it.
fn fetch(address: &str) -> Outcome {
    for program in ["curl", "tar"] {
        if on_path(program).is_none() {
            return Err(format!("{program} is not there to fetch with"));
        }
    }
    let folder = tools_folder().join("fetched");
    // Left over if an earlier fetch was stopped.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let archive = folder.join("archive.tar.gz");
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location", "--proto", "=https"]);
    curl.args(["--connect-timeout", "10", "--max-time", "300", "--output"]).arg(&archive).arg(address);
    let fetched = run(curl.stdin(Stdio::null()))
        .and_then(|()| run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&folder)))
        .and_then(|()| take_programs(&folder, &tools_folder().join("bin")));
    // The programs have been moved out of it.
    let _ = fs::remove_dir_all(&folder);
    fetched
}

/// Moves the programs of a folder, and of the folders in it, to another.
fn take_programs(from: &Path, to: &Path) -> Outcome {
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    fs::create_dir_all(to).map_err(|why| fault(to, why))?;
    for path in fs::read_dir(from).map_err(|why| fault(from, why))?.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            take_programs(&path, to)?;
        } else if is_program(&path) {
            let target = to.join(path.file_name().unwrap_or_default());
            fs::rename(&path, &target).map_err(|why| fault(&target, why))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "exe")
}

/// This machine as the names of archives have it: processor and system.
fn machine() -> (String, String) {
    let target = env!("TARGET");
    let (processor, system) = target.split_once('-').unwrap_or((target, ""));
    (processor.to_owned(), system.to_owned())
}

/// Where the authors of wasm-bindgen publish a version.
pub(crate) fn wasm_bindgen_archives(version: &str) -> Vec<String> {
    let (processor, system) = machine();
    let systems: &[&str] =
        if system.contains("linux") { &["unknown-linux-musl", "unknown-linux-gnu"] } else { &[&system] };
    let name = |system: &&str| {
        format!(
            "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/\
             wasm-bindgen-{version}-{processor}-{system}.tar.gz"
        )
    };
    systems.iter().map(name).collect()
}

/// Where the authors of Trunk publish a version.
pub(crate) fn trunk_archives(version: &str) -> Vec<String> {
    let (processor, system) = machine();
    if system.contains("windows") {
        return Vec::new();
    }
    let systems: &[&str] =
        if system.contains("linux") { &["unknown-linux-gnu", "unknown-linux-musl"] } else { &[&system] };
    let name = |system: &&str| {
        format!(
            "https://github.com/trunk-rs/trunk/releases/download/v{version}/trunk-{processor}-{system}.tar.gz"
        )
    };
    systems.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_named_as_their_authors_name_them() {
        let archives = wasm_bindgen_archives("0.2.129");
        assert!(archives.iter().all(|one| one.contains("/0.2.129/wasm-bindgen-0.2.129-")), "{archives:?}");
        assert!(trunk_archives("0.21.14").iter().all(|one| one.contains("/v0.21.14/trunk-")));
        assert!(archives.iter().all(|one| !one.contains(' ')), "{archives:?}");
    }

    #[cfg(unix)]
    #[test]
    fn only_programs_are_taken_from_an_archive() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("xtask-install-{}", std::process::id()));
        let (from, to) = (folder.join("from/tool-1.0"), folder.join("bin"));
        fs::create_dir_all(&from).unwrap();
        for (name, mode) in [("tool", 0o755), ("README.md", 0o644)] {
            fs::write(from.join(name), "x").unwrap();
            fs::set_permissions(from.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        take_programs(&folder.join("from"), &to).unwrap();
        let names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["tool"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
