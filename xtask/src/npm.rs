//! `cargo xtask npm`: the npm package `quorum-lab`, with the custom element and the whole static page.
//!
//! Guarantees: the package is assembled in a folder of its own below `target`, replaces the one before only when it is
//! complete, and is refused when npm would pack a file more or a file less than was put there. Leaves out: publishing.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::page::{self, Form};
use crate::path::on_path;
use crate::run::{output, run};
use crate::{Outcome, root, target, tools};

/// What the package consists of besides the page: files of the project and their names in the package.
const OWN: [(&str, &str); 6] = [
    ("npm/package.json", "package.json"),
    ("npm/README.md", "README.md"),
    ("www/embed.js", "embed.js"),
    ("www/embed.d.ts", "embed.d.ts"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
];

/// The folder of the page in the package.
const PAGE: &str = "page";

/// What a page needs to be one.
const NEEDED: [&str; 2] = ["index.html", "embed.js"];

/// Endings of copies that a server may send in place of a file. A package is compressed as a whole.
const COMPRESSED: [&str; 2] = ["br", "gz"];

/// Builds the package.
pub(crate) fn npm(args: &[String]) -> Outcome {
    let page = match args {
        [] => {
            tools::wasm_target()?;
            tools::wasm_bindgen()?;
            page::build(Form::Real, &mut |command| run(command))?;
            Form::Real.folder()
        }
        [flag, folder] if flag == "--page" => root().join(folder),
        _ => return Err(format!("npm takes only --page FOLDER, not `{}`", args.join(" "))),
    };
    if on_path("npm").is_none() {
        return Err("npm is not found: install Node.js, which brings it (https://nodejs.org)".to_owned());
    }
    let folder = target().join("npm").join("quorum-lab");
    let files = assemble(&page, &folder)?;
    let place = folder.with_file_name("");
    let packed = pack(&folder, &["--pack-destination".as_ref(), place.as_os_str()])?;
    compare(&files, &packed)?;
    println!("{} files, packed in {}", files.len(), place.display());
    Ok(())
}

fn fault(path: &Path, why: &std::io::Error) -> String {
    format!("{}: {why}", path.display())
}

/// Puts the package together from a built page, and returns the names of its files.
fn assemble(page: &Path, folder: &Path) -> Result<BTreeSet<String>, String> {
    for needed in NEEDED {
        if !page.join(needed).is_file() {
            return Err(format!("there is no {needed} in {}: is that a built page?", page.display()));
        }
    }
    let staging = folder.with_extension("new");
    // Left over if an earlier build was stopped.
    let _ = fs::remove_dir_all(&staging);
    let mut files = BTreeSet::new();
    let mut copy = |from: &Path, name: String| {
        let to = staging.join(&name);
        let parent = to.parent().unwrap_or(&staging);
        fs::create_dir_all(parent).map_err(|why| fault(parent, &why))?;
        fs::copy(from, &to).map_err(|why| fault(from, &why))?;
        files.insert(name);
        Ok::<(), String>(())
    };
    for (from, name) in OWN {
        copy(&root().join(from), name.to_owned())?;
    }
    let mut folders = vec![(page.to_path_buf(), PAGE.to_owned())];
    while let Some((from, name)) = folders.pop() {
        for entry in fs::read_dir(&from).map_err(|why| fault(&from, &why))?.flatten() {
            let (path, name) = (entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()));
            if path.is_dir() {
                folders.push((path, name));
            } else if !path.extension().is_some_and(|ending| COMPRESSED.iter().any(|one| ending == *one)) {
                copy(&path, name)?;
            }
        }
    }
    let _ = fs::remove_dir_all(folder);
    fs::rename(&staging, folder).map_err(|why| fault(folder, &why))?;
    Ok(files)
}

/// Lets npm pack a folder, and returns the names of the files that it takes.
fn pack(folder: &Path, options: &[&OsStr]) -> Result<BTreeSet<String>, String> {
    let mut command = tools::command("npm");
    command.args(["pack", "--json", "--ignore-scripts"]).args(options).arg(folder);
    let said = output(&mut command).ok_or("npm pack failed")?;
    let names: BTreeSet<String> = paths(&said).map(str::to_owned).collect();
    if names.is_empty() { Err(format!("npm says nothing of any file: {said}")) } else { Ok(names) }
}

