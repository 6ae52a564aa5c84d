//! The actions on two regions, as the palette lists them.
//!
//! Guarantees: the same intents as the tools. Leaves out: runbooks and configurations, which have their own editors.

use super::region_actions::{Possible, Spot, possible};
use super::{facts, region};
use crate::ui::cluster::Pick;
use crate::ui::intent::Intent;
use crate::ui::intent::RegionIntent;
use crate::ui::palette::acts::{Act, to};
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// The actions on both regions, on the link and on the whole.
pub(crate) fn acts(lang: Lang, pick: Option<Pick>, now: &Snapshot) -> Vec<Act> {
    let Some(facts) = facts(now) else { return Vec::new() };
    let mut acts = Vec::new();
    for (place, site) in facts.sites.iter().enumerate() {
        let Possible { lose, back, wipe, cut, .. } = possible(facts, Some(Spot::Region(place)));
        let down = if site.alive { "pal-why-cannot" } else { "pal-why-down" };
        let one = |word: &str, icon, label: &'static str, key, intent: Option<RegionIntent>, why| Act {
            word: format!("{word}-{place}"),
            icon,
            text: to(lang, lang.f(label, &[]), &region(lang, place)),
            key: Some(key),
            intent: intent.map(Intent::Region),
            why,
            pick: Some(Spot::Region(place).pick()),
        };
        acts.push(one("lose", "kill", "rg-tool-lose", "K", lose, down));
        acts.push(one("return", "restart", "rg-tool-return", "R", back, "pal-why-up"));
        acts.push(one("wipe", "disk", "rg-tool-wipe", "W", wipe, "pal-why-cannot"));
        acts.push(one("isolate", "cut", "rg-tool-isolate", "X", cut, down));
    }
    let link = possible(facts, Some(Spot::Link));
    let whole = |word: &str, icon, text: String, key, intent: Option<RegionIntent>, why| Act {
        word: word.to_owned(),
        icon,
        text,
        key: Some(key),
        intent: intent.map(Intent::Region),
        why,
        pick: None,
    };
    let on_link = |word: &str, icon, label: &'static str, key, intent| Act {
        pick: Some(Spot::Link.pick()),
        ..whole(word, icon, to(lang, lang.f(label, &[]), &lang.t("rg-link")), key, intent, "pal-why-cannot")
    };
    acts.push(on_link("cut-link", "cut", "rg-tool-cut", "X", link.cut));
    acts.push(on_link("slow", "pause", "rg-tool-slow", "L", link.slow));
    let heal = possible(facts, pick.and_then(Spot::of)).heal;
    acts.push(whole("heal", "heal", lang.t("rg-tool-heal"), "H", heal, "pal-why-nothing-cut"));
    for (word, icon, label, key, intent) in [
        ("backup", "down", "rg-tool-backup", "B", RegionIntent::Backup),
        ("switchover", "right", "rg-tool-switchover", "S", RegionIntent::Switchover),
        ("failover", "warn", "rg-tool-failover", "F", RegionIntent::Failover),
        ("run", "list", "rg-tool-run", "O", RegionIntent::Run),
        ("mistake", "warn", "rg-key-mistake", "M", RegionIntent::Mistake(0)),
    ] {
        acts.push(whole(word, icon, lang.f(label, &[]), key, Some(intent), "pal-why-cannot"));
    }
    acts
}
