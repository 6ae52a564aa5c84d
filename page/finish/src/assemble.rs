//! What Trunk does before it calls the last step, for builds without Trunk: copies the files that the document names
//! beside it.
//!
//! Guarantees: a link that Trunk would follow and this does not know is an error. Leaves out: minifying; the program
//! and its glue, which have to be there already.

use std::fs;
use std::path::Path;

use crate::{fault, read, write};

/// Copies the document and the files that it names into a folder.
pub(crate) fn assemble(source: &Path, staging: &Path) -> Result<(), String> {
    let (html, files) = without_trunk(&read(&source.join("index.html"))?)?;
    for (file, folder) in files {
        let from = source.join(&file);
        let name = from.file_name().ok_or_else(|| format!("index.html: no file is called {file}"))?;
        let folder = staging.join(folder);
        fs::create_dir_all(&folder).map_err(|why| fault(&folder, why))?;
        fs::copy(&from, folder.join(name)).map_err(|why| fault(&from, why))?;
    }
    write(&staging.join("index.html"), html.as_bytes())
}

/// A file, and the folder beside the document that it is copied to.
type Copied = (String, String);

/// The document with Trunk's links made plain, and the files that have to be copied beside it.
fn without_trunk(html: &str) -> Result<(String, Vec<Copied>), String> {
    let (mut plain, mut files, mut rest) = (String::new(), Vec::new(), html);
    while let Some(at) = rest.find("<link data-trunk") {
        let end = at + rest[at..].find('>').ok_or("index.html: a link does not end")?;
        let link = &rest[at..end];
        plain.push_str(&rest[..at]);
        rest = &rest[end + 1..];
        let file = |link| attribute(link, "href").ok_or_else(|| format!("index.html: {link} names no file"));
        match attribute(link, "rel") {
            Some("copy-file") => {
                let folder = attribute(link, "data-target-path").unwrap_or_default();
                files.push((file(link)?.to_owned(), folder.to_owned()));
            }
            // The program is built separately.
            Some("rust") => {}
            other => return Err(format!("index.html: only Trunk knows what to do with {other:?}: {link}")),
        }
    }
    plain.push_str(rest);
    Ok((plain, files))
}

/// The value of an attribute in quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let beginning = format!(" {name}=\"");
    let value = &tag[tag.find(&beginning)? + beginning.len()..];
    value.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_plain_and_name_their_files() {
        let html = "<head>\n<link rel=\"icon\" href=\"data:,\" />\n<link data-trunk rel=\"copy-file\" \
                    href=\"www/w.js\" />\n<link data-trunk rel=\"copy-file\" href=\"www/l/x.js\" \
                    data-target-path=\"l\" />\n\
                    <link data-trunk rel=\"rust\" data-bin=\"x\" />\n</head>";
        let (plain, files) = without_trunk(html).unwrap();
        assert_eq!(plain, "<head>\n<link rel=\"icon\" href=\"data:,\" />\n\n\n\n</head>");
        let files: Vec<(&str, &str)> = files.iter().map(|(file, to)| (&**file, &**to)).collect();
        assert_eq!(files, [("www/w.js", ""), ("www/l/x.js", "l")]);
    }

    #[test]
    fn what_only_trunk_can_do_is_refused() {
        for html in [
            "<link data-trunk rel=\"css\" href=\"a.css\">",
            "<link data-trunk rel=\"copy-file\">",
            "<link data-trunk",
        ] {
            assert!(without_trunk(html).is_err(), "{html}");
        }
    }
}
