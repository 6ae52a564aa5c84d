//! What makes a published folder work without its server: the service worker and the list of the build's files.
//!
//! Guarantees: the list has the length and the hash of every file that the page can ask for, the ones that every visit
//! begins with first; a build is named by all of them. Leaves out: what the worker does (`www/sw.js`).

use crate::head::{POLICY, links, with_head};
use crate::pages::{DOCUMENT, Files, hash};

const WORKER: &str = include_str!("../../../www/sw.js");
const REGISTRATION: &str = include_str!("../../../www/offline.js");

/// Adds them, and finishes the document, which names them.
pub(crate) fn add(files: &mut Files) -> Result<(), String> {
    let script = format!("offline-{}.js", &hash(REGISTRATION.as_bytes())[..8]);
    files.put(&script, REGISTRATION.as_bytes().to_vec());
    let build = hash(list(files)?.0.as_bytes());
    let more = format!(
        "  <meta name=\"quorum-offline\" content=\"{script}\" />\n    \
         <meta name=\"quorum-build\" content=\"{build}\" />\n    {}",
        links()
    );
    let html = with_head(files.text(DOCUMENT)?, POLICY, &more)?;
    files.put(DOCUMENT, html.into_bytes());
    let (list, first) = list(files)?;
    let words = [("@build@", build.clone()), ("@list@", hash(list.as_bytes()))];
    let mut worker = WORKER.replace("\"@first@\"", &first.to_string());
    for (word, meaning) in words {
        worker = worker.replace(word, &meaning);
    }
    files.put(&format!("build-{build}.json"), list.into_bytes());
    files.put("sw.js", worker.into_bytes());
    Ok(())
}

/// The list as JSON, `[[path, [length, hash]], …]`, and how many of it every visit begins with.
fn list(files: &Files) -> Result<(String, usize), String> {
    let program = files.program()?;
    let begins = |path: &str| {
        let shell = ["start-", "page-"].iter().any(|prefix| path.starts_with(prefix));
        let main = path.strip_prefix(program).is_some_and(|rest| rest == ".js" || rest == "_bg.wasm");
        path == DOCUMENT || path == "worker.js" || shell || main
    };
    let (first, rest): (Vec<_>, Vec<_>) = files.all().partition(|(path, _)| begins(path));
    let count = first.len();
    let entry = |(path, bytes): (&str, &[u8])| format!("[\"{path}\",[{},\"{}\"]]", bytes.len(), hash(bytes));
    let entries: Vec<String> = first.into_iter().chain(rest).map(entry).collect();
    Ok((format!("[{}]", entries.join(",\n")), count))
}
