//! Packages, opened again by other libraries than the ones that wrote them.
//!
//! Guarantees: manifests are well-formed, with namespaces; what they name is in the zip, and nothing else is; the bytes
//! depend on nothing but the input. Leaves out: whether an LMS runs them (`lms_scorm.rs` and `lms_cmi5.rs` in
//! `e2e/tests/e2e`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use zip::ZipArchive;

use super::pack::{Package, Plan, build};
use super::standard::Standard;
use super::tests::{check, refused};
use quorum_i18n::Lang;

const INDEX: &str =
    "<!doctype html><title>x</title><div id=\"app\"></div><script src=\"start-1.js\"></script>";

/// A folder that looks like the built page; removed when dropped.
struct Page(PathBuf);

impl Page {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("quorum-pack-{name}-{}", std::process::id()));
        // Left over only if an earlier process of the same number was killed.
        let _ = fs::remove_dir_all(&folder);
        let page = Self(folder);
        for (file, text) in [
            ("index.html", INDEX),
            ("worker.js", "onmessage"),
            ("start-1.js", "x"),
            ("start-1.js.br", "copy"),
            ("start-1.js.gz", "copy"),
            ("quorum-lab-1_bg.wasm", "\0asm"),
            ("texts/zh.pack", "词"),
            ("texts/a & b.pack", "odd"),
            ("lms/xapi.js", "another version"),
            ("last.zip", "a package"),
            ("lab.html", "the single file"),
            (".hidden", "x"),
        ] {
            page.put(file, text);
        }
        page
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().expect("in the folder")).expect("made");
        fs::write(path, text).expect("written");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn packed(page: &Path, standard: Standard, lessons: &[&str], lang: Lang) -> Package {
    let lessons = lessons.iter().map(|&slug| slug.to_owned()).collect();
    build(&Plan { standard, lessons, lang, mastery_percent: 60, page }, Lang::En).expect("a package")
}

/// The files of a zip, in order.
fn files(zip: &[u8]) -> (Vec<String>, BTreeMap<String, Vec<u8>>) {
    let mut zip = ZipArchive::new(Cursor::new(zip)).expect("a zip");
    let (mut names, mut found) = (Vec::new(), BTreeMap::new());
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("a file");
        let name = file.name().expect("UTF-8").into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is whole");
        assert!(found.insert(name.clone(), bytes).is_none(), "{name} twice");
        names.push(name);
    }
    (names, found)
}

fn text(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(files.get(name).unwrap_or_else(|| panic!("no {name}")).clone()).expect("UTF-8")
}

fn elements<'a>(of: &'a Document<'a>, name: &str) -> Vec<Node<'a, 'a>> {
    of.descendants().filter(|node| node.tag_name().name() == name).collect()
}

#[test]
fn a_scorm_manifest_names_every_file_of_the_zip_and_no_other() {
    let page = Page::new("scorm");
    for (standard, version, kind) in [
        (Standard::Scorm12, "1.2", ("http://www.adlnet.org/xsd/adlcp_rootv1p2", "scormtype")),
        (Standard::Scorm2004, "2004 3rd Edition", ("http://www.adlnet.org/xsd/adlcp_v1p3", "scormType")),
    ] {
        let package = packed(&page.0, standard, &[], Lang::Zh);
        let (names, found) = files(&package.zip);
        assert_eq!(names[0], "imsmanifest.xml");
        let xml = text(&found, "imsmanifest.xml");
        let manifest = Document::parse(&xml).expect("well-formed");
        assert_eq!(elements(&manifest, "schemaversion")[0].text(), Some(version));
        let named: Vec<&str> =
            elements(&manifest, "file").iter().filter_map(|file| file.attribute("href")).collect();
        let distinct: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(distinct.len(), named.len(), "a file is named twice");
        let there: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| *name != "imsmanifest.xml").collect();
        assert_eq!(distinct, there);
        assert!(there.contains("texts/a & b.pack") && there.contains("lms/scorm.js"));
        assert!(
            !there
                .iter()
                .any(|name| name.contains("cmi5") || name.ends_with(".zip") || name.ends_with(".br"))
        );
        assert!(
            !["lms/xapi.js", "start-1.js.gz", ".hidden", "lab.html"].iter().any(|name| there.contains(name))
        );
        assert_eq!(elements(&manifest, "sequencing").is_empty(), standard == Standard::Scorm12);
        for resource in elements(&manifest, "resource") {
            let is_sco = resource.attribute(kind) == Some("sco");
            let href = resource.attribute("href");
            assert_eq!(resource.attribute("identifier") == Some("page"), !is_sco);
            assert_eq!(href.is_some_and(|href| there.contains(href)), is_sco, "{href:?}");
        }
        // An LMS that has a mastery score turns a lower score into a failure, also of who leaves early.
        assert!(!xml.contains("masteryscore") && !xml.contains("minNormalizedMeasure"), "{xml}");
    }
}

