//! The views of two regions as the page calls them, and how the page gets them.
//!
//! Guarantees: with the feature `split` nothing but `load` refers to the views, so that they are a chunk of their own.
//! Leaves out: what each view shows.

use std::rc::Rc;

use yew::prelude::*;

use super::acts;
use super::compare::Compare;
use super::config::Config;
use super::drills::NoteDrills;
use super::dump::{self, SalvageProps};
use super::handbook::Sheets;
use super::inspect::RegionInspector;
use super::rto_rpo::Measured;
use super::runbook::Book;
use super::stage::LiveStage;
use super::time_skip;
use super::tools::{self, ToolsProps};
use super::{answers, changed, cost, facts, narrate, region_actions, setup::Setup};
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::inspect::Looking;
use crate::ui::instruments::invariants;
use crate::ui::intent::{Intent, RegionIntent};
use crate::ui::marks::RegionMark;
use crate::ui::memo::memo;
use crate::ui::palette::acts::Act;
use crate::ui::story::Story;
use crate::ui::world_views::{MarkText, WorldViews};
use crate::web::address::Address;
use crate::web::session::Session;
use quorum_facade::milvus::topology::Component;
use quorum_facade::{Command, Event, Snapshot};
use quorum_i18n::Lang;
use quorum_types::NodeId;

crate::chunk::code! {
    /// Fetches the views of two regions.
    regions_views: &'static dyn WorldViews = &RegionsViews
}

/// The views of two regions.
struct RegionsViews;

impl WorldViews for RegionsViews {
    fn stage(
        &self,
        session: &Session,
        pick: Option<Pick>,
        onpick: Callback<Option<Pick>>,
        onintent: &Callback<Intent>,
    ) -> Html {
        html! { <LiveStage session={session.clone()} {pick} {onpick} onintent={onintent.clone()} /> }
    }

    fn vitals(&self, now: &Rc<Snapshot>) -> Html {
        memo(tools::vitals, now.clone())
    }

    fn tools(
        &self,
        now: &Rc<Snapshot>,
        pick: Option<Pick>,
        running: bool,
        onintent: &Callback<Intent>,
    ) -> Html {
        memo(tools::tools, ToolsProps { now: now.clone(), pick, running, onintent: onintent.clone() })
    }

    fn gauges(
        &self,
        (session, _): (&Session, &Address),
        now: &Rc<Snapshot>,
        running: bool,
        onintent: &Callback<Intent>,
    ) -> Html {
        let Some(facts) = facts(now) else { return Html::default() };
        let (set, seed) = (changed(facts), now.seed);
        let salvage = SalvageProps { now: now.clone(), running, onintent: onintent.clone() };
        html! {
            <>
                <Measured now={now.clone()} />
                { memo(dump::salvage, salvage) }
                <Book session={session.clone()} text={facts.runbook.clone()} set={set.clone()} {seed}
                    {running} busy={facts.failover.running} onintent={onintent.clone()} />
                <Config session={session.clone()} text={facts.config.clone()}
                    settings={facts.settings.clone()} {running} />
                <Compare session={session.clone()} {seed} {set} {running} />
                <NoteDrills session={session.clone()} {running} />
                <Sheets settings={facts.settings.clone()} config={facts.config.clone()}
                    runbook={facts.runbook.clone()} />
                { memo(|lang, now: &Rc<Snapshot>| cost::all(lang, now), now.clone()) }
                { invariants(now) }
            </>
        }
    }

    fn inspector(&self, looking: Looking) -> Html {
        html! { <RegionInspector ..looking /> }
    }

    fn setup(
        &self,
        now: Rc<Snapshot>,
        topology: String,
        running: bool,
        (onintent, onopen): (Callback<Intent>, Callback<String>),
    ) -> Html {
        html! { <Setup {now} {topology} {running} {onintent} {onopen} /> }
    }

    fn sentence(&self, lang: Lang, event: &Event, _: &[Component]) -> Option<String> {
        narrate::sentence(lang, event)
    }

    fn leads(&self, lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
        answers::leads(lang, now, story)
    }

    fn digit(&self, _: &Snapshot, id: NodeId) -> Option<Pick> {
        region_actions::by_digit(id)
    }

    fn acts(&self, lang: Lang, pick: Option<Pick>, now: &Snapshot) -> Vec<Act> {
        acts::acts(lang, pick, now)
    }

    fn strike(&self, tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
        region_actions::strike(tool, pick, now)
    }

    fn region_commands(&self, intent: RegionIntent, now: &Snapshot) -> Vec<Command> {
        region_actions::commands(intent, now)
    }

    fn mark_text(&self, lang: Lang, mark: RegionMark) -> MarkText {
        narrate::mark_text(lang, mark)
    }

    fn leaps(&self, lang: Lang, session: &Session, running: bool) -> Html {
        time_skip::button(lang, session, running)
    }

    fn keys(&self, lang: Lang) -> Option<Html> {
        Some(time_skip::keys(lang))
    }

    fn letter(&self, letter: char, pick: Option<Pick>, now: &Snapshot, session: &Session) -> Option<Intent> {
        match letter {
            'y' => time_skip::to_midnight(session),
            _ => return region_actions::by_letter(letter, pick, now),
        }
        None
    }
}
