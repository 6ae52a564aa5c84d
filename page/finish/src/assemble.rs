//! What Trunk does before it calls the last step, for builds that do without it: the files that the document names are laid beside it.
//!
//! Promises: the document's links to style sheets stay in their order; a link that Trunk would follow and this does not know is an
//! error. Leaves out: making anything smaller; the program and its glue, which have to lie there already.

use std::fs;
use std::path::Path;

use crate::fault;
use crate::styles::attribute;

/// Lays the document and what it names into a folder.
pub(crate) fn assemble(source: &Path, staging: &Path) -> Result<(), String> {
    let page = source.join("index.html");
    let html = fs::read_to_string(&page).map_err(|why| fault(&page, why))?;
    let (html, files) = without_trunk(&html)?;
    for file in files {
        let from = source.join(&file);
        let name = from.file_name().ok_or_else(|| format!("index.html: no file is called {file}"))?;
        fs::copy(&from, staging.join(name)).map_err(|why| fault(&from, why))?;
    }
    let page = staging.join("index.html");
    fs::write(&page, html).map_err(|why| fault(&page, why))
}

/// The document with Trunk's links made plain, and the files that have to lie beside it.
fn without_trunk(html: &str) -> Result<(String, Vec<String>), String> {
    let (mut plain, mut files, mut rest) = (String::new(), Vec::new(), html);
    while let Some(at) = rest.find("<link data-trunk") {
        let end = at + rest[at..].find('>').ok_or("index.html: a link does not end")?;
        let link = &rest[at..end];
        plain.push_str(&rest[..at]);
        rest = &rest[end + 1..];
        let file = |link| attribute(link, "href").ok_or_else(|| format!("index.html: {link} names no file"));
        match attribute(link, "rel") {
            Some("css") => {
                let file = file(link)?;
                let name = file.rsplit('/').next().unwrap_or(file);
                plain.push_str(&format!("<link rel=\"stylesheet\" href=\"./{name}\">"));
                files.push(file.to_owned());
            }
            Some("copy-file") => files.push(file(link)?.to_owned()),
            // The programs are built and named apart.
            Some("rust") => {}
            other => return Err(format!("index.html: only Trunk knows what to do with {other:?}: {link}")),
        }
    }
    plain.push_str(rest);
    Ok((plain, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_plain_and_name_their_files() {
        let html = "<head>\n<link rel=\"icon\" href=\"data:,\" />\n<link data-trunk rel=\"css\" href=\"www/a.css\" />\n\
                    <link data-trunk rel=\"copy-file\" href=\"www/w.js\" />\n<link data-trunk rel=\"rust\" data-bin=\"x\" />\n</head>";
        let (plain, files) = without_trunk(html).unwrap();
        assert_eq!(
            plain,
            "<head>\n<link rel=\"icon\" href=\"data:,\" />\n<link rel=\"stylesheet\" href=\"./a.css\">\n\n\n</head>"
        );
        assert_eq!(files, ["www/a.css", "www/w.js"]);
    }

    #[test]
    fn what_only_trunk_can_do_is_refused() {
        for html in [
            "<link data-trunk rel=\"sass\" href=\"a.scss\">",
            "<link data-trunk rel=\"css\">",
            "<link data-trunk",
        ] {
            assert!(without_trunk(html).is_err(), "{html}");
        }
    }
}
