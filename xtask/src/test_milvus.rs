//! `cargo xtask test-milvus`: drills and flipped bits on two real servers and on our own engine.
//!
//! Guarantees: everything is installed into `.tools/milvus` (two virtual environments of Python) and runs on 127.0.0.1;
//! only servers that it started are killed; results are JSON in `target/milvus`. Leaves out: judging them. Figures of
//! a machine go into docs/against-real-servers.md by hand, with their date.

use std::path::{Path, PathBuf};

use crate::run::run;
use crate::{Outcome, root, tools};

/// A server as a package of Python: its name here, what is installed, and its port.
struct Server {
    name: &'static str,
    packages: &'static [&'static str],
    port: &'static str,
}

/// The versions that fit together. Newer ones of the last four are not understood by pymilvus 2.3.7.
const SERVERS: [Server; 2] = [
    Server {
        name: "milvus",
        packages: &["milvus==2.3.5", "pymilvus==2.3.7", "numpy<2", "setuptools<70", "marshmallow<4"],
        port: "19630",
    },
    Server { name: "lite", packages: &["milvus-lite==3.2.2", "pymilvus==3.0.2"], port: "19640" },
];

/// The program that runs the trials.
const TRIAL: &str = "xtask/milvus/trial.py";

/// Installs what is missing, and runs all trials or those of one server.
pub(crate) fn test_milvus(args: &[String]) -> Outcome {
    let wanted = match args {
        [] => None,
        [name] if name == "milvus" || name == "lite" || name == "ours" => Some(name.as_str()),
        _ => return Err("test-milvus takes milvus, lite, ours or nothing".to_owned()),
    };
    let results = root().join("target/milvus");
    std::fs::create_dir_all(&results).map_err(|why| format!("{}: {why}", results.display()))?;
    // What it does here is to wait for a server, and a build for tests is there sooner than a release.
    run(tools::cargo().args(["build", "--bin", "quorum-lab"]))?;
    let lab = crate::target().join("debug/quorum-lab");
    for server in SERVERS.iter().filter(|server| wanted.is_none_or(|name| name == server.name)) {
        let python = environment(server)?;
        let data = fresh(&results.join(format!("data-{}", server.name)))?;
        let mut trial = trial(&python, "all", &data, &lab, &results.join(format!("{}.json", server.name)));
        trial.args(["--server", server.name, "--port", server.port, "--flips", "6"]);
        run(&mut trial)?;
    }
    if wanted.is_none_or(|name| name == "ours") {
        let data = fresh(&results.join("data-ours"))?;
        let mut trial = trial(Path::new("python3"), "ours", &data, &lab, &results.join("ours.json"));
        run(trial.args(["--flips", "24"]))?;
    }
    println!("results: {}", results.display());
    Ok(())
}

fn trial(python: &Path, what: &str, data: &Path, lab: &Path, out: &Path) -> std::process::Command {
    let mut trial = crate::path::command(&python.to_string_lossy());
    trial
        .current_dir(root())
        .args([TRIAL, what, "--data"])
        .arg(data)
        .arg("--lab")
        .arg(lab)
        .arg("--out")
        .arg(out);
    trial
}

/// A folder without what an earlier trial left.
fn fresh(folder: &Path) -> Result<PathBuf, String> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    Ok(folder.to_owned())
}

/// The Python of a server's virtual environment, which is made if it is not there.
fn environment(server: &Server) -> Result<PathBuf, String> {
    let folder = root().join(".tools/milvus").join(server.name);
    let python = folder.join("bin/python");
    let marker = folder.join("installed");
    if !marker.exists() {
        println!("installing {} into {}", server.packages.join(" "), folder.display());
        run(crate::path::command("python3").args(["-m", "venv"]).arg(&folder))?;
        run(crate::path::command(&python.to_string_lossy())
            .args(["-m", "pip", "install", "-q"])
            .args(server.packages))?;
        std::fs::write(&marker, server.packages.join("\n")).map_err(|why| why.to_string())?;
    }
    Ok(python)
}
