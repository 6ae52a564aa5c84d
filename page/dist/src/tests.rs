use super::*;
use crate::pages::{gzip, hash};
use std::io::Read as _;

const START: &str = "start-1.js";
const HTML: &str = "<head>\n    <meta charset=\"utf-8\" />\n    <script src=\"start-1.js\"></script>\n    \
    <link rel=\"stylesheet\" href=\"page-2.css\" />\n  </head><body></body>";
const GLUE: &str = "fetch(import.meta.url);\nexport { a as default };\n";

/// A small page in a folder that is deleted with it.
struct Page(PathBuf);

impl Page {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("quorum-dist-{name}-{}", std::process::id()));
        let page = Self(folder);
        for (path, text) in [
            ("index.html", HTML),
            (START, "start()"),
            ("page-2.css", "body { color: red }"),
            ("worker.js", "onmessage"),
            ("quorum-lab-5.js", GLUE),
            ("quorum-lab-5_bg.wasm", "\0asm"),
            ("quorum-lab-5-chunk.wasm", "chunk"),
        ] {
            page.put(path, text);
        }
        page.put("texts/zh.1.txt", &"多数派 ".repeat(200));
        page
    }

    fn put(&self, path: &str, text: &str) {
        let to = self.page().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, text).unwrap();
    }

    fn page(&self) -> PathBuf {
        self.0.join("page")
    }

    fn out(&self) -> PathBuf {
        self.0.join("out")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.out().join(path)).unwrap()
    }

    /// The published file whose name begins and ends like this.
    fn name(&self, prefix: &str, ending: &str) -> String {
        let names = fs::read_dir(self.out()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names = names.map(|name| name.into_string().unwrap());
        names.find(|name| name.starts_with(prefix) && name.ends_with(ending)).unwrap()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_folder_lists_every_file_that_the_page_can_ask_for() {
    let page = Page::new("lists");
    folder(&page.page(), &page.out(), false).unwrap();
    let list = page.read(&page.name("build-", ".json"));
    let files = Files::read(&page.page()).unwrap();
    for (path, bytes) in files.all().filter(|(path, _)| *path != "index.html") {
        let entry = format!("[\"{path}\",[{},\"{}\"]]", bytes.len(), hash(bytes));
        assert!(list.contains(&entry), "{entry} in {list}");
    }
    let html = page.read("index.html");
    assert!(list.contains(&format!("[\"index.html\",[{},\"{}\"]]", html.len(), hash(html.as_bytes()))));
    assert!(list.contains("\"icons/icon-192.png\"") && list.contains("\"quorum-lab.webmanifest\""));
    assert!(!list.contains("-files.js") && !list.contains("\"sw.js\""), "{list}");
    // The single file is there for those who save it, and no visit fetches it.
    assert!(!list.contains("lab.html"), "{list}");
    let alone = page.read("lab.html");
    single_file(&page.page(), &page.0.join("alone.html"), None).unwrap();
    assert_eq!(alone, fs::read_to_string(page.0.join("alone.html")).unwrap());
    let worker = page.read("sw.js");
    assert!(!worker.contains("\"@"), "a word is not filled in: {worker}");
    assert!(worker.contains("const FIRST = 6;") && worker.contains(&hash(list.as_bytes())));
    let first: Vec<&str> = list.lines().take(6).collect();
    assert!(first[0].starts_with("[[\"index.html\"") && first[5].contains("worker.js"), "{first:?}");
    let build = page.name("build-", ".json");
    let build = build.trim_start_matches("build-").trim_end_matches(".json");
    assert!(html.contains(&format!("name=\"quorum-build\" content=\"{build}\"")) && worker.contains(build));
    let script = page.name("offline-", ".js");
    assert!(html.contains(&format!("name=\"quorum-offline\" content=\"{script}\"")));
}

#[test]
fn the_policy_stands_before_what_it_governs_and_forbids_inline_scripts() {
    let page = Page::new("policy");
    folder(&page.page(), &page.out(), false).unwrap();
    let html = page.read("index.html");
    let policy = html.find("Content-Security-Policy").unwrap();
    assert!(policy < html.find("<script").unwrap() && policy < html.find("<link").unwrap());
    for part in ["script-src 'self' 'wasm-unsafe-eval';", "worker-src 'self' blob:;", "default-src 'none';"] {
        assert!(html.contains(part), "{part}");
    }
    let hosting = include_str!("../../../docs/hosting.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(hosting.contains(head::POLICY), "docs/hosting.md has another policy than the page");
}

#[test]
fn builds_differ_by_name_and_equal_ones_do_not() {
    let page = Page::new("builds");
    let build = || {
        folder(&page.page(), &page.out(), false).unwrap();
        (page.name("build-", ".json"), page.read("sw.js"))
    };
    let first = build();
    assert_eq!(build(), first);
    page.put("texts/zh.1.txt", "另一个");
    let second = build();
    assert!(first.0 != second.0 && first.1 != second.1);
}

#[test]
fn compressed_copies_unpack_to_their_files() {
    let page = Page::new("copies");
    folder(&page.page(), &page.out(), true).unwrap();
    let text = page.read("texts/zh.1.txt");
    let copy = fs::read(page.out().join("texts/zh.1.txt.gz")).unwrap();
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&copy[..]).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
    assert_eq!(gzip(text.as_bytes()), Ok(copy), "the same bytes each time");
    let copy = fs::read(page.out().join("texts/zh.1.txt.br")).unwrap();
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &copy[..], &mut unpacked).unwrap();
    assert_eq!(unpacked, text.as_bytes());
    assert!(!page.out().join("worker.js.br").exists(), "too short");
    assert!(!page.out().join("icons/icon-192.png.br").exists(), "compressed already");
}

#[test]
fn a_single_file_holds_everything_and_names_nothing_beside_it() {
    let page = Page::new("single");
    let file = page.0.join("usb/lab.html");
    let published = single_file(&page.page(), &file, None).unwrap();
    let html = fs::read_to_string(&file).unwrap();
    assert_eq!(published.bytes, html.len());
    assert!(html.contains("<script>start()</script>") && html.contains("<style>body { color: red }</style>"));
    assert!(!html.contains("src=\"start-1.js\"") && !html.contains("href=\"page-2.css\""));
    assert!(html.contains("fetch(meta.url);\nreturn { default: a };"), "the glue as a function");
    for path in ["quorum-lab-5_bg.wasm", "quorum-lab-5-chunk.wasm", "texts/zh.1.txt"] {
        assert_eq!(html.matches(&format!("\"{path}\":\"")).count(), 1, "{path}");
    }
    assert!(!html.contains("\"@packed@\"") && !html.contains("\"@glue@\""));
}

#[test]
fn a_single_file_opens_the_run_that_it_holds() {
    let page = Page::new("run");
    let file = page.0.join("run.html");
    single_file(&page.page(), &file, Some("AQz-9_")).unwrap();
    let html = fs::read_to_string(&file).unwrap();
    let opens = html.find("location.replace(\"#r=AQz-9_\")").unwrap();
    assert!(opens < html.find("start()").unwrap(), "before the program reads the address");
    for bad in ["", "a b", "\")</script>", "#r=AQ", "多"] {
        assert!(single_file(&page.page(), &page.0.join("bad.html"), Some(bad)).is_err(), "{bad}");
    }
    assert!(!page.0.join("bad.html").exists());
}

#[test]
fn what_is_not_a_page_is_refused_and_nothing_else_is_overwritten() {
    let page = Page::new("refused");
    fs::create_dir_all(page.out()).unwrap();
    fs::write(page.out().join("thesis.tex"), "mine").unwrap();
    assert!(folder(&page.page(), &page.out(), false).is_err_and(|why| why.contains("other than a page")));
    // Another site has a document of this name too.
    fs::write(page.out().join("index.html"), "<h1>My site</h1>").unwrap();
    assert!(folder(&page.page(), &page.out(), false).is_err());
    assert_eq!(page.read("thesis.tex"), "mine");
    assert!(folder(&page.0.join("nothing"), &page.0.join("b"), false).is_err());
    page.put("quorum-lab-6_bg.wasm", "\0asm");
    let two = folder(&page.page(), &page.0.join("b"), false);
    assert!(two.is_err_and(|why| why.contains("more than one")), "two builds in one folder");
    fs::remove_file(page.page().join("quorum-lab-6_bg.wasm")).unwrap();
    fs::remove_file(page.page().join(START)).unwrap();
    assert!(single_file(&page.page(), &page.0.join("x.html"), None).is_err_and(|why| why.contains("start-")));
    assert!(!page.0.join("x.html").exists());
}

#[test]
fn a_published_page_is_not_published_again() {
    let page = Page::new("again");
    folder(&page.page(), &page.out(), false).unwrap();
    assert!(folder(&page.out(), &page.0.join("b"), false).is_err_and(|why| why.contains("published")));
    // A page in its place is replaced.
    folder(&page.page(), &page.out(), false).unwrap();
}
