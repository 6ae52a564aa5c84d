//! Positions of pods: layers from the clients down to the object store, pods of a kind side by side.
//!
//! Guarantees: every pod has one position inside the frame, for all counts; the same pods in the same frame have the
//! same positions; a line of pods that would be too crowded becomes two. Leaves out: drawing.

use quorum_facade::milvus::topology::Component;
use quorum_types::NodeId;

/// A point of the frame.
pub(crate) type Point = (f64, f64);

/// The layers below the clients, from top to bottom.
const LAYERS: [&[Component]; 6] = [
    &[Component::Proxy],
    &[
        Component::RootCoord,
        Component::QueryCoord,
        Component::DataCoord,
        Component::IndexCoord,
        Component::MixCoord,
    ],
    &[Component::QueryNode],
    &[Component::DataNode, Component::IndexNode, Component::StreamingNode],
    &[Component::Meta, Component::Wal],
    &[Component::ObjectStore],
];

/// Distance between the frame and its contents.
const MARGIN: f64 = 10.0;
/// Distance between two groups of a layer.
const GAP: f64 = 8.0;
/// Height of a group's title.
pub(crate) const TITLE: f64 = 17.0;
/// Minimum distance between neighbouring pods.
const CELL: f64 = 28.0;
/// Half the width that a pod's letters and the edges take, and each digit of its number.
const LETTERS: f64 = 9.4;
const DIGIT: f64 = 3.8;
/// Half the height from which a label fits into the object store's cylinder, and the room that it needs beside it.
const STORE_LABEL: f64 = 11.0;
const BESIDE: f64 = 26.0;
/// Minimum size of the frame.
const LEAST: Point = (340.0, 460.0);

/// Where a pod has the letters of its kind; the same for all pods of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Letters {
    /// Before its number.
    Before,
    /// Before its number, beside the pod.
    Beside,
    /// Nowhere: there is no room.
    None,
}

/// A pod's position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spot {
    /// The pod.
    pub(crate) id: NodeId,
    /// Its kind.
    pub(crate) component: Component,
    /// Its centre.
    pub(crate) at: Point,
    /// Half its width and half its height.
    pub(crate) half: Point,
    /// The line of pods that it is in, from the top.
    pub(crate) line: usize,
    /// Whether there is room for a label beneath it.
    pub(crate) worded: bool,
    /// Whether the label may be long.
    pub(crate) roomy: bool,
    /// Whether there is room for a letter or two only.
    pub(crate) tight: bool,
    /// Where it has the letters of its kind.
    pub(crate) letters: Letters,
}

/// Pods of a kind, and the box around them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Group {
    /// Their kind.
    pub(crate) component: Component,
    /// Their number.
    pub(crate) count: usize,
    /// The upper left corner.
    pub(crate) at: Point,
    /// Width and height.
    pub(crate) size: Point,
}

/// The complete layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Width and height of the frame.
    pub(crate) size: Point,
    /// The position of the clients.
    pub(crate) client: Point,
    /// The groups.
    pub(crate) groups: Vec<Group>,
    /// The pods, layer by layer.
    pub(crate) spots: Vec<Spot>,
}

/// The relative height of a line of pods.
fn weight(component: Component) -> f64 {
    match component {
        Component::QueryNode => 1.3,
        Component::ObjectStore => 0.72,
        _ => 1.0,
    }
}

impl Plan {
    /// Lays out pods, given as number and kind in the order of their numbers, in a frame.
    pub(crate) fn of(pods: &[(NodeId, Component)], size: Point) -> Self {
        let size = (size.0.max(LEAST.0), size.1.max(LEAST.1));
        let mut plan = Self { size, ..Self::default() };
        let layers: Vec<Vec<(Component, Vec<NodeId>)>> = LAYERS
            .iter()
            .map(|kinds| kinds.iter().filter_map(|kind| of_kind(pods, *kind)).collect())
            .collect();
        let layers: Vec<_> = layers.into_iter().filter(|layer: &Vec<_>| !layer.is_empty()).collect();
        let lines: Vec<usize> = layers.iter().map(|layer| lines_of(layer, size.0)).collect();
        let total: f64 =
            layers.iter().zip(&lines).map(|(layer, lines)| weight(layer[0].0) * *lines as f64).sum();
        // Clients have a line of their own at the top.
        let top = 52.0;
        // On a narrow frame their label needs the room to their right.
        plan.client = (if size.0 < 520.0 { 36.0 } else { size.0 / 2.0 }, 27.0);
        let titles: f64 = layers.len() as f64 * (TITLE + 7.0);
        let unit = (size.1 - top - 4.0 - titles) / total.max(1.0);
        let (mut y, mut line) = (top, 0);
        for (layer, lines) in layers.iter().zip(lines) {
            let height = TITLE + weight(layer[0].0) * lines as f64 * unit;
            plan.layer(layer, lines, (y, height), line);
            y += height + 7.0;
            line += lines;
        }
        plan
    }

