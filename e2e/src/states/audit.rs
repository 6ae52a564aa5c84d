//! What a state of the page is checked for: every rule of axe, and what axe does not look at.
//!
//! Guarantees: findings name the element and what is wrong with it; nothing of the page is changed but the focus, which
//! goes back. Leaves out: which states there are (`list`), and judgements that no program can make: whether a text is
//! understood, whether an order makes sense.

use serde_json::{Value, json};

use crate::Page;

/// axe-core, as published; see `vendor/axe-core/README.md`.
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// The checks besides axe.
const CHECKS: &str = include_str!("audit.js");

/// A check, by its name in `audit.js`.
pub type Check = &'static str;

/// axe: WCAG 2.2 A and AA, and best practices; without its rule for names, of which [`FORM`] has its own.
pub const AXE_RULES: Check = "rules";
/// The checks for every size: nothing too wide, no text cut off, the focus seen and one stop a group, names that
/// contain what is seen, a language and a title.
pub const FORM: [Check; 6] = ["overflow", "clipping", "groups", "focus", "names", "page"];
/// Controls as large as a finger.
pub const TARGETS: Check = "targets";
/// Whether an action has left the focus nowhere.
pub const LOST: Check = "lost";

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The check.
    pub check: String,
    /// The element.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

/// Puts the checks into the document, unless they are there.
pub fn install(page: &Page) {
    if page.eval("!!window.audit") == Value::Bool(false) {
        page.eval(&format!("{AXE};0"));
        page.eval(&format!("{CHECKS};0"));
    }
}

/// Runs checks on what a page shows.
pub fn audit(page: &Page, checks: &[Check]) -> Vec<Finding> {
    install(page);
    let found = page.eval(&format!("window.audit({})", json!(checks)));
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    found
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| Finding { check: text(one, "check"), place: text(one, "where"), what: text(one, "what") })
        .collect()
}
