//! Learning management systems: a page with a SCORM runtime, and a cmi5 system that holds its packages to the rules.
//!
//! Guarantees: a package is served from what was in its zip and from nothing else, unless a test puts a page that only
//! speaks the protocol in the lab's place. Leaves out: what a test wants to see.

use std::fs;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use quorum_cli::pack::{Plan, build};
use quorum_cli::standard::Standard;
use quorum_i18n::Lang;
use zip::ZipArchive;

use crate::folders::artefacts;
use crate::{Reply, Server};

pub mod cmi5;

/// scorm-again, as published; see `vendor/scorm-again/README.md`.
const RUNTIME: &str = include_str!("../../vendor/scorm-again/scorm-again.min.js");

static PACKAGES: AtomicU32 = AtomicU32::new(0);

/// The files of a package's zip, served. Removed when dropped.
#[derive(Debug)]
pub struct Served {
    /// The server, which also has the LMS's page at `/lms-page.html`.
    pub server: Server,
    folder: PathBuf,
}

/// What runs in a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The lab of the built page.
    Lab,
    /// A page that speaks the lab's protocol, and does what a test says.
    Protocol,
}

impl Served {
    /// Packs the built page with these lessons and serves what is in the zip.
    pub fn pack(standard: Standard, lessons: &[&str], inside: Inside) -> Self {
        let page = Server::root_of_the_page();
        let lessons = lessons.iter().map(|&slug| slug.to_owned()).collect();
        let plan = Plan { standard, lessons, lang: Lang::En, mastery_percent: 60, page: &page };
        let package = build(&plan, Lang::En).unwrap_or_else(|refusal| panic!("{}", refusal.error));
        let number = PACKAGES.fetch_add(1, Ordering::Relaxed);
        let folder = artefacts().join(format!("package-{}-{number}", std::process::id()));
        // Left over only if an earlier process of the same number was killed.
        let _ = fs::remove_dir_all(&folder);
        let mut zip = ZipArchive::new(Cursor::new(package.zip)).expect("a zip");
        for at in 0..zip.len() {
            let mut file = zip.by_index(at).expect("a file");
            let path = folder.join(file.enclosed_name().expect("a name inside the package"));
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("the file is whole");
            fs::write(path, bytes).expect("written");
        }
        let server = Server::of(&folder);
        let html = "text/html; charset=utf-8";
        // The policy under which packages are promised to run.
        let strict = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src *; \
                      frame-src 'self'";
        let mut rules = vec![
            ("lms-page.html", Reply::text(html, include_str!("lms.html"))),
            ("scorm-again.js", Reply::text("text/javascript", RUNTIME)),
            ("lms/", Reply::default().with("Content-Security-Policy", strict)),
        ];
        if inside == Inside::Protocol {
            rules.push(("index.html", Reply::text(html, include_str!("lab.html"))));
        }
        server.misbehave(&rules);
        Self { server, folder }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A folder that cannot be removed is in `target` and is deleted with it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
