//! A program with every fault that a program can have, for the tests: the word says which.

use std::io::{BufRead, Write};

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    let mut out = std::io::stdout();
    if word == "flood-before-init" {
        loop {
            if out.write_all(b"{\"dest\":\"n1\",\"body\":{}}\n").is_err() {
                return;
            }
        }
    }
    if let Some(name) = word.strip_prefix("own-") {
        let mistake = quorum_judge::node::Mistake::named(name);
        let folder = std::env::var_os("QUORUM_JUDGE_DIR").map(Into::into);
        let input = std::io::BufReader::new(std::io::stdin());
        let _ = quorum_judge::node::serve(input, std::io::BufWriter::new(out), folder, mistake);
        return;
    }
    #[cfg(unix)]
    if let Some(file) = word.strip_prefix("leaves:") {
        leaves(std::path::Path::new(file));
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let message: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let (body, id) = (&message["body"], &message["body"]["msg_id"]);
        let answer = |body: serde_json::Value| {
            serde_json::json!({"src": message["dest"], "dest": message["src"], "body": body}).to_string()
        };
        let said = if body["type"] == "init" {
            match word.as_str() {
                "silent" => continue,
                "init-error" => answer(serde_json::json!({"type": "error", "in_reply_to": id, "code": 13})),
                "exit" => {
                    eprintln!("out of ideas <b>");
                    std::process::exit(7)
                }
                _ => answer(serde_json::json!({"type": "init_ok", "in_reply_to": id})),
            }
        } else {
            match word.as_str() {
                "bad-json" => "so far so good".to_owned(),
                "no-body" => "{\"dest\":\"n1\"}".to_owned(),
                "wrong-answer" => answer(serde_json::json!({"type": "yes", "in_reply_to": id})),
                "errors" => answer(serde_json::json!({"type": "error", "in_reply_to": id, "code": 11})),
                "wrong-echo" => {
                    answer(serde_json::json!({"type": "echo_ok", "in_reply_to": id, "echo": "hm"}))
                }
                "close" => {
                    #[cfg(unix)]
                    std::process::abort();
                    #[cfg(not(unix))]
                    std::process::exit(1);
                }
                "flood" => loop {
                    if out.write_all(b"{\"dest\":\"n1\",\"body\":{}}\n").is_err() {
                        return;
                    }
                },
                "endless" => loop {
                    if out.write_all(&[b'x'; 65_536]).is_err() {
                        return;
                    }
                },
                _ => continue,
            }
        };
        if writeln!(out, "{said}").is_err() {
            return;
        }
    }
}

/// Starts something that leaves the group and keeps every pipe open, says in a file who both are, and itself neither
/// answers nor ends with its input.
#[cfg(unix)]
fn leaves(file: &std::path::Path) -> ! {
    let mut command = std::process::Command::new("sleep");
    let away = std::os::unix::process::CommandExt::process_group(command.arg("600"), 0).spawn();
    let away = away.map(|child| child.id().to_string()).unwrap_or_default();
    let mut known = std::fs::OpenOptions::new().append(true).create(true).open(file).expect("a file");
    writeln!(known, "{} {away}", std::process::id()).expect("a line");
    loop {
        std::thread::park();
    }
}
