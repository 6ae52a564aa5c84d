//! The actions on two regions, and their commands.
//!
//! Guarantees: an action that makes no sense now is not offered. Leaves out: texts (`config`, `runbook`), and how
//! commands are sent (`actions`).

use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::intent::{Intent, RegionIntent};
use quorum_facade::regions::runbook::Runbook;
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_facade::{Command, Control, RegionAction};
use quorum_types::NodeId;

/// The bandwidth of a slow link, in kilobytes per second.
const SLOW_KB_S: u64 = 1;

/// A selectable item of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A region.
    Region(usize),
    /// A node of a region.
    Node(usize, usize),
    /// The link between them.
    Link,
}

impl Spot {
    /// Its encoding in the page's selection: a region is ten or twenty, its nodes are counted from there.
    pub fn pick(self) -> Pick {
        match self {
            Self::Region(region) => Pick::Node(10 * (region as NodeId + 1)),
            Self::Node(region, node) => Pick::Node(10 * (region as NodeId + 1) + 1 + node as NodeId),
            Self::Link => Pick::Link(1, 2),
        }
    }

    /// Decodes a selection.
    pub fn of(pick: Pick) -> Option<Self> {
        match pick {
            Pick::Node(id @ 10..=29) => {
                let region = id as usize / 10 - 1;
                Some(match id % 10 {
                    0 => Self::Region(region),
                    node => Self::Node(region, node as usize - 1),
                })
            }
            Pick::Node(_) | Pick::Message(_) => None,
            Pick::Link(..) => Some(Self::Link),
        }
    }
}

/// What the digit keys select: the regions and the link.
pub(crate) fn by_digit(digit: NodeId) -> Option<Pick> {
    Some(match digit {
        1 => Spot::Region(0).pick(),
        2 => Spot::Region(1).pick(),
        3 => Spot::Link.pick(),
        _ => return None,
    })
}

/// The command of an intent.
pub(crate) fn commands(intent: RegionIntent, now: &Snapshot) -> Vec<Command> {
    let built_in = |name: &str| RegionAction::Run(Runbook::built_in(name).unwrap_or_default());
    let action = match intent {
        RegionIntent::Lose(region) => RegionAction::Lose { region, wiped: false },
        RegionIntent::Wipe(region) => RegionAction::Lose { region, wiped: true },
        RegionIntent::Return(region) => RegionAction::Return { region },
        RegionIntent::Isolate(region) => RegionAction::Isolate { region },
        RegionIntent::KillNode(region, node) => RegionAction::KillNode { region, node },
        RegionIntent::StartNode(region, node) => RegionAction::StartNode { region, node },
        RegionIntent::CutLink => RegionAction::Link { kb_s: 0 },
        RegionIntent::SlowLink => RegionAction::Link { kb_s: SLOW_KB_S },
        RegionIntent::Heal => RegionAction::Heal,
        RegionIntent::Backup => RegionAction::Backup,
        RegionIntent::Mistake(collection) => RegionAction::Mistake { collection },
        RegionIntent::Surprise(surprise) => RegionAction::Surprise(surprise),
        RegionIntent::Switchover => built_in("switchover"),
        RegionIntent::Failover => built_in("forced"),
        RegionIntent::Run => {
            let text = now.regions.as_deref().map(|facts| facts.runbook.as_str()).unwrap_or_default();
            // The run's own runbook was parsed before it was shown.
            RegionAction::Run(Runbook::parse(text).unwrap_or_default())
        }
        RegionIntent::Step(step) => RegionAction::Step(step),
        RegionIntent::FailBack => RegionAction::FailBack { merge: false },
        RegionIntent::MergeBack => RegionAction::FailBack { merge: true },
        RegionIntent::Dump => RegionAction::Dump,
        RegionIntent::Set(name, value) => {
            return vec![Command::Control(Control::Set { name: name.to_owned(), value })];
        }
    };
    vec![Command::Region(action)]
}

/// The actions on the selection that make sense now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// Cut its power.
    pub lose: Option<RegionIntent>,
    /// Restore it.
    pub back: Option<RegionIntent>,
    /// Destroy it.
    pub wipe: Option<RegionIntent>,
    /// Cut it off, or the link.
    pub cut: Option<RegionIntent>,
    /// Slow the link.
    pub slow: Option<RegionIntent>,
    /// Heal what was cut or slowed.
    pub heal: Option<RegionIntent>,
}

/// The actions that make sense now for the selection.
pub fn possible(facts: &RegionsFacts, spot: Option<Spot>) -> Possible {
    let site = |region: usize| facts.sites.get(region);
    let full = super::value_of(facts, "link_kb_s");
    let hurt = facts.link.kb_s != full || facts.sites.iter().any(|site| site.alive && !site.reachable);
    let heal = hurt.then_some(RegionIntent::Heal);
    let none = Possible { heal, ..Possible::default() };
    match spot {
        None => none,
        Some(Spot::Region(region)) => match site(region) {
            None => none,
            Some(site) if site.alive => Possible {
                lose: Some(RegionIntent::Lose(region)),
                wipe: Some(RegionIntent::Wipe(region)),
                cut: site.reachable.then_some(RegionIntent::Isolate(region)),
                ..none
            },
            Some(site) => Possible {
                back: Some(RegionIntent::Return(region)),
                wipe: (!site.wiped).then_some(RegionIntent::Wipe(region)),
                ..none
            },
        },
        Some(Spot::Node(region, node)) => {
            match site(region).map(|site| (site.alive, site.nodes.get(node).copied())) {
                Some((true, Some(true))) => {
                    Possible { lose: Some(RegionIntent::KillNode(region, node)), ..none }
                }
                Some((true, Some(false))) => {
                    Possible { back: Some(RegionIntent::StartNode(region, node)), ..none }
                }
                _ => none,
            }
        }
        Some(Spot::Link) => Possible {
            cut: (facts.link.kb_s > 0).then_some(RegionIntent::CutLink),
            slow: (facts.link.kb_s > SLOW_KB_S).then_some(RegionIntent::SlowLink),
            ..none
        },
    }
}

/// The action of a tool on the selection at this moment.
pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    let facts = now.regions.as_deref()?;
    let can = possible(facts, pick.and_then(Spot::of));
    let action = match tool {
        Tool::Kill => can.lose,
        Tool::Restart => can.back,
        Tool::Freeze => Some(RegionIntent::Failover),
        Tool::Cut => can.cut.or(can.heal),
    };
    action.map(Intent::Region)
}

/// The action of a letter key, beyond the tools' own keys.
pub(crate) fn by_letter(letter: char, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    let facts = now.regions.as_deref()?;
    let can = possible(facts, pick.and_then(Spot::of));
    let action = match letter {
        'b' => Some(RegionIntent::Backup),
        'm' => Some(RegionIntent::Mistake(0)),
        's' => Some(RegionIntent::Switchover),
        'l' => can.slow,
        'h' => can.heal,
        'w' => can.wipe,
        'o' => Some(RegionIntent::Run),
        _ => None,
    };
    action.map(Intent::Region)
}
