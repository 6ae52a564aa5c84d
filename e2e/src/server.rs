//! A static file server over `dist/`, as plain as the hosts that a course is put on.
//!
//! Promises: the right media types (WebAssembly streams only as `application/wasm`), and a list of what was asked
//! for, so that a test can say what a first load costs. Leaves out: compression, caching, ranges.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server. It ends with the process.
#[derive(Debug)]
pub struct Server {
    port: u16,
    root: PathBuf,
    asked: Arc<Mutex<Vec<PathBuf>>>,
}

impl Server {
    /// Serves the built page, or the folder that PAGE names.
    pub fn of_the_page() -> Self {
        Self::of(&Self::root_of_the_page())
    }

    /// Where that page lies; panics with words when it has not been built.
    pub fn root_of_the_page() -> PathBuf {
        let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
        let dist = std::env::var_os("PAGE").map_or_else(built, PathBuf::from);
        assert!(
            dist.join("index.html").is_file(),
            "no dist/index.html: build the page with `trunk build --release`, or run `cargo xtask test`"
        );
        dist
    }

    /// Serves a folder on a free port.
    pub fn of(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on the loopback interface");
        let port = listener.local_addr().expect("the address just bound").port();
        let server = Self { port, root: root.to_path_buf(), asked: Arc::default() };
        let (root, asked) = (server.root.clone(), Arc::clone(&server.asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, asked) = (root.clone(), Arc::clone(&asked));
                // A visitor who hangs up early is no concern of the server's.
                thread::spawn(move || drop(answer(stream, &root, &asked)));
            }
        });
        server
    }

    /// The address of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// The files that were served since the last call, in order, as often as they were asked for.
    pub fn take_asked(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.asked.lock().expect("no thread panics while it holds the list"))
    }
}

fn answer(mut stream: TcpStream, root: &Path, asked: &Mutex<Vec<PathBuf>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let target = request.split_whitespace().nth(1).unwrap_or("/");
    let path = target.split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
    let file = root.join(if path.is_empty() { "index.html" } else { path });
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    match fs::read(&file) {
        Ok(body) if inside => {
            if let Ok(mut asked) = asked.lock() {
                asked.push(file.clone());
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
                media_type(&file),
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)
        }
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
