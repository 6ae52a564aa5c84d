//! `export`: writes a kit for a real cluster from a drill or a saved run.
//!
//! Guarantees: the folder is made if it is not there; no file that exists is overwritten, and then nothing is written.
//! Leaves out: what is in the files (`quorum_real::take`).

use std::io::Write;
use std::path::Path;

use super::typed::Asked;
use super::{outputs, write, write_json};
use quorum_real::take::Source;
use quorum_types::Refusal;

/// Writes the kit into `--out`, or lists its files where no folder is named.
pub(super) fn run(word: &str, asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let path = Path::new(word);
    let source = if path.is_file() {
        let cannot = |why: std::io::Error| Refusal::new("cannot_read", format!("{word}: {why}"));
        let run = quorum_saved_run::decode(&std::fs::read(path).map_err(cannot)?)?;
        Source::of_run(&path.file_name().unwrap_or_default().to_string_lossy(), &run)?
    } else {
        Source::of_drill(word, &asked.set)?
    };
    let files = source.kit();
    if let Some(folder) = &asked.out {
        if let Some(there) = files.iter().map(|file| folder.join(&file.path)).find(|path| path.exists()) {
            let figures = [("file", there.display().to_string().into())];
            return Err(Refusal::new(outputs::EXISTS, asked.spoken.f("cli-export-exists", &figures)));
        }
        for file in &files {
            let path = folder.join(&file.path);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|why| outputs::cannot_write(parent, &why))?;
            outputs::write(&path, file.text.as_bytes())?;
            if file.text.starts_with("#!") {
                executable(&path).map_err(|why| outputs::cannot_write(&path, &why))?;
            }
        }
    }
    if asked.json {
        let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        write_json(out, &serde_json::json!({ "from": word, "out": asked.out, "files": names }))?;
        return Ok(true);
    }
    for file in &files {
        write(out, &format!("{:<44} {}", file.path, asked.lang.t(purpose(&file.path))))?;
    }
    if asked.out.is_none() {
        write(out, &asked.lang.t("cli-export-nowhere"))?;
    }
    Ok(true)
}

/// Makes a script one that cron and people can run by its name.
#[cfg(unix)]
fn executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// What a file is for.
fn purpose(path: &str) -> &'static str {
    match path {
        "tester.py" => "cli-export-tester",
        "values.yaml" => "cli-export-values",
        "dr_config.yaml" => "cli-export-dr-config",
        "backup.yaml" => "cli-export-backup",
        "backup-dr.yaml" => "cli-export-backup-dr",
        "backup.sh" => "cli-export-script",
        "drill.sh" => "cli-export-drill",
        "runbook.txt" => "cli-export-runbook",
        "aim.sh" => "cli-export-aim",
        "crontab" => "cli-export-crontab",
        "LEFT-OUT.txt" => "cli-export-left-out",
        _ => "cli-export-chaos",
    }
}
