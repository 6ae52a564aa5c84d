//! The pipe to one Chromium, shared by the tests that use it at the same time.
//!
//! Guarantees: an answer goes to the connection that asked, an event to the connection that attached to its page (or to
//! the page of its worker), and to no other; when the browser is gone, every connection receives the end after what
//! came before it. Leaves out: what messages mean (`protocol`).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::{Value, json};

/// The pipe.
#[derive(Debug)]
pub struct Wire {
    to: Mutex<Option<ChildStdin>>,
    routes: Arc<Mutex<Routes>>,
}

/// Which connection receives what.
#[derive(Debug, Default)]
struct Routes {
    next: u64,
    /// False once the browser is gone: no new connection receives anything.
    gone: bool,
    connections: BTreeMap<u64, Sender<Value>>,
    /// From a pending request to the connection that made it.
    asked: BTreeMap<u64, u64>,
    /// From a session, of a page or a worker, to the connection that attached to it.
    sessions: BTreeMap<String, u64>,
}

/// Locks a mutex, ignoring poison: every change to the data is complete.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Routes {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Passes a message on. One that no connection waits for any more is dropped.
    fn pass(&mut self, message: Value) {
        let session = message["sessionId"].as_str();
        let to = match message["id"].as_u64() {
            Some(id) => self.asked.remove(&id),
            None => session.and_then(|session| self.sessions.get(session)).copied(),
        };
        let Some(to) = to else { return };
        // The connection that attached receives its events from now on: the answer names a page, the event a worker.
        let attached = [&message["result"]["sessionId"], &message["params"]["sessionId"]];
        if let Some(session) = attached.into_iter().find_map(Value::as_str) {
            if message["method"] == "Target.detachedFromTarget" {
                self.sessions.remove(session);
            } else {
                self.sessions.insert(session.to_owned(), to);
            }
        }
        if let Some(connection) = self.connections.get(&to) {
            // A connection that has just been closed needs no message.
            let _ = connection.send(message);
        }
    }
}

impl Wire {
    /// A new wire over the browser's pipes.
    pub fn new(to: ChildStdin, from: ChildStdout) -> Arc<Self> {
        let routes = Arc::<Mutex<Routes>>::default();
        let wire = Arc::new(Self { to: Mutex::new(Some(to)), routes: Arc::clone(&routes) });
        thread::spawn(move || {
            let mut reader = BufReader::new(from);
            let mut message = Vec::new();
            while matches!(reader.read_until(0, &mut message), Ok(read) if read > 0) {
                message.pop();
                if let Ok(value) = serde_json::from_slice(&message) {
                    locked(&routes).pass(value);
                }
                message.clear();
            }
            let mut routes = locked(&routes);
            routes.gone = true;
            // Without its sender a connection receives the remaining messages, and then the end.
            routes.connections.clear();
        });
        wire
    }

    /// A new connection: its number, and its receiver.
    pub fn connect(&self) -> (u64, Receiver<Value>) {
        let (sender, receiver) = channel();
        let mut routes = locked(&self.routes);
        let number = routes.number();
        if !routes.gone {
            routes.connections.insert(number, sender);
        }
        (number, receiver)
    }

    /// Removes a connection, which receives nothing from now on.
    pub fn leave(&self, connection: u64) {
        let mut routes = locked(&self.routes);
        routes.connections.remove(&connection);
        routes.asked.retain(|_, by| *by != connection);
        routes.sessions.retain(|_, of| *of != connection);
    }

    /// Whether the browser is gone.
    pub fn gone(&self) -> bool {
        locked(&self.routes).gone
    }

    /// Sends a request for a connection; returns its number, or none when the browser is gone.
    pub fn send(&self, connection: u64, session: Option<&str>, method: &str, params: Value) -> Option<u64> {
        let id = {
            let mut routes = locked(&self.routes);
            let id = routes.number();
            routes.asked.insert(id, connection);
            id
        };
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let mut to = locked(&self.to);
        let pipe = to.as_mut()?;
        pipe.write_all(&bytes).and_then(|()| pipe.flush()).ok()?;
        Some(id)
    }

    /// Closes the writing end, which asks the browser to end.
    pub fn hang_up(&self) {
        *locked(&self.to) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Routes with two connections, and their receivers.
    fn two() -> (Routes, [Receiver<Value>; 2]) {
        let mut routes = Routes::default();
        let ears = [1, 2].map(|number| {
            let (sender, receiver) = channel();
            routes.connections.insert(number, sender);
            receiver
        });
        (routes, ears)
    }

    #[test]
    fn each_connection_hears_of_its_own_pages_and_workers() {
        let (mut routes, [first, second]) = two();
        routes.asked.extend([(7, 1), (8, 2)]);
        routes.pass(json!({"id": 8, "result": {"sessionId": "page"}}));
        routes.pass(json!({"id": 7, "result": {}}));
        routes.pass(json!(
            {"method": "Target.attachedToTarget", "sessionId": "page", "params": {"sessionId": "worker"}}
        ));
        routes.pass(json!({"method": "Runtime.bindingCalled", "sessionId": "worker", "params": {}}));
        routes.pass(json!(
            {"method": "Target.detachedFromTarget",
                "sessionId": "page",
                "params": {"sessionId": "worker"}}
        ));
        routes.pass(json!({"method": "Runtime.bindingCalled", "sessionId": "worker", "params": {}}));
        routes.pass(json!({"method": "Page.loadEventFired", "sessionId": "strange", "params": {}}));
        let ids = |ear: &Receiver<Value>| ear.try_iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), [json!(7)]);
        assert_eq!(ids(&second), [json!(8), Value::Null, Value::Null, Value::Null]);
    }

    #[test]
    fn a_connection_that_left_hears_nothing_more() {
        let (mut routes, [first, _]) = two();
        routes.asked.insert(7, 1);
        routes.sessions.insert("page".to_owned(), 1);
        let wire = Wire { to: Mutex::new(None), routes: Arc::new(Mutex::new(routes)) };
        wire.leave(1);
        locked(&wire.routes).pass(json!({"id": 7, "result": {}}));
        locked(&wire.routes).pass(json!({"method": "x", "sessionId": "page"}));
        assert!(first.try_iter().next().is_none());
        assert!(locked(&wire.routes).sessions.is_empty() && wire.send(2, None, "x", json!({})).is_none());
    }
}
