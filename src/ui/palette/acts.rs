//! Actions on what can be selected, as the palette lists them.
//!
//! Guarantees: the same intents as the tools; an action that makes no sense now says why. Leaves out: which things a
//! world has (its views), and doing it (the lab).

use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::intent::Intent;
use quorum_i18n::Lang;

/// An action.
pub(crate) struct Act {
    /// Its name in the document.
    pub(crate) word: String,
    pub(crate) icon: &'static str,
    pub(crate) text: String,
    /// The key that does it to what is selected.
    pub(crate) key: Option<&'static str>,
    /// What it does; none if it makes no sense now.
    pub(crate) intent: Option<Intent>,
    /// Why it makes no sense now, as a message.
    pub(crate) why: &'static str,
    /// What it is done to; none if to the whole.
    pub(crate) pick: Option<Pick>,
}

/// Something that tools act on.
pub(crate) struct Target {
    pub(crate) pick: Pick,
    /// Its name in the document.
    pub(crate) word: String,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) alive: bool,
    pub(crate) paused: bool,
    /// Whether it is cut off.
    pub(crate) cut: bool,
}

/// What the four tools would do to something.
pub(crate) fn of_tools(lang: Lang, target: &Target, strike: impl Fn(Tool) -> Option<Intent>) -> Vec<Act> {
    let down = if target.alive { "pal-why-cannot" } else { "pal-why-down" };
    let freeze = if target.paused { "tool-resume" } else { "tool-pause" };
    let (cut, cut_icon) = if target.cut { ("tool-heal", "heal") } else { ("tool-cut", "cut") };
    [
        (Tool::Kill, "kill", "kill", "tool-kill", "K", down),
        (Tool::Restart, "restart", "restart", "tool-restart", "R", "pal-why-up"),
        (Tool::Freeze, "pause", "pause", freeze, "F", down),
        (Tool::Cut, "cut", cut_icon, cut, "X", "pal-why-cannot"),
    ]
    .into_iter()
    .map(|(tool, word, icon, label, key, why)| Act {
        word: format!("{word}-{}", target.word),
        icon,
        text: to(lang, lang.f(label, &[]), &target.name),
        key: Some(key),
        intent: strike(tool),
        why,
        pick: Some(target.pick),
    })
    .collect()
}

/// An action and what it is done to.
pub(crate) fn to(lang: Lang, act: String, what: &str) -> String {
    lang.f("pal-do", &[("act", act.into()), ("what", what.into())])
}