#[test]
fn every_lesson_is_an_item_under_its_title_with_a_launch_page_of_its_own() {
    let page = Page::new("items");
    for (lang, tag) in [(Lang::Zh, "zh-CN"), (Lang::En, "en-US")] {
        let package = packed(&page.0, Standard::Scorm12, &[], lang);
        let (_, found) = files(&package.zip);
        let xml = text(&found, "imsmanifest.xml");
        let manifest = Document::parse(&xml).expect("well-formed");
        let items = elements(&manifest, "item");
        let course = quorum_lesson::list::entries(lang.code()).expect("natively it is there");
        assert_eq!(items.len(), course.len());
        for (item, lesson) in items.iter().zip(course) {
            let title =
                item.children().find(|node| node.has_tag_name("title") || node.tag_name().name() == "title");
            assert_eq!(title.and_then(|title| title.text()), Some(lesson.title.as_str()));
            let resource = elements(&manifest, "resource")
                .into_iter()
                .find(|resource| resource.attribute("identifier") == item.attribute("identifierref"))
                .expect("the item's resource");
            let launch = text(&found, resource.attribute("href").expect("a launch page"));
            let root =
                format!("<html lang=\"{tag}\" data-standard=\"scorm12\" data-lesson=\"{}\"", lesson.slug);
            assert!(launch.contains(&root) && launch.contains("data-mastery=\"60\""), "{launch}");
            assert!(launch.contains("src=\"scorm.js\"") && !launch.contains('@'), "{launch}");
        }
    }
}

#[test]
fn a_cmi5_course_has_a_unit_for_each_lesson() {
    let page = Page::new("cmi5");
    let package = packed(&page.0, Standard::Cmi5, &["pre-vote", "kill-the-leader", "pre-vote"], Lang::En);
    assert_eq!(package.lessons, ["pre-vote", "kill-the-leader"]);
    let (names, found) = files(&package.zip);
    assert_eq!(names[0], "cmi5.xml");
    assert!(!names.iter().any(|name| name == "imsmanifest.xml" || name == "lms/scorm.js"), "{names:?}");
    let xml = text(&found, "cmi5.xml");
    let course = Document::parse(&xml).expect("well-formed");
    let space = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd";
    assert!(course.descendants().filter(Node::is_element).all(|e| e.tag_name().namespace() == Some(space)));
    let units = elements(&course, "au");
    assert_eq!(units.len(), 2);
    for (unit, slug) in units.iter().zip(&package.lessons) {
        assert_eq!(unit.attribute("moveOn"), Some("CompletedAndPassed"));
        assert_eq!(unit.attribute("masteryScore"), Some("0.60"));
        assert_eq!(unit.attribute("id"), Some(format!("urn:x-quorum-lab:lesson:{slug}").as_str()));
        let url = elements(&course, "url")
            .into_iter()
            .find(|url| url.parent() == Some(*unit))
            .and_then(|url| url.text());
        assert!(url.is_some_and(|url| text(&found, url).contains("src=\"cmi5.js\"")), "{url:?}");
    }
    for langstring in elements(&course, "langstring") {
        assert_eq!(langstring.attribute("lang"), Some("en-US"));
        assert!(langstring.text().is_some_and(|text| !text.trim().is_empty()));
    }
}

