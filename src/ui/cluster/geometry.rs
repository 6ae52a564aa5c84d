//! Positions on the stage: nodes in a ring, the client to its left.
//!
//! Guarantees: labels point away from the ring's middle and stay inside the frame for three to nine nodes; more nodes
//! have no labels, stand in one ring or two, and never touch, for up to 51; all stages share the same arithmetic.
//! Leaves out: drawing.

// The browser has these functions already; Rust's would enlarge the download.
use js_sys::Math;
use std::f64::consts::{PI, TAU};

use crate::ui::format::px;

/// A point on the stage.
pub(crate) type Point = (f64, f64);

/// The number of nodes that fit into one ring of the stage of many nodes.
const ONE_RING: usize = 24;

/// A stage: its frame, ring and dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stage {
    /// The frame's width and height.
    pub(crate) size: Point,
    /// The ring's middle.
    pub(crate) centre: Point,
    /// The ring's half axes.
    pub(crate) ring: Point,
    /// The client's position.
    pub(crate) client: Point,
    /// A node's radius.
    pub(crate) node: f64,
    /// The radius of the timer's arc.
    pub(crate) arc: f64,
    /// Lines end this far from a node's middle.
    pub(crate) gap: f64,
    /// How many entries of a log are shown.
    pub(crate) cells: usize,
    /// Whether nodes have labels with terms; else a line of text and small cells.
    pub(crate) labels: bool,
    /// The inner ring's half axes, for nodes that do not fit into one; they have neither text nor cells.
    pub(crate) inner: Option<Point>,
}

impl Stage {
    /// The full stage.
    pub(crate) const FULL: Self = Self {
        size: (760.0, 572.0),
        centre: (424.0, 296.0),
        ring: (232.0, 158.0),
        client: (62.0, 300.0),
        node: 30.0,
        arc: 38.0,
        gap: 50.0,
        cells: 9,
        labels: true,
        inner: None,
    };

    /// The compact stage, for phones and frames in course pages.
    pub(crate) const COMPACT: Self = Self {
        size: (440.0, 368.0),
        centre: (246.0, 198.0),
        ring: (142.0, 104.0),
        client: (34.0, 208.0),
        node: 19.5,
        arc: 25.5,
        gap: 34.0,
        cells: 9,
        labels: false,
        inner: None,
    };

    /// The stage of many nodes.
    pub(crate) const MANY: Self = Self {
        size: (520.0, 460.0),
        centre: (292.0, 232.0),
        ring: (196.0, 196.0),
        client: (34.0, 232.0),
        node: 13.0,
        arc: 16.0,
        gap: 19.0,
        cells: 0,
        labels: false,
        inner: Some((140.0, 140.0)),
    };

    /// The stage for a number of nodes.
    pub(crate) fn of(count: usize, compact: bool) -> Self {
        match count {
            ..=6 if !compact => Self::FULL,
            ..=9 => Self::COMPACT,
            _ => Self::MANY,
        }
    }

    /// The frame as a `viewBox`.
    pub(crate) fn view_box(&self) -> String {
        format!("0 0 {:.0} {:.0}", self.size.0, self.size.1)
    }

    /// The position of the `place`-th of `count` nodes; the first is at the top.
    pub(crate) fn node_at(&self, place: usize, count: usize) -> Point {
        let (part, ring) = match self.inner {
            // Every other node is in the inner ring, in the gaps of the outer one.
            Some(inner) if count > ONE_RING => {
                let (outer_count, at) = (count.div_ceil(2) as f64, (place / 2) as f64);
                if place.is_multiple_of(2) {
                    (at / outer_count, self.ring)
                } else {
                    ((at + 0.5) / (count / 2) as f64, inner)
                }
            }
            _ => (place as f64 / count.max(1) as f64, self.ring),
        };
        let angle = -PI / 2.0 + TAU * part;
        (self.centre.0 + ring.0 * Math::cos(angle), self.centre.1 + ring.1 * Math::sin(angle))
    }

