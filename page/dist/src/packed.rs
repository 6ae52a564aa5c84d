//! A page that may not fetch: its files in one script, or everything in one document.
//!
//! Guarantees: every file that the program can ask for is in it; none stands there twice. Leaves out: who asks
//! (`www/files.js`, `src/web/packed.rs`).

use data_encoding::BASE64;

use crate::glue;
use crate::head::{POLICY_OF_A_FILE, with_head};
use crate::pages::{DOCUMENT, Files, gzip};

const SCRIPT: &str = include_str!("../../../www/files.js");

/// The script that holds every file but those that a document links itself.
pub(crate) fn script(files: &Files) -> Result<String, String> {
    let glue_name = format!("{}.js", files.program()?);
    let linked = |path: &str| {
        path == DOCUMENT
            || path == "worker.js"
            || path == glue_name
            || path.starts_with("start-")
            || path.starts_with("page-")
    };
    let mut packed = Vec::new();
    for (path, bytes) in files.all().filter(|(path, _)| !linked(path)) {
        packed.push(format!("\"{path}\":\"{}\"", BASE64.encode(&gzip(bytes)?)));
    }
    let glue = glue::body(files.text(&glue_name)?)?;
    let filled = SCRIPT.replacen("\"@packed@\"", &format!("{{{}}}", packed.join(",\n")), 1);
    Ok(filled.replacen("\"@glue@\";", &glue, 1))
}

/// The script that opens a run before the program reads the address.
fn opening(run: &str) -> Result<String, String> {
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if run.is_empty() || !run.chars().all(is_base64url) {
        return Err("a run is what stands after `#r=` in an address: letters, digits, - and _".to_owned());
    }
    tag("script", &format!("location.search || location.hash || location.replace(\"#r={run}\")"))
}

/// The document with everything in it ([`script`]), and with the run that it opens, if there is one.
pub(crate) fn document(files: &Files, script: &str, run: Option<&str>) -> Result<String, String> {
    let mut html = with_head(files.text(DOCUMENT)?, POLICY_OF_A_FILE, "")?;
    let named = |prefix: &str, ending: &str| {
        let found = files.all().find(|(path, _)| path.starts_with(prefix) && path.ends_with(ending));
        found.map(|(path, _)| path.to_owned()).ok_or_else(|| format!("the page has no {prefix}…{ending}"))
    };
    let (start, style) = (named("start-", ".js")?, named("page-", ".css")?);
    let tags = [
        (format!("<link rel=\"stylesheet\" href=\"{style}\" />"), tag("style", files.text(&style)?)?),
        (
            format!("<script src=\"{start}\"></script>"),
            run.map(opening).transpose()?.unwrap_or_default()
                + &tag("script", script)?
                + &tag("script", files.text(&start)?)?,
        ),
    ];
    for (link, inline) in tags {
        if html.matches(&link).count() != 1 {
            return Err(format!("{DOCUMENT} has to hold {link} once"));
        }
        html = html.replacen(&link, &inline, 1);
    }
    Ok(html)
}

/// An element that holds what a file would hold.
fn tag(name: &str, text: &str) -> Result<String, String> {
    let end = format!("</{name}");
    if text.to_ascii_lowercase().contains(&end) || text.contains("<!--") {
        return Err(format!("a file cannot stand in a document, because it holds {end} or a comment"));
    }
    Ok(format!("<{name}>{text}</{name}>"))
}
