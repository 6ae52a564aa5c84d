//! What can be done to two regions, and the commands that it amounts to.
//!
//! Promises: what makes no sense now is not offered. Leaves out: texts (`config`, `runbook`), and how commands are sent
//! (`actions`).

use crate::ui::actions::Act;
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use quorum_facade::{Command, Control, RegionDeed};
use quorum_facade::regions::deed::Surprise;
use quorum_facade::regions::runbook::Step;
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_types::NodeId;

/// What a slow link still carries, in kilobytes a second.
const SLOW_KB_S: u64 = 1;

/// What can be done to two regions; regions, nodes and collections count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Take a region's power.
    Lose(usize),
    /// Take all it has, for ever.
    Wipe(usize),
    /// Give it its power back.
    Return(usize),
    /// Cut a region off from the world.
    Isolate(usize),
    /// Take a node's power.
    KillNode(usize, usize),
    /// Give it back.
    StartNode(usize, usize),
    /// Cut the link.
    CutLink,
    /// Let the link carry next to nothing.
    SlowLink,
    /// Mend what was cut or slowed.
    Heal,
    /// Make a backup.
    Backup,
    /// Delete all rows of a collection by mistake.
    Mistake(usize),
    /// Prepare something that is not seen.
    Surprise(Surprise),
    /// Switch over as planned.
    Switchover,
    /// Switch over by force.
    Failover,
    /// Do what the runbook says.
    Run,
    /// Do one step by hand.
    Step(Step),
    /// Let the former primary follow again; what only it has is given up.
    FailBack,
    /// The same; what only it has is brought over where nothing contradicts it.
    MergeBack,
    /// Change a setting of the run.
    Set(&'static str, u64),
}

/// Something on the stage that can be selected.
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
    /// As the page's selection has it: a region is ten or twenty, its nodes are counted from there.
    pub fn pick(self) -> Pick {
        match self {
            Self::Region(region) => Pick::Node(10 * (region as NodeId + 1)),
            Self::Node(region, node) => Pick::Node(10 * (region as NodeId + 1) + 1 + node as NodeId),
            Self::Link => Pick::Link(1, 2),
        }
    }

    /// What a selection means here.
    pub fn of(pick: Pick) -> Option<Self> {
        match pick {
            Pick::Node(id @ 10..=29) => {
                let region = id as usize / 10 - 1;
                Some(match id % 10 {
                    0 => Self::Region(region),
                    node => Self::Node(region, node as usize - 1),
                })
            }
            Pick::Node(_) => None,
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

/// The commands of a deed.
pub(crate) fn commands(deed: Deed, now: &Snapshot) -> Vec<Command> {
    let said = |word: &str, region: Option<usize>, value: Option<u64>, text: Option<&str>| Command::Region(RegionDeed::Region {
        deed: word.to_owned(),
        region: region.map(|region| region as u64),
        value,
        text: text.map(str::to_owned),
    });
    let plain = |word: &str| said(word, None, None, None);
    let at = |word: &str, region: usize| said(word, Some(region), None, None);
    vec![match deed {
        Deed::Lose(region) => at("lose", region),
        Deed::Wipe(region) => at("wipe", region),
        Deed::Return(region) => at("return", region),
        Deed::Isolate(region) => at("isolate", region),
        Deed::KillNode(region, node) => said("kill_node", Some(region), Some(node as u64), None),
        Deed::StartNode(region, node) => said("start_node", Some(region), Some(node as u64), None),
        Deed::CutLink => plain("cut_link"),
        Deed::SlowLink => said("slow_link", None, Some(SLOW_KB_S), None),
        Deed::Heal => plain("heal"),
        Deed::Backup => plain("backup"),
        Deed::Mistake(collection) => said("mistake", None, Some(collection as u64), None),
        Deed::Surprise(surprise) => said("surprise", None, None, Some(surprise.word())),
        Deed::Switchover => plain("switchover"),
        Deed::Failover => plain("failover"),
        Deed::Run => {
            let text = now.regions.as_deref().map(|facts| facts.runbook.as_str()).unwrap_or_default();
            said("run", None, None, Some(text))
        }
        Deed::Step(step) => said("step", None, None, Some(step.word())),
        Deed::FailBack => plain("fail_back"),
        Deed::MergeBack => plain("merge_back"),
        Deed::Set(name, value) => Command::Control(Control::Set { name: name.to_owned(), value }),
    }]
}

/// The deeds on what is selected that make sense now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// Take its power.
    pub lose: Option<Deed>,
    /// Give it back.
    pub back: Option<Deed>,
    /// Take all it has.
    pub wipe: Option<Deed>,
    /// Cut it off, or the link.
    pub cut: Option<Deed>,
    /// Slow the link.
    pub slow: Option<Deed>,
    /// Mend what was cut or slowed.
    pub heal: Option<Deed>,
}

/// What makes sense now for what is selected.
pub fn possible(facts: &RegionsFacts, spot: Option<Spot>) -> Possible {
    let site = |region: usize| facts.sites.get(region);
    let full = super::value_of(facts, "link_kb_s");
    let hurt = facts.link.kb_s != full || facts.sites.iter().any(|site| site.alive && !site.reachable);
    let heal = hurt.then_some(Deed::Heal);
    let none = Possible { heal, ..Possible::default() };
    match spot {
        None => none,
        Some(Spot::Region(region)) => match site(region) {
            None => none,
            Some(site) if site.alive => Possible {
                lose: Some(Deed::Lose(region)),
                wipe: Some(Deed::Wipe(region)),
                cut: site.reachable.then_some(Deed::Isolate(region)),
                ..none
            },
            Some(site) => Possible {
                back: Some(Deed::Return(region)),
                wipe: (!site.wiped).then_some(Deed::Wipe(region)),
                ..none
            },
        },
        Some(Spot::Node(region, node)) => {
            match site(region).map(|site| (site.alive, site.nodes.get(node).copied())) {
                Some((true, Some(true))) => Possible { lose: Some(Deed::KillNode(region, node)), ..none },
                Some((true, Some(false))) => Possible { back: Some(Deed::StartNode(region, node)), ..none },
                _ => none,
            }
        }
        Some(Spot::Link) => Possible {
            cut: (facts.link.kb_s > 0).then_some(Deed::CutLink),
            slow: (facts.link.kb_s > SLOW_KB_S).then_some(Deed::SlowLink),
            ..none
        },
    }
}

/// What a tool does to what is selected at this moment.
pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Act> {
    let facts = now.regions.as_deref()?;
    let can = possible(facts, pick.and_then(Spot::of));
    let deed = match tool {
        Tool::Kill => can.lose,
        Tool::Restart => can.back,
        Tool::Freeze => Some(Deed::Failover),
        Tool::Cut => can.cut.or(can.heal),
    };
    deed.map(Act::Region)
}

/// What a letter does, beyond the tools' own keys.
pub(crate) fn by_letter(letter: char, pick: Option<Pick>, now: &Snapshot) -> Option<Act> {
    let facts = now.regions.as_deref()?;
    let can = possible(facts, pick.and_then(Spot::of));
    let deed = match letter {
        'b' => Some(Deed::Backup),
        'm' => Some(Deed::Mistake(0)),
        's' => Some(Deed::Switchover),
        'l' => can.slow,
        'h' => can.heal,
        'w' => can.wipe,
        'o' => Some(Deed::Run),
        _ => None,
    };
    deed.map(Act::Region)
}
