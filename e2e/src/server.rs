//! A static file server over `dist/`, as simple as the hosts that a course is published on.
//!
//! Guarantees: the right media types (WebAssembly streams only as `application/wasm`), and a list of the requested
//! files, so that a test can measure a first load. For tests of failures it misbehaves as a [`Reply`] says; for
//! measurements it is as slow as a [`Link`]. Leaves out: caching, ranges.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The server. It ends with the process.
#[derive(Debug)]
pub struct Server {
    port: u16,
    root: PathBuf,
    asked: Arc<Mutex<Vec<PathBuf>>>,
    rules: Rules,
    link: Arc<Mutex<Option<Link>>>,
    stopped: Arc<AtomicBool>,
}

/// A line between server and browser that all requests share.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// From a request to the first byte of its answer.
    pub latency: Duration,
    /// What all answers together transfer in a second.
    pub bytes_per_s: f64,
}

/// A piece of an answer, as the line sends them in turns.
const PIECE_BYTES: usize = 4_096;

/// Sends an answer over the line.
fn send(stream: &mut TcpStream, link: &Mutex<Option<Link>>, head: &str, body: &[u8]) -> std::io::Result<()> {
    let set = link.lock().ok().and_then(|link| *link);
    let Some(Link { latency, bytes_per_s }) = set else {
        stream.write_all(head.as_bytes())?;
        return stream.write_all(body);
    };
    thread::sleep(latency);
    stream.write_all(head.as_bytes())?;
    for piece in body.chunks(PIECE_BYTES) {
        // One answer sends at a time; the others wait for their turn.
        let line = link.lock();
        thread::sleep(Duration::from_secs_f64(piece.len() as f64 / bytes_per_s));
        drop(line);
        stream.write_all(piece)?;
    }
    Ok(())
}

/// The reply to a path that contains a word; the first match counts.
type Rules = Arc<Mutex<Vec<(String, Reply)>>>;

/// How a host misbehaves. Everything not set here is normal.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    status: Option<u16>,
    media_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    /// Sends this many thousandths of the body, then ends as if that were all.
    cut: Option<usize>,
    /// Sends this many thousandths of the body, then nothing more until the client leaves.
    stall: Option<usize>,
}

impl Reply {
    /// No such file.
    pub fn missing() -> Self {
        Self { status: Some(404), body: Some(Vec::new()), ..Self::default() }
    }

    /// A web page in place of the file, as hosts send that answer every address with one.
    pub fn page() -> Self {
        Self::text("text/html; charset=utf-8", "<!doctype html><title>Not here</title><p>Not here")
    }

    /// Other text of a media type.
    pub fn text(media_type: &str, body: &str) -> Self {
        Self { body: Some(body.as_bytes().to_vec()), ..Self::typed(media_type) }
    }

    /// The file under another media type.
    pub fn typed(media_type: &str) -> Self {
        Self { media_type: Some(media_type.to_owned()), ..Self::default() }
    }

    /// Other bytes in place of the file's.
    pub fn bytes(body: Vec<u8>) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    /// This many thousandths of the file.
    pub fn cut(thousandths: usize) -> Self {
        Self { cut: Some(thousandths), ..Self::default() }
    }

    /// This many thousandths of the file, then nothing.
    pub fn stalled(thousandths: usize) -> Self {
        Self { stall: Some(thousandths), ..Self::default() }
    }

    /// With an additional header.
    #[must_use]
    pub fn with(mut self, header: &str, value: &str) -> Self {
        self.headers.push((header.to_owned(), value.to_owned()));
        self
    }
}

impl Server {
    /// Serves the built page, or the folder that PAGE names.
    pub fn of_the_page() -> Self {
        Self::of(&Self::root_of_the_page())
    }

    /// The folder of that page; panics with a message when it has not been built.
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
        let (asked, rules, link) = (Arc::default(), Arc::default(), Arc::default());
        let stopped = Arc::<AtomicBool>::default();
        let server = Self { port, root: root.to_path_buf(), asked, rules, link, stopped };
        let (root, asked, rules) = (server.root.clone(), Arc::clone(&server.asked), server.rules.clone());
        let (link, stopped) = (Arc::clone(&server.link), Arc::clone(&server.stopped));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Nothing listens at this address any more.
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (root, asked, rules) = (root.clone(), Arc::clone(&asked), rules.clone());
                let link = Arc::clone(&link);
                // A client that hangs up early is not an error of the server's.
                thread::spawn(move || drop(answer(stream, &root, &asked, &rules, &link)));
            }
        });
        server
    }

    /// Replies differently from now on: for paths that contain a word. Without rules, all is normal again. The path `/`
    /// counts as `index.html`.
    pub fn misbehave(&self, rules: &[(&str, Reply)]) {
        let rules = rules.iter().map(|(word, reply)| ((*word).to_owned(), reply.clone()));
        *self.rules.lock().expect("no thread panics while it holds the rules") = rules.collect();
    }

    /// Ends the server: what is requested from now on is refused.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next request, and lets its port go.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }

    /// Answers as over this line from now on; `None` is as fast as it can be.
    pub fn set_link(&self, link: Option<Link>) {
        *self.link.lock().expect("no thread panics while it holds the line") = link;
    }

    /// The folder that is served.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The address of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// The files that were served since the last call, in order, once per request.
    pub fn take_asked(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.asked.lock().expect("no thread panics while it holds the list"))
    }
}

fn answer(
    mut stream: TcpStream,
    root: &Path,
    asked: &Mutex<Vec<PathBuf>>,
    rules: &Rules,
    link: &Mutex<Option<Link>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let target = request.split_whitespace().nth(1).unwrap_or("/");
    let path = target.split(['?', '#']).next().unwrap_or("/").trim_start_matches('/');
    let file = root.join(if path.is_empty() { "index.html" } else { path });
    let path = if path.is_empty() { "index.html" } else { path };
    let rule = rules.lock().ok().and_then(|rules| {
        rules.iter().find(|(word, _)| path.contains(word.as_str())).map(|(_, reply)| reply.clone())
    });
    if let Some(reply) = rule {
        return misbehave(stream, &file, &reply, link);
    }
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    match fs::read(&file) {
        Ok(body) if inside => {
            if let Ok(mut asked) = asked.lock() {
                asked.push(file.clone());
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: \
                 close\r\n\r\n",
                media_type(&file),
                body.len()
            );
            send(&mut stream, link, &head, &body)
        }
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

/// Answers as a rule says.
fn misbehave(
    mut stream: TcpStream,
    file: &Path,
    reply: &Reply,
    link: &Mutex<Option<Link>>,
) -> std::io::Result<()> {
    let body = reply.body.clone().or_else(|| fs::read(file).ok()).unwrap_or_default();
    let part = |thousandths: usize| &body[..body.len() * thousandths / 1_000];
    let sent = reply.cut.or(reply.stall).map_or(&body[..], part);
    let length = if reply.stall.is_some() { body.len() } else { sent.len() };
    let media_type = reply.media_type.as_deref().unwrap_or_else(|| media_type(file));
    let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {} Said by a test\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-cache\r\nConnection: close\r\n{headers}\r\n",
        reply.status.unwrap_or(200)
    );
    send(&mut stream, link, &head, sent)?;
    if reply.stall.is_some() {
        stream.flush()?;
        // Until the other side hangs up.
        let _ = std::io::Read::read(&mut stream, &mut [0; 1])?;
    }
    Ok(())
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
