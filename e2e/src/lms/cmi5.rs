//! A learning management system for cmi5: it launches a lesson, hands its token out once, keeps statements and
//! documents, and writes down every rule of cmi5 and xAPI 1.0.3 that is broken.
//!
//! Guarantees: it is of another origin than the package, as real ones are, and answers as CORS wants it. Leaves out:
//! all of an LRS that a lesson does not use.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

const REGISTRATION: &str = "2f0e4d2a-7f0c-4f0f-9f64-3f1d0c6c5a10";
const ACTIVITY: &str = "https://lms.example/activities/lesson-1";
const SESSION: &str = "https://w3id.org/xapi/cmi5/context/extensions/sessionid";
const CATEGORY: &str = "https://w3id.org/xapi/cmi5/context/categories";
const VERBS: &str = "http://adlnet.gov/expapi/verbs/";

/// The system. It ends with the process.
#[derive(Debug)]
pub struct Cmi5Lms {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// What it knows.
#[derive(Debug)]
struct State {
    sessions: u32,
    /// The token of the open session, and whether it has been handed out.
    token: (String, bool),
    launch: Value,
    preferences: Value,
    documents: BTreeMap<String, Value>,
    /// The statements with the number of their session.
    statements: Vec<(u32, Value)>,
    broken: Vec<String>,
    /// The number of requests for statements that are answered with 503.
    unavailable: u32,
}

/// A request.
struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Default for Cmi5Lms {
    fn default() -> Self {
        Self::new()
    }
}

impl Cmi5Lms {
    /// Starts it on a free port.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on the loopback interface");
        let port = listener.local_addr().expect("the address just bound").port();
        let state = Arc::new(Mutex::new(State {
            sessions: 0,
            token: (String::new(), true),
            launch: Value::Null,
            preferences: Value::Null,
            documents: BTreeMap::new(),
            statements: Vec::new(),
            broken: Vec::new(),
            unavailable: 0,
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that hangs up early is not an error of the system's.
                thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Self { port, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }

    /// Launches the lesson again, in a mode of cmi5 such as `Normal`; returns what goes into the query of its address.
    pub fn launch(&self, mode: &str, mastery: f64) -> Value {
        let mut state = self.state();
        state.sessions += 1;
        state.token = (format!("dG9rZW4tMTIzLSVv{}", state.sessions), false);
        let session = format!("session-{}", state.sessions);
        state.launch = json!({
            "launchMode": mode, "moveOn": "CompletedAndPassed", "masteryScore": mastery,
            "returnURL": "https://lms.example/course",
            "contextTemplate": {
                "extensions": {SESSION: session},
                "contextActivities": {"grouping": [{"objectType": "Activity", "id": "urn:x-quorum-lab:lesson"}]},
            },
        });
        let at = format!("http://127.0.0.1:{}", self.port);
        json!({
            "endpoint": format!("{at}/xapi/"), "fetch": format!("{at}/fetch?session={}", state.sessions),
            "actor": json!({"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "李 1"}})
                .to_string(),
            "registration": REGISTRATION, "activityId": ACTIVITY,
        })
    }

    /// The learner prefers these languages.
    pub fn prefer(&self, languages: &str) {
        self.state().preferences = json!({"languagePreference": languages, "audioPreference": "on"});
    }

    /// Answers this number of requests for statements as an overloaded server does.
    pub fn fail_statements(&self, times: u32) {
        self.state().unavailable = times;
    }

    /// The verbs of a session's statements, in order.
    pub fn verbs(&self, session: u32) -> Vec<String> {
        self.statements(session).iter().map(verb).collect()
    }

    /// A session's statements, in order.
    pub fn statements(&self, session: u32) -> Vec<Value> {
        let state = self.state();
        state
            .statements
            .iter()
            .filter(|(of, _)| *of == session)
            .map(|(_, statement)| statement.clone())
            .collect()
    }

    /// The rules that were broken.
    pub fn broken(&self) -> Vec<String> {
        self.state().broken.clone()
    }
}

/// The last word of a verb.
fn verb(statement: &Value) -> String {
    statement["verb"]["id"].as_str().and_then(|id| id.strip_prefix(VERBS)).unwrap_or("?").to_owned()
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(&stream)?;
    let (status, body) = match state.lock() {
        _ if request.method == "OPTIONS" => ("204 No Content", None),
        Ok(mut state) => state.answer(&request),
        Err(_) => ("500 Internal Server Error", None),
    };
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
         Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, POST, PUT\r\n\
         Access-Control-Allow-Headers: authorization, content-type, x-experience-api-version\r\n\r\n{body}",
        body.len()
    )
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut from = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    from.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Request { method, path: path.to_owned(), query: query.to_owned(), headers, body })
}

type Answer = (&'static str, Option<Value>);

impl State {
    fn broke(&mut self, rule: impl Into<String>) {
        self.broken.push(rule.into());
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if request.path == "/fetch" {
            return self.hand_out(request);
        }
        let authorized = request.headers.get("authorization") == Some(&format!("Basic {}", self.token.0));
        if !authorized || !self.token.1 {
            return ("401 Unauthorized", None);
        }
        if request.headers.get("x-experience-api-version").map(String::as_str) != Some("1.0.3") {
            self.broke(format!("{} {} without the version of xAPI", request.method, request.path));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/xapi/statements") => self.take(request),
            (_, "/xapi/activities/state") => self.document(request),
            ("GET", "/xapi/agents/profile") => {
                let asked = request.query.contains("profileId=cmi5LearnerPreferences");
                if asked && !self.preferences.is_null() {
                    return ("200 OK", Some(self.preferences.clone()));
                }
                ("404 Not Found", None)
            }
            _ => {
                self.broke(format!("{} {}", request.method, request.path));
                ("404 Not Found", None)
            }
        }
    }

    /// The token is there once.
    fn hand_out(&mut self, request: &Request) -> Answer {
        if request.method != "POST" {
            self.broke("the token was not fetched by POST");
        }
        if std::mem::replace(&mut self.token.1, true) {
            return (
                "200 OK",
                Some(json!({"error-code": "1", "error-text": "the token was handed out before"})),
            );
        }
        ("200 OK", Some(json!({"auth-token": self.token.0})))
    }

    fn document(&mut self, request: &Request) -> Answer {
        let query = &request.query;
        let named = query.contains(&format!("registration={REGISTRATION}"))
            && query.contains("agent=%7B")
            && query.contains("activityId=https%3A%2F%2Flms.example");
        if !named {
            self.broke(format!("a document of nobody's: {query}"));
        }
        let id =
            query.split('&').find_map(|part| part.strip_prefix("stateId=")).unwrap_or_default().to_owned();
        match request.method.as_str() {
            "GET" if id == "LMS.LaunchData" => ("200 OK", Some(self.launch.clone())),
            "GET" => match self.documents.get(&id) {
                Some(document) => ("200 OK", Some(document.clone())),
                None => ("404 Not Found", None),
            },
            "PUT" => {
                let document = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                self.documents.insert(id, document);
                ("204 No Content", None)
            }
            _ => ("405 Method Not Allowed", None),
        }
    }

    fn take(&mut self, request: &Request) -> Answer {
        if self.unavailable > 0 {
            self.unavailable -= 1;
            return ("503 Service Unavailable", None);
        }
        let statements = match serde_json::from_slice(&request.body) {
            Ok(Value::Array(statements)) => statements,
            Ok(statement) => vec![statement],
            Err(_) => return ("400 Bad Request", None),
        };
        let ids = statements.iter().map(|statement| statement["id"].clone()).collect();
        for statement in statements {
            self.judge(&statement);
            self.statements.push((self.sessions, statement));
        }
        ("200 OK", Some(Value::Array(ids)))
    }

    /// The rules of cmi5, sections 9 and 10, and of xAPI.
    fn judge(&mut self, statement: &Value) {
        let word = verb(statement);
        let session = self.sessions;
        let said = |of_all: bool, word: &str| {
            let mut before = self.statements.iter().filter(|(of, _)| of_all || *of == session);
            before.any(|(_, before)| verb(before) == word)
        };
        let mut rules = vec![
            (word == "initialized" || said(false, "initialized"), "initialized is not the first"),
            (!said(false, "terminated"), "something after terminated"),
            (word != "initialized" || !said(false, "initialized"), "initialized twice"),
            (
                !matches!(word.as_str(), "passed" | "completed") || !said(true, &word),
                "twice in a registration",
            ),
            (word != "failed", "a lesson failed"),
            (statement["id"].as_str().is_some_and(|id| id.len() == 36), "no id"),
            (statement["timestamp"].is_string(), "no timestamp"),
            (statement["actor"]["account"]["name"] == "李 1", "another actor"),
            (statement["context"]["registration"] == REGISTRATION, "another registration"),
            (
                statement["context"]["extensions"][SESSION] == format!("session-{session}"),
                "the context is not the LMS's",
            ),
            (statement["context"]["contextActivities"]["grouping"].is_array(), "grouping is lost"),
        ];
        let defined = ["initialized", "passed", "completed", "terminated"].contains(&word.as_str());
        let judging = ["passed", "completed"].contains(&word.as_str());
        let category = statement["context"]["contextActivities"]["category"].as_array();
        let has = |name: &str| {
            let id = format!("{CATEGORY}/{name}");
            category.is_some_and(|all| all.iter().any(|activity| activity["id"] == id))
        };
        let result = &statement["result"];
        let normal = self.launch["launchMode"] == "Normal";
        rules.extend([
            (defined == has("cmi5"), "the category cmi5"),
            (judging == has("moveon"), "the category moveon"),
            (!judging || normal, "a judgement in a review"),
            (!defined || statement["object"]["id"] == ACTIVITY, "another activity"),
            (!(judging || word == "terminated") || result["duration"].is_string(), "no duration"),
            ((word == "completed") == (result["completion"] == true), "completion"),
            (word != "completed" || result["score"].is_null(), "completed with a score"),
            ((word == "passed") == (result["success"] == true && word != "answered"), "success"),
            (
                word != "passed"
                    || result["score"]["scaled"].as_f64() >= self.launch["masteryScore"].as_f64(),
                "passed below the mastery score",
            ),
        ]);
        for (holds, rule) in rules {
            if !holds {
                self.broke(format!("{word}: {rule}: {statement}"));
            }
        }
    }
}