    /// The way from the client to the node at `to`. Where it would cross another node, it bends towards the ring's
    /// middle, because labels point away from there.
    pub(crate) fn way(&self, to: Point, others: impl Iterator<Item = Point>) -> Way {
        let from = self.client;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let inward = (self.centre.1 - middle.1) * ux - (self.centre.0 - middle.0) * uy;
        let (nx, ny) = if inward < 0.0 { (uy, -ux) } else { (-uy, ux) };
        let bend = |other: Point| {
            let (x, y) = (other.0 - from.0, other.1 - from.1);
            let (along, off) = ((x * ux + y * uy) / length, x * nx + y * ny);
            let crosses = (0.1..0.9).contains(&along) && off.abs() < self.gap;
            if crosses { (off + self.gap) / (2.0 * along * (1.0 - along)) } else { 0.0 }
        };
        // Among many nodes a straight line is easier to follow.
        let most = if self.inner.is_some() { 0.0 } else { others.map(bend).fold(0.0, f64::max) };
        let via = (middle.0 + nx * most, middle.1 + ny * most);
        Way { start: ends(from, via, self.node + 6.0, 0.0).0, via, end: ends(via, to, 0.0, self.gap).1 }
    }

    /// Whether a node's label goes above it.
    pub(crate) fn plate_above(&self, at: Point) -> bool {
        at.1 < self.centre.1 + 1.0
    }
}

/// The way between the client and a node: a line, or a bow around the nodes that the line would cross.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Way {
    /// Its end at the client.
    start: Point,
    /// The point that bends it.
    via: Point,
    /// Its end at the node.
    end: Point,
}

impl Way {
    /// The point after `part` of it, seen from the client.
    pub(crate) fn at(&self, part: f64) -> Point {
        let rest = 1.0 - part;
        let (a, b, c) = (rest * rest, 2.0 * rest * part, part * part);
        (
            a * self.start.0 + b * self.via.0 + c * self.end.0,
            a * self.start.1 + b * self.via.1 + c * self.end.1,
        )
    }

    /// It as path data.
    pub(crate) fn path(&self) -> String {
        let Self { start, via, end } = self;
        format!("M{} {}Q{} {} {} {}", px(start.0), px(start.1), px(via.0), px(via.1), px(end.0), px(end.1))
    }
}

/// The point that lies `part` of the way from `a` to `b`, after `gap` at both ends.
pub(crate) fn between(a: Point, b: Point, gap_a: f64, gap_b: f64, part: f64) -> Point {
    let (start, end) = ends(a, b, gap_a, gap_b);
    (start.0 + (end.0 - start.0) * part, start.1 + (end.1 - start.1) * part)
}

/// The ends of the line from `a` to `b` that keeps its distance from both.
pub(crate) fn ends(a: Point, b: Point, gap_a: f64, gap_b: f64) -> (Point, Point) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    ((a.0 + ux * gap_a, a.1 + uy * gap_a), (b.0 - ux * gap_b, b.1 - uy * gap_b))
}

/// `p` moved sideways by `by`, seen in the direction from `a` to `b`.
pub(crate) fn aside(p: Point, a: Point, b: Point, by: f64) -> Point {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    (p.0 - dy / length * by, p.1 + dx / length * by)
}

/// A straight line as path data.
pub(crate) fn line(a: Point, b: Point) -> String {
    format!("M{} {}L{} {}", px(a.0), px(a.1), px(b.0), px(b.1))
}

/// A part of a circle around the origin as path data: from `from` to `to`, fractions of a turn, clockwise
/// from the top.
pub(crate) fn arc(radius: f64, from: f64, to: f64) -> String {
    let to = to.min(from + 0.9999);
    let at = |part: f64| {
        let angle = part * TAU;
        (radius * Math::sin(angle), -radius * Math::cos(angle))
    };
    let (start, end) = (at(from), at(to));
    let large = i32::from(to - from > 0.5);
    let radius = radius.to_string();
    format!("M{} {}A{radius} {radius} 0 {large} 1 {} {}", px(start.0), px(start.1), px(end.0), px(end.1))
}

/// The position of the tip of an arc.
pub(crate) fn tip(radius: f64, part: f64) -> Point {
    let angle = part * TAU;
    (radius * Math::sin(angle), -radius * Math::cos(angle))
}