    /// One layer: its groups share the width by their number of pods.
    fn layer(&mut self, layer: &[(Component, Vec<NodeId>)], lines: usize, (y, height): Point, line: usize) {
        let wide = self.size.0 - 2.0 * MARGIN - GAP * (layer.len() - 1) as f64;
        // A group of one still needs room for its title.
        let share = |pods: &Vec<NodeId>| pods.len().max(2) as f64;
        let all: f64 = layer.iter().map(|(_, pods)| share(pods)).sum();
        let mut x = MARGIN;
        for (component, pods) in layer {
            let width = wide * share(pods) / all;
            let group = Group { component: *component, count: pods.len(), at: (x, y), size: (width, height) };
            self.stand(&group, pods, lines, line);
            self.groups.push(group);
            x += width + GAP;
        }
    }

    /// Places the pods of a group in `lines` lines.
    fn stand(&mut self, group: &Group, pods: &[NodeId], lines: usize, line: usize) {
        let a_line = pods.len().div_ceil(lines).max(1);
        let cell = (group.size.0 - 8.0) / a_line as f64;
        let high = (group.size.1 - TITLE) / lines as f64;
        let worded = high >= 50.0 && cell >= 40.0;
        let roomy = cell >= 100.0;
        let tight = !worded && high >= 45.0 && cell >= 24.0;
        // Room for the crown above a pod, and for its label beneath.
        let (above, beneath) = match (worded, tight) {
            (true, _) => (12.0, 20.0),
            (_, true) => (9.0, 17.0),
            _ => (9.0, 5.0),
        };
        let tall = ((high - above - beneath) / 2.0).max(8.0);
        let half = match group.component {
            Component::QueryNode => ((cell / 2.0 - 4.0).min(96.0), tall.min(30.0)),
            Component::ObjectStore => {
                let beside = if tall < STORE_LABEL { BESIDE } else { 0.0 };
                ((group.size.0 / a_line as f64 / 2.0 - 14.0 - beside).clamp(14.0, 150.0), tall.min(12.0))
            }
            _ => {
                let half = tall.min(cell / 2.0 - 3.0).min(17.0);
                (half, half)
            }
        };
        let letters = letters(group.component, half, pods);
        for (place, id) in pods.iter().enumerate() {
            let (row, column) = (place / a_line, place % a_line);
            let at = (
                group.at.0 + 4.0 + cell * (column as f64 + 0.5),
                group.at.1 + TITLE + high * row as f64 + above + tall,
            );
            self.spots.push(Spot {
                id: *id,
                component: group.component,
                at,
                half,
                line: line + row,
                worded,
                roomy,
                tight,
                letters,
            });
        }
    }

    /// The position of a pod, or for 0 of a client.
    pub(crate) fn at(&self, id: NodeId) -> Option<Point> {
        if id == 0 {
            return Some(self.client);
        }
        self.spots.iter().find(|spot| spot.id == id).map(|spot| spot.at)
    }

    /// The pod next to another, this many to the right and this many lines down.
    pub(crate) fn next(&self, from: NodeId, right: isize, down: isize) -> Option<NodeId> {
        let place = self.spots.iter().position(|spot| spot.id == from)?;
        let here = &self.spots[place];
        if down == 0 {
            let next = self.spots.get(place.checked_add_signed(right)?)?;
            return (next.line == here.line).then_some(next.id);
        }
        let line = here.line.checked_add_signed(down)?;
        let off = |spot: &&Spot| (spot.at.0 - here.at.0).abs();
        let there = self.spots.iter().filter(|spot| spot.line == line);
        there.min_by(|a, b| off(a).total_cmp(&off(b))).map(|spot| spot.id)
    }
}

/// Where the pods of a group have letters: where the longest number leaves room for them.
fn letters(component: Component, half: Point, pods: &[NodeId]) -> Letters {
    let digits = pods.iter().map(|id| id.to_string().len()).max().unwrap_or(1) as f64;
    if component == Component::ObjectStore && half.1 < STORE_LABEL {
        Letters::Beside
    } else if half.0 >= LETTERS + DIGIT * digits {
        Letters::Before
    } else {
        Letters::None
    }
}

fn of_kind(pods: &[(NodeId, Component)], kind: Component) -> Option<(Component, Vec<NodeId>)> {
    let ids: Vec<NodeId> =
        pods.iter().filter(|(_, component)| *component == kind).map(|(id, _)| *id).collect();
    (!ids.is_empty()).then_some((kind, ids))
}

/// The number of lines of a layer.
fn lines_of(layer: &[(Component, Vec<NodeId>)], width: f64) -> usize {
    let pods: usize = layer.iter().map(|(_, pods)| pods.len().max(2)).sum();
    let least = if layer[0].0 == Component::QueryNode { 2.0 * CELL } else { CELL };
    let fit = ((width - 2.0 * MARGIN - GAP * layer.len() as f64) / least).max(1.0) as usize;
    pods.div_ceil(fit).clamp(1, 3)
}

/// The ends of the line from `a` to `b` that keeps a distance from both.
pub(crate) fn ends(a: Point, b: Point, gap: f64) -> (Point, Point) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt().max(2.0 * gap + 1.0);
    let (x, y) = (dx / length * gap, dy / length * gap);
    ((a.0 + x, a.1 + y), (b.0 - x, b.1 - y))
}
