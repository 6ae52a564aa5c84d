//! Programs on PATH, with the project's own tools first.
//!
//! Leaves out: which programs are needed (`tools`), and how they are installed (`install`).

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::root;
use crate::run::output;

/// A command whose PATH has the project's own tools first.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", path_with_tools());
    command
}

/// The version a program on PATH states: the first word of its answer that begins with a digit.
pub(crate) fn version_of(binary: &str) -> Option<String> {
    let words = output(command(binary).arg("--version"))?;
    words.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

fn path_with_tools() -> OsString {
    let mut dirs = vec![root().join(".tools/bin")];
    dirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    // Only a folder with a separator in its name cannot be joined; then the PATH there is has to do.
    env::join_paths(dirs).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&path_with_tools()).map(|dir| dir.join(program)).find(|path| path.is_file())
}
