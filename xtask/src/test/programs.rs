//! The test programs that cargo has built, from its messages.
//!
//! Guarantees: a program is run where cargo would run it, in its package's folder. Leaves out: all other messages of
//! cargo's; only three fields are read, so that no JSON library has to be compiled before the first test.

use std::path::PathBuf;
use std::process::Command;

/// A program of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The name of its target, such as `quorum_lab` or `web`.
    pub(crate) name: String,
    /// Whether it is built from the folder `tests`, and not from a library or a binary.
    pub(crate) from_tests: bool,
    /// The program.
    pub(crate) path: PathBuf,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
}

impl Program {
    /// The command that runs it.
    pub(crate) fn command(&self) -> Command {
        let mut command = crate::tools::command(&self.path.to_string_lossy());
        command.env("CARGO_MANIFEST_DIR", &self.folder).current_dir(&self.folder);
        command
    }

    /// Whether it is the program of this name from the folder `tests`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.from_tests && self.name == name
    }
}

/// The programs of tests in cargo's messages, a line each.
pub(crate) fn read(messages: &str) -> Vec<Program> {
    messages.lines().filter_map(read_one).collect()
}

fn read_one(line: &str) -> Option<Program> {
    // Programs that tests start are built as well, but are no tests.
    if !line.contains("\"reason\":\"compiler-artifact\"") || !line.contains("\"test\":true},\"features\"") {
        return None;
    }
    let path = field(line, "executable")?;
    let mut folder = PathBuf::from(field(line, "manifest_path")?);
    folder.pop();
    let target = &line[line.find("\"target\":{")?..];
    let from_tests = target.starts_with("\"target\":{\"kind\":[\"test\"]");
    Some(Program { name: field(target, "name")?, from_tests, path: PathBuf::from(path), folder })
}

/// The first field of a name whose value is a string.
fn field(json: &str, name: &str) -> Option<String> {
    let beginning = format!("\"{name}\":\"");
    let mut rest = json[json.find(&beginning)? + beginning.len()..].chars();
    let mut value = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(value),
            '\\' => value.push(rest.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///a/b#0.1.0","manifest_path":"/a/b/Cargo.toml","target":{"kind":["test"],"crate_types":["bin"],"name":"web","src_path":"/a/b/tests/web/main.rs","edition":"2024","doc":false,"doctest":false,"test":true},"profile":{"opt_level":"1","debuginfo":1,"debug_assertions":true,"overflow_checks":true,"test":true},"features":[],"filenames":["/a/t/web-1"],"executable":"/a/t/we\"b-1","fresh":true}
{"reason":"compiler-artifact","package_id":"x","manifest_path":"/a/b/Cargo.toml","target":{"kind":["bin"],"name":"tool"},"profile":{"test":false},"features":[],"executable":"/a/t/tool","fresh":true}
{"reason":"compiler-artifact","package_id":"x","manifest_path":"/a/b/Cargo.toml","target":{"kind":["lib"],"name":"b"},"profile":{"test":true},"features":[],"filenames":[],"executable":null,"fresh":true}
{"reason":"build-finished","success":true}"#;

    #[test]
    fn only_programs_of_tests_are_read() {
        let path = PathBuf::from("/a/t/we\"b-1");
        let web = Program { name: "web".into(), from_tests: true, path, folder: "/a/b".into() };
        assert_eq!(read(LINES), std::slice::from_ref(&web));
        let unit = Program { from_tests: false, ..web.clone() };
        assert!(web.is("web") && !web.is("e2e") && !unit.is("web"));
    }
}
