//! What clients asked, and what they were answered.
//!
//! Guarantees: an operation whose outcome is unknown stays unknown, unless it changes nothing; a definite error is
//! taken at its word. Leaves out: whether the answers can be right (`verdict`).

use serde::Serialize;
use serde_json::{Value, json};

use super::plan::Workload;

/// The errors of Maelstrom's protocol after which an operation has certainly not happened (`doc/protocol.md`).
const DEFINITE: [i64; 9] = [1, 10, 11, 12, 14, 20, 21, 22, 30];
/// There is no such key.
const NO_KEY: i64 = 20;
/// The register held another value.
const OTHER_VALUE: i64 = 22;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpKind {
    /// Reads a register, or all elements.
    Read,
    /// Writes a register.
    Write,
    /// Writes a register if it holds a value.
    Cas,
    /// Asks for the same back.
    Echo,
    /// Sends a message to everyone.
    Broadcast,
    /// Adds an element.
    Add,
}

/// How it ended, as far as its client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was answered.
    Ok,
    /// It has certainly not happened.
    Fail,
    /// Unknown.
    Info,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Op {
    /// The client. One that was left without an answer continues under another number, as its operation may go on.
    pub client: u64,
    /// The node that was asked.
    pub node: String,
    /// The register; null where there is only one thing to read.
    pub key: Value,
    /// What was asked.
    pub kind: OpKind,
    /// What goes with it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub arg: Value,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// How it ended.
    pub status: Status,
    /// When it began, in microseconds of the run.
    pub start: u64,
    /// When it ended; null if it did not.
    pub end: Option<u64>,
    /// The error that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<i64>,
}

impl Op {
    /// The body of the request.
    pub(crate) fn body(&self, msg_id: u64) -> Value {
        match self.kind {
            OpKind::Read if self.key.is_null() => json!({"type": "read", "msg_id": msg_id}),
            OpKind::Read => json!({"type": "read", "msg_id": msg_id, "key": self.key}),
            OpKind::Write => {
                json!({"type": "write", "msg_id": msg_id, "key": self.key, "value": self.arg})
            }
            OpKind::Cas => json!({
                "type": "cas", "msg_id": msg_id, "key": self.key, "from": self.arg[0], "to": self.arg[1]
            }),
            OpKind::Echo => json!({"type": "echo", "msg_id": msg_id, "echo": self.arg}),
            OpKind::Broadcast => json!({"type": "broadcast", "msg_id": msg_id, "message": self.arg}),
            OpKind::Add => json!({"type": "add", "msg_id": msg_id, "element": self.arg}),
        }
    }

    /// Whether it changes nothing, so that without an answer nothing is known and nothing has happened.
    pub(crate) fn only_looks(&self) -> bool {
        matches!(self.kind, OpKind::Read | OpKind::Echo)
    }

    /// Takes over an answer; the error is an English sentence about an answer that does not fit.
    pub(crate) fn answered(&mut self, at_us: u64, body: &Value, workload: Workload) -> Result<(), String> {
        self.end = Some(at_us);
        let word = body["type"].as_str().unwrap_or_default();
        if word == "error" {
            let code = body["code"].as_i64().ok_or("an error needs a whole number as its code")?;
            self.failed(code);
            return Ok(());
        }
        let (expected, field) = match self.kind {
            OpKind::Read if workload == Workload::Broadcast => ("read_ok", Some("messages")),
            OpKind::Read => ("read_ok", Some("value")),
            OpKind::Write => ("write_ok", None),
            OpKind::Cas => ("cas_ok", None),
            OpKind::Echo => ("echo_ok", Some("echo")),
            OpKind::Broadcast => ("broadcast_ok", None),
            OpKind::Add => ("add_ok", None),
        };
        if word != expected {
            return Err(format!("the answer's type is “{word}” and not “{expected}”"));
        }
        if let Some(field) = field {
            let value = body.get(field).ok_or_else(|| format!("{expected} has no field “{field}”"))?;
            if matches!(workload, Workload::Broadcast | Workload::GSet) && !value.is_array() {
                return Err(format!("“{field}” in {expected} is no list"));
            }
            self.value = Some(value.clone());
        }
        if self.kind == OpKind::Cas {
            self.value = Some(true.into());
        }
        self.status = Status::Ok;
        Ok(())
    }

    /// An error was answered.
    fn failed(&mut self, code: i64) {
        self.error = Some(code);
        // These two say something about the register, which has to be true.
        (self.status, self.value) = match (self.kind, code) {
            (OpKind::Read, NO_KEY) if !self.key.is_null() => (Status::Ok, Some(Value::Null)),
            (OpKind::Cas, NO_KEY | OTHER_VALUE) => (Status::Ok, Some(false.into())),
            _ if DEFINITE.contains(&code) || self.only_looks() => (Status::Fail, None),
            _ => (Status::Info, None),
        };
        if self.status == Status::Info {
            self.end = None;
        }
    }

    /// No answer came in time.
    pub(crate) fn abandoned(&mut self, at_us: u64) {
        (self.status, self.end) =
            if self.only_looks() { (Status::Fail, Some(at_us)) } else { (Status::Info, None) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a compare-and-swap and of a read with this answer: status and value.
    fn check(kind: OpKind, body: &Value, expected: Result<(Status, Option<Value>), &str>) {
        let arg = if kind == OpKind::Cas { json!([1, 2]) } else { Value::Null };
        let (key, node) = (json!(3), "n1".to_owned());
        let mut op = Op {
            client: 1,
            node,
            key,
            kind,
            arg,
            value: None,
            status: Status::Info,
            start: 5,
            end: None,
            error: None,
        };
        let read = op.answered(9, body, Workload::LinKv).map(|()| (op.status, op.value.clone()));
        match expected {
            Ok(expected) => {
                assert_eq!(read, Ok(expected), "{body}");
                assert_eq!(op.end, (op.status != Status::Info).then_some(9), "{body}");
            }
            Err(part) => assert!(read.is_err_and(|why| why.contains(part)), "{body}"),
        }
    }

    #[test]
    fn answers_are_taken_at_their_word() {
        check(OpKind::Read, &json!({"type": "read_ok", "value": 7}), Ok((Status::Ok, Some(json!(7)))));
        check(OpKind::Read, &json!({"type": "error", "code": 20}), Ok((Status::Ok, Some(Value::Null))));
        check(OpKind::Read, &json!({"type": "error", "code": 13}), Ok((Status::Fail, None)));
        check(OpKind::Cas, &json!({"type": "cas_ok"}), Ok((Status::Ok, Some(json!(true)))));
        check(OpKind::Cas, &json!({"type": "error", "code": 22}), Ok((Status::Ok, Some(json!(false)))));
        check(OpKind::Cas, &json!({"type": "error", "code": 11}), Ok((Status::Fail, None)));
        check(OpKind::Cas, &json!({"type": "error", "code": 0}), Ok((Status::Info, None)));
        check(OpKind::Cas, &json!({"type": "error", "code": 1234}), Ok((Status::Info, None)));
        check(OpKind::Cas, &json!({"type": "error"}), Err("code"));
        check(OpKind::Read, &json!({"type": "read_ok"}), Err("“value”"));
        check(OpKind::Read, &json!({"type": "raed_ok", "value": 1}), Err("“raed_ok”"));
    }
}
