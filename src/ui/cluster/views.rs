//! The views of a replica set as the page calls them, and how the page gets them.
//!
//! Guarantees: with the feature `split` nothing but `load` refers to the views, so that they are a chunk of their own.
//! Leaves out: what each view shows.

use std::rc::Rc;

use yew::prelude::*;

use super::history::Clients;
use super::inspect::NodeInspector;
use super::partition::Split;
use super::path::path;
use super::{LiveCluster, Pick, PictureProps, legend, picture};
use crate::ui::instruments::{instruments, vitals};
use crate::ui::memo::memo;
use crate::ui::rules::{RulesProps, rules};
use crate::ui::world_views::ClusterViews;
use crate::web::session::Session;
use quorum_facade::Snapshot;
use quorum_i18n::Lang;

crate::chunk::code! {
    /// Fetches the views of a replica set.
    cluster_views: ClusterViews = ClusterViews {
        stage,
        picture: still,
        path,
        vitals: |now| memo(vitals, now.clone()),
        gauges,
        inspector: |looking| html! { <NodeInspector ..looking /> },
        history: |looking| html! { <Clients ..looking /> },
    }
}

fn stage(session: &Session, compact: bool, pick: Option<Pick>, onpick: Callback<Option<Pick>>) -> Html {
    html! {
        <>
            <Split session={session.clone()}>
                <LiveCluster session={session.clone()} {compact} {pick} {onpick} />
            </Split>
            { memo(legend, ()) }
        </>
    }
}

fn still(lang: Lang, moment: &Rc<Snapshot>) -> Html {
    let props = PictureProps { moment: Rc::clone(moment), compact: true, ..PictureProps::default() };
    picture(lang, &props)
}

fn gauges(now: &Rc<Snapshot>, of_rules: RulesProps) -> Html {
    html! { <>{ instruments(now) }{ memo(rules, of_rules) }</> }
}
