//! `cargo xtask packages`: the public crates as a stranger gets them, and their examples built from that.
//!
//! Packs the public crates and what they depend on, unpacks the `.crate` files into an empty folder outside the
//! repository, and builds and runs the example of each README there. Guarantees: what is built comes from the packages
//! and from the registry, never from the repository. Leaves out: publishing; and the crates' own tests, which `test`
//! runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::run;
use crate::{Outcome, target, tools};

/// Crates that others are meant to use; each README has an example.
const PUBLIC: [&str; 4] = ["quorum-raft", "quorum-wal", "quorum-linearize", "quorum-sim"];
/// What they depend on.
const BELOW: [&str; 3] = ["quorum-types", "quorum-vector", "quorum-engine"];

/// Packs, unpacks, builds and runs.
pub(crate) fn packages(args: &[String]) -> Outcome {
    if !args.is_empty() {
        return Err("packages takes no further words".to_owned());
    }
    let folder = std::env::temp_dir().join(format!("quorum-lab-packages-{}", std::process::id()));
    fs::create_dir(&folder).map_err(|why| fault(&folder, &why))?;
    let done = in_folder(&folder);
    // What is left of a failure can be looked at.
    match done {
        Ok(()) => fs::remove_dir_all(&folder).map_err(|why| fault(&folder, &why)),
        Err(why) => Err(format!("{why}\nwhat was unpacked is in {}", folder.display())),
    }
}

fn in_folder(folder: &Path) -> Outcome {
    let mut pack = tools::cargo();
    // What is packed need not be committed; that it builds is seen below.
    pack.args(["package", "--allow-dirty", "--no-verify"]);
    for name in names() {
        pack.args(["--package", name]);
    }
    run(&mut pack)?;
    let mut patches = String::new();
    for name in names() {
        let packed = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
        let file = target().join("package").join(format!("{packed}.crate"));
        run(Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(folder))?;
        patches.push_str(&format!("{name} = {{ path = \"{packed}\" }}\n"));
    }
    let members = PUBLIC.map(|name| format!("\"use-{name}\"")).join(", ");
    let workspace =
        format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[patch.crates-io]\n{patches}");
    write(&folder.join("Cargo.toml"), &workspace)?;
    for name in PUBLIC {
        user(folder, name)?;
    }
    for name in PUBLIC {
        let mut build = tools::cargo();
        build.args(["run", "--quiet", "--package", &format!("use-{name}"), "--manifest-path"]);
        run(build.arg(folder.join("Cargo.toml")).arg("--target-dir").arg(target().join("packages")))?;
        println!("the example of {name} is built from the packages, and runs");
    }
    Ok(())
}

fn names() -> impl Iterator<Item = &'static str> {
    BELOW.into_iter().chain(PUBLIC)
}

/// A program that is the example of a package's README, and depends on what it names.
fn user(folder: &Path, name: &str) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    let readme = folder.join(format!("{name}-{version}/README.md"));
    let text = fs::read_to_string(&readme).map_err(|why| fault(&readme, &why))?;
    let example = example(&text).ok_or_else(|| format!("{}: there is no example in it", readme.display()))?;
    let used = names().filter(|name| example.contains(&format!("use {}::", name.replace('-', "_"))));
    let used: String = used.map(|name| format!("{name} = \"{version}\"\n")).collect();
    let place = folder.join(format!("use-{name}"));
    fs::create_dir_all(place.join("src")).map_err(|why| fault(&place, &why))?;
    let manifest = format!(
        "[package]\nname = \"use-{name}\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n{used}"
    );
    write(&place.join("Cargo.toml"), &manifest)?;
    write(&place.join("src/main.rs"), &format!("fn main() {{\n{example}}}\n"))
}

/// The first block of Rust in a text.
fn example(text: &str) -> Option<&str> {
    let (_, code) = text.split_once("```rust\n")?;
    code.split_once("```").map(|(code, _)| code)
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|why| fault(file, &why))
}

fn fault(path: &Path, why: &std::io::Error) -> String {
    format!("{}: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_public_crate_has_an_example_in_its_readme() {
        for name in PUBLIC {
            let short = name.trim_start_matches("quorum-");
            let readme = crate::root().join("crates").join(short).join("README.md");
            let text = fs::read_to_string(&readme).unwrap();
            let code = example(&text).unwrap_or_else(|| panic!("{name}"));
            assert!(code.contains(&format!("use {}::", name.replace('-', "_"))), "{name}");
        }
        assert_eq!(example("nothing"), None);
    }
}