/// The values of the fields `path` in what npm says. No name in the package has a quotation mark or a backslash in it.
fn paths(json: &str) -> impl Iterator<Item = &str> {
    json.split("\"path\":").skip(1).filter_map(|rest| rest.split('"').nth(1))
}

/// Refuses a package that is not what was put together.
fn compare(files: &BTreeSet<String>, packed: &BTreeSet<String>) -> Outcome {
    let list = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).take(5).cloned().collect::<Vec<_>>().join(", ")
    };
    let (missing, odd) = (list(files, packed), list(packed, files));
    if missing.is_empty() && odd.is_empty() {
        return Ok(());
    }
    Err(format!("npm leaves out: {missing}; and takes, though nobody put it there: {odd}"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A page that has what a page needs, two chunks, and copies for servers.
    fn page(name: &str) -> (PathBuf, PathBuf) {
        let place = std::env::temp_dir().join(format!("quorum-npm-{name}-{}", std::process::id()));
        let page = place.join("page");
        fs::create_dir_all(page.join("texts")).unwrap();
        for file in ["index.html", "embed.js", "a.wasm", "a.wasm.br", "embed.js.gz", "texts/zh.txt"] {
            fs::write(page.join(file), file).unwrap();
        }
        (place.clone(), page)
    }

    const EXPECTED: [&str; 10] = [
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "embed.d.ts",
        "embed.js",
        "package.json",
        "page/a.wasm",
        "page/embed.js",
        "page/index.html",
        "page/texts/zh.txt",
    ];

    #[test]
    fn a_package_has_the_page_the_element_its_types_and_nothing_else() {
        let (place, page) = page("assemble");
        let folder = place.join("quorum-lab");
        let files = assemble(&page, &folder).unwrap();
        assert_eq!(files.iter().map(String::as_str).collect::<Vec<_>>(), EXPECTED);
        for file in &files {
            assert!(folder.join(file).is_file(), "{file}");
        }
        // Another one replaces it, and a folder that is no page is refused.
        fs::remove_file(page.join("a.wasm")).unwrap();
        assert!(!assemble(&page, &folder).unwrap().contains("page/a.wasm"));
        assert!(!folder.join("page/a.wasm").exists());
        fs::remove_file(page.join("embed.js")).unwrap();
        assert!(assemble(&page, &folder).is_err_and(|why| why.contains("embed.js")));
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn the_manifest_names_files_that_there_are_and_this_version() {
        let manifest = fs::read_to_string(root().join("npm/package.json")).unwrap();
        assert!(manifest.contains(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"))));
        let files = manifest.lines().find(|line| line.contains("\"files\"")).unwrap();
        for (_, name) in OWN.iter().filter(|(_, name)| !["package.json", "README.md"].contains(name)) {
            assert!(files.contains(&format!("\"{name}\"")), "npm would leave out {name}");
        }
        assert!(files.contains(&format!("\"{PAGE}\"")));
    }

    #[test]
    fn a_file_more_and_a_file_less_are_refused() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let said = "[{\"files\": [{\"path\": \"a\", \"size\": 1}, {\"path\":\"page/b\"}]}]";
        assert_eq!(paths(said).collect::<Vec<_>>(), ["a", "page/b"]);
        assert_eq!(compare(&set(&["a", "b"]), &set(&["a", "b"])), Ok(()));
        assert!(compare(&set(&["a", "b"]), &set(&["a"])).is_err_and(|why| why.contains("leaves out: b")));
        assert!(compare(&set(&["a"]), &set(&["a", "odd"])).is_err_and(|why| why.contains("odd")));
    }

    #[test]
    #[ignore = "slow: runs npm, which the project needs for nothing else"]
    fn npm_packs_exactly_what_was_put_together() {
        let (place, page) = page("pack");
        let folder = place.join("quorum-lab");
        let files = assemble(&page, &folder).unwrap();
        let packed = pack(&folder, &["--dry-run".as_ref()]).unwrap();
        assert_eq!(compare(&files, &packed), Ok(()));
        fs::remove_dir_all(place).unwrap();
    }
}