#[test]
fn a_package_runs_from_its_own_files() {
    let page = Page::new("alone");
    for standard in Standard::ALL {
        let (names, found) = files(&packed(&page.0, standard, &["pre-vote"], Lang::Zh).zip);
        // What the scripts import, and what the launch page names, beginning with the scripts themselves.
        let launch = text(&found, "lms/pre-vote.html");
        let mut named: Vec<String> = ["src=\"", "href=\""]
            .iter()
            .flat_map(|opening| launch.split(opening).skip(1).filter_map(|part| part.split('"').next()))
            .filter(|name| !name.starts_with("data:"))
            .map(str::to_owned)
            .collect();
        for (name, bytes) in
            found.iter().filter(|(name, _)| name.starts_with("lms/") && name.ends_with(".js"))
        {
            let script = String::from_utf8_lossy(bytes).into_owned();
            // An example in a comment is none of them.
            let code = script.lines().filter(|line| !line.starts_with("//"));
            let imports =
                code.filter_map(|line| line.strip_prefix("import ")?.split("\"./").nth(1)?.split('"').next());
            named.extend(imports.map(str::to_owned));
            assert!(
                script.lines().next().is_some_and(|line| line.starts_with("// ")),
                "{name} says not what it is"
            );
            assert!(!script.contains("unload\"") && !script.contains("eval("), "{name}");
        }
        for name in &named {
            assert!(names.contains(&format!("lms/{name}")), "{name} is not in {names:?}");
        }
        let scripts = names.iter().filter(|name| name.starts_with("lms/") && name.ends_with(".js"));
        for script in scripts {
            assert!(named.contains(&script["lms/".len()..].to_owned()), "nothing loads {script}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, other) = (Page::new("same-1"), Page::new("same-2"));
    for standard in Standard::ALL {
        let packed = |page: &Page| packed(&page.0, standard, &["pre-vote", "election"], Lang::Zh).zip;
        assert_eq!(packed(&one), packed(&other));
    }
    let of = |lessons: &[&str], lang| {
        let (_, found) = files(&packed(&one.0, Standard::Scorm12, lessons, lang).zip);
        text(&found, "imsmanifest.xml")
    };
    assert_ne!(of(&["election"], Lang::Zh), of(&["election"], Lang::En));
    assert_ne!(of(&["election"], Lang::Zh), of(&["pre-vote"], Lang::Zh));
}

#[test]
fn the_command_writes_the_file_and_says_what_is_in_it() {
    let page = Page::new("command");
    let (folder, file) = (page.0.display().to_string(), page.0.join("out.zip"));
    let out = file.display().to_string();
    let typed =
        ["pack", "scorm12", "--lessons", "election,pre-vote", "--page", &folder, "--out", &out, "--json"];
    let (held, said) = check(&typed).expect("packed");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert!(held);
    assert_eq!(said["lessons"], serde_json::json!(["election", "pre-vote"]));
    let zip = fs::read(&file).expect("written");
    assert_eq!((said["bytes"].as_u64(), said["mastery"].as_u64()), (Some(zip.len() as u64), Some(60)));
    assert_eq!(said["files"].as_u64(), Some(files(&zip).0.len() as u64));
    // The zip in the page's folder is no part of the next one.
    check(&typed).expect("packed again");
    assert_eq!(fs::read(&file).expect("written"), zip);
    let (_, said) = check(&[&typed[..8], &["--lang", "en"]].concat()).expect("packed");
    assert!(said.contains("SCORM 1.2, 2 lessons, passed at 60 %"), "{said}");
}

#[test]
fn what_cannot_be_packed_is_refused_with_what_to_do() {
    let page = Page::new("refused");
    let folder = page.0.display().to_string();
    let out = page.0.join("out.zip").display().to_string();
    let pack = |more: &[&str]| refused(&[&["pack"], more, &["--lang", "en"]].concat());
    for (arguments, code, says) in [
        (&["scorm13", "--out", &out][..], "bad_arguments", "scorm2004"),
        (&["--out", &out], "bad_arguments", "STANDARD"),
        (&["cmi5", "--page", &folder], "bad_arguments", "--out"),
        (&["cmi5", "--mastery", "101", "--page", &folder, "--out", &out], "bad_arguments", "101"),
        (
            &["cmi5", "--lessons", "pre-votes", "--page", &folder, "--out", &out],
            "bad_arguments",
            "did you mean pre-vote",
        ),
        (&["cmi5", "--page", "no/such/folder", "--out", &out], "no_page", "cargo xtask dist"),
        (&["cmi5", "--page", &folder, "--out", "no/such/folder/x.zip"], "storage", "no/such/folder/x.zip"),
    ] {
        let refusal = pack(arguments);
        assert_eq!(refusal.code, code, "{arguments:?}: {}", refusal.error);
        assert!(refusal.error.contains(says), "{arguments:?}: {}", refusal.error);
    }
    // A half-built page, and the template of one.
    for (file, text) in
        [("quorum-lab-1_bg.wasm", None), ("index.html", Some("<div id=\"app\"></div>@start@"))]
    {
        match text {
            Some(text) => page.put(file, text),
            None => fs::rename(page.0.join(file), page.0.join("moved")).expect("moved"),
        }
        assert_eq!(pack(&["scorm12", "--page", &folder, "--out", &out]).code, "no_page");
        fs::rename(page.0.join("moved"), page.0.join("quorum-lab-1_bg.wasm")).unwrap_or_default();
    }
}
