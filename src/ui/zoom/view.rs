//! What is seen of a stage: how far it is enlarged, and which part of it.
//!
//! Guarantees: a stage is never smaller than its frame and never leaves a gap at its edges; enlarging keeps the point
//! below the pointer where it is; figures that are no numbers change nothing. Leaves out: gestures and keys.

/// A point or a size, in pixels of the frame.
pub type Point = (f64, f64);

/// The largest enlargement.
pub const MOST: f64 = 6.0;
/// One step of a button or a key.
pub const STEP: f64 = 1.4;

/// What is seen: a point of the stage is drawn at `at + point × scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// How much larger the stage is than its frame.
    pub scale: f64,
    /// Where its upper left corner is.
    pub at: Point,
}

impl Default for View {
    fn default() -> Self {
        Self { scale: 1.0, at: (0.0, 0.0) }
    }
}

impl View {
    /// Enlarged by a factor, around a point of the frame.
    #[must_use]
    pub fn enlarged(self, factor: f64, around: Point, frame: Point) -> Self {
        let scale = (self.scale * factor).clamp(1.0, MOST);
        if !scale.is_finite() || !around.0.is_finite() || !around.1.is_finite() {
            return self;
        }
        let by = scale / self.scale;
        let at = (around.0 - (around.0 - self.at.0) * by, around.1 - (around.1 - self.at.1) * by);
        Self { scale, at }.within(frame)
    }

    /// Moved by this number of pixels.
    #[must_use]
    pub fn moved(self, by: Point, frame: Point) -> Self {
        if !by.0.is_finite() || !by.1.is_finite() {
            return self;
        }
        Self { at: (self.at.0 + by.0, self.at.1 + by.1), ..self }.within(frame)
    }

    /// Moved as little as necessary, so that a part of the frame from one corner to the other is seen, with a margin.
    #[must_use]
    pub fn showing(self, (from, to): (Point, Point), margin: f64, frame: Point) -> Self {
        let along = |from: f64, to: f64, frame: f64| {
            if from < margin {
                margin - from
            } else if to > frame - margin {
                // What does not fit is shown from its beginning.
                (frame - margin - to).max(margin - from)
            } else {
                0.0
            }
        };
        self.moved((along(from.0, to.0, frame.0), along(from.1, to.1, frame.1)), frame)
    }

    /// Without a gap at the edges.
    fn within(self, frame: Point) -> Self {
        let along = |at: f64, frame: f64| at.clamp((frame * (1.0 - self.scale)).min(0.0), 0.0);
        Self { at: (along(self.at.0, frame.0), along(self.at.1, frame.1)), ..self }
    }

    /// As a style.
    pub fn style(self) -> String {
        let Self { scale, at: (x, y) } = self;
        if scale <= 1.0 {
            return String::new();
        }
        format!("transform:translate({x:.1}px,{y:.1}px) scale({scale:.3})")
    }
}
