//! The style sheets as one: Trunk hashes and links each apart, and each is compressed apart.
//!
//! Promises: the rules stay in the order in which the document links them; every sheet that it links is in the one, or
//! there is an error. Leaves out: reading style sheets (they are Trunk's minifier's affair).

use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use quorum_texts::parcel;

/// Why the sheets were not joined.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A file could not be read, written or removed.
    File(PathBuf, io::Error),
    /// The document links no style sheet.
    None,
    /// A link names no file, or does not end.
    Link(String),
    /// What only counts at the beginning of a sheet, in one that comes to stand behind another.
    Import(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, why) => write!(f, "{}: {why}", path.display()),
            Self::None => f.write_str("index.html links no style sheet"),
            Self::Link(link) => write!(f, "index.html: a link that cannot be read: {link}"),
            Self::Import(name) => write!(f, "{name} has an @import, @charset or @namespace"),
        }
    }
}

/// A document with one link in place of its links to sheets.
struct Joined<'a> {
    /// What stands before the first link.
    before: &'a str,
    /// What stands behind it, without the others.
    behind: String,
    /// The sheets' files, in the order of their links.
    files: Vec<String>,
}

/// Joins the sheets that the document in a folder links, under the hash of what they are together.
pub(crate) fn join(staging: &Path) -> Result<(), Fault> {
    let file = |path: &Path, why| Fault::File(path.to_owned(), why);
    let page = staging.join("index.html");
    let html = fs::read_to_string(&page).map_err(|why| file(&page, why))?;
    let joined = links(&html)?;
    let mut sheet = String::new();
    for name in &joined.files {
        let path = staging.join(name);
        let text = fs::read_to_string(&path).map_err(|why| file(&path, why))?;
        if ["@import", "@charset", "@namespace"].iter().any(|rule| text.contains(rule)) {
            return Err(Fault::Import(name.clone()));
        }
        sheet.push_str(text.trim());
    }
    let name = format!("page-{:08x}.css", parcel::hash(&sheet));
    let path = staging.join(&name);
    fs::write(&path, &sheet).map_err(|why| file(&path, why))?;
    let html = format!("{}<link href=./{name} rel=stylesheet>{}", joined.before, joined.behind);
    fs::write(&page, html).map_err(|why| file(&page, why))?;
    for name in &joined.files {
        let path = staging.join(name);
        fs::remove_file(&path).map_err(|why| file(&path, why))?;
    }
    Ok(())
}

/// Puts the home page's sheet, which nothing links, under the hash of what it is; its name.
pub(crate) fn name_home(staging: &Path) -> Result<String, Fault> {
    let file = |path: &Path, why| Fault::File(path.to_owned(), why);
    let path = staging.join("home.css");
    let text = fs::read_to_string(&path).map_err(|why| file(&path, why))?;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with("/*")).collect();
    let sheet = lines.join("\n");
    let name = format!("home-{:08x}.css", parcel::hash(&sheet));
    fs::write(staging.join(&name), &sheet).map_err(|why| file(&path, why))?;
    fs::remove_file(&path).map_err(|why| file(&path, why))?;
    Ok(name)
}

/// The document without its links to sheets.
fn links(html: &str) -> Result<Joined<'_>, Fault> {
    let mut joined = Joined { before: html, behind: String::new(), files: Vec::new() };
    // From here on nothing has been copied yet.
    let (mut copied, mut at) = (0, 0);
    while let Some(next) = html[at..].find("<link").map(|next| at + next) {
        let broken = || Fault::Link(html[next..].chars().take(80).collect());
        let end = next + html[next..].find('>').ok_or_else(broken)?;
        at = end + 1;
        let link = &html[next..end];
        if attribute(link, "rel") != Some("stylesheet") {
            continue;
        }
        let name = attribute(link, "href").and_then(|href| href.rsplit('/').next());
        let name = name.filter(|name| name.ends_with(".css")).ok_or_else(broken)?;
        if joined.files.is_empty() {
            joined.before = &html[..next];
        } else {
            joined.behind.push_str(&html[copied..next]);
        }
        joined.files.push(name.to_owned());
        copied = at;
    }
    joined.behind.push_str(&html[copied..]);
    if joined.files.is_empty() { Err(Fault::None) } else { Ok(joined) }
}

/// The value of an attribute, in quotes or without.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(&format!(" {name}="))? + name.len() + 2;
    let value = &tag[at..];
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_ascii_whitespace().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<title>é</title><link href=\"data:,svg\" rel=icon><link href=./a-1.css integrity=sha384-x rel=stylesheet><link rel='stylesheet' href='./b-2.css' /><script>1</script><link href=c-3.css rel=stylesheet><style></style>";

    /// A folder with a document and sheets, which is gone with the value.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let folder = std::env::temp_dir().join(format!("quorum-finish-{name}-{}", std::process::id()));
            drop(fs::remove_dir_all(&folder));
            fs::create_dir_all(&folder).unwrap();
            files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
            Self(folder)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn the_sheets_become_one_in_the_order_of_their_links() {
        let sheets = [("a-1.css", "a{}\n"), ("b-2.css", "b{}"), ("c-3.css", "a{c:d}")];
        let folder = Folder::new("joined", &[&sheets[..], &[("index.html", HTML)]].concat());
        join(&folder.0).unwrap();
        let names = folder.names();
        assert_eq!(names.len(), 2, "{names:?}");
        let (html, sheet) = (&names[0], &names[1]);
        assert_eq!(*sheet, format!("page-{:08x}.css", parcel::hash("a{}b{}a{c:d}")));
        assert_eq!(fs::read_to_string(folder.0.join(sheet)).unwrap(), "a{}b{}a{c:d}");
        let link = format!("<link href=./{sheet} rel=stylesheet>");
        let expected = format!(
            "<title>é</title><link href=\"data:,svg\" rel=icon>{link}<script>1</script><style></style>"
        );
        assert_eq!(fs::read_to_string(folder.0.join(html)).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_joined_is_an_error_and_changes_nothing() {
        let check = |name: &str, html: &str, a: &str, wanted: fn(&Fault) -> bool| {
            let folder = Folder::new(name, &[("index.html", html), ("a-1.css", a), ("b-2.css", "b{}")]);
            let before = folder.names();
            let fault = join(&folder.0).unwrap_err();
            assert!(wanted(&fault), "{name}: {fault}");
            assert!(!fault.to_string().is_empty());
            assert_eq!(folder.names(), before, "{name}");
            assert_eq!(fs::read_to_string(folder.0.join("index.html")).unwrap(), html);
        };
        check("none", "<title></title>", "a{}", |fault| matches!(fault, Fault::None));
        check(
            "gone",
            HTML,
            "a{}",
            |fault| matches!(fault, Fault::File(path, _) if path.ends_with("c-3.css")),
        );
        check(
            "import",
            HTML,
            "@import url(x)",
            |fault| matches!(fault, Fault::Import(name) if name == "a-1.css"),
        );
        for (name, html) in [
            ("open", "<link href=./a-1.css rel=stylesheet"),
            ("nameless", "<link rel=stylesheet>"),
            ("other", "<link href=x.txt rel=stylesheet>"),
        ] {
            check(name, html, "a{}", |fault| matches!(fault, Fault::Link(_)));
        }
    }
}
