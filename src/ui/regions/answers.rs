//! Which region takes writes, since when, where the name points, and how the disaster stands.
//!
//! Guarantees: two regions that both take writes are both named. Leaves out: what is lost, which every world says in
//! the same words (`ui::answers`).

use super::time::{at, long};
use super::{facts, region};
use crate::ui::marks::{MarkKind, RegionMark as Mark};
use crate::ui::story::Story;
use quorum_facade::Snapshot;
use quorum_i18n::Lang;

/// Sentences about who takes writes.
pub fn leads(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    let Some(facts) = facts(now) else { return Vec::new() };
    let mut said = Vec::new();
    for (place, site) in facts.sites.iter().enumerate().filter(|(_, site)| site.alive && site.primary) {
        let of = |mark: Mark| u32::try_from(place).is_ok_and(|place| mark == Mark::Promoted(place));
        let promoted = |kind: MarkKind| matches!(kind, MarkKind::Region(mark) if of(mark));
        let name = ("region", region(lang, place).into());
        said.push(match story.since(now.t_us, promoted) {
            Some(t_us) => lang.f("rg-tw-leads-since", &[name, ("t", at(lang, t_us).into())]),
            None => lang.f("rg-tw-leads", &[name]),
        });
        if !site.reachable {
            said.push(lang.f("rg-tw-unreachable", &[("region", region(lang, place).into())]));
        }
    }
    if said.is_empty() {
        said.push(lang.t("rg-tw-nobody"));
    }
    for (place, _) in facts.sites.iter().enumerate().filter(|(_, site)| !site.alive) {
        said.push(lang.f("rg-tw-dark", &[("region", region(lang, place).into())]));
    }
    if (facts.dns as usize) < facts.sites.len() {
        said.push(lang.f("rg-tw-dns", &[("region", region(lang, facts.dns as usize).into())]));
    }
    if let Some(disaster) = &facts.disaster {
        let struck = [("t", at(lang, disaster.at_us).into()), ("failed", disaster.failed.into())];
        said.push(match disaster.rto_us {
            Some(rto_us) => {
                let [t, failed] = struck;
                lang.f("rg-tw-over", &[("rto", long(lang, rto_us).into()), t, failed])
            }
            None => lang.f("rg-tw-under-way", &struck),
        });
    } else {
        said.push(lang.t("rg-tw-calm"));
    }
    said
}
