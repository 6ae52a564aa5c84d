//! How long a question rests until it is asked again.
//!
//! A question that was answered right is asked again after 1, 3, 7, 16 and 35 days; a wrong answer begins that again.
//! Guarantees: intervals only grow with right answers. Leaves out: the clock, and which questions there are (`review`).

/// When a question was answered last, and how often in a row it was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Review {
    /// The day, counted from 1 January 1970.
    pub day: u32,
    /// How many times in a row the first answer was right, up to [`HIGHEST`]; 0 after a wrong one.
    pub level: u32,
}

/// The highest level.
pub const HIGHEST: u32 = 5;
/// Days until a question is asked again, by level. A wrong answer is asked again the next day.
const DAYS: [u32; HIGHEST as usize + 1] = [1, 1, 3, 7, 16, 35];

impl Review {
    /// The review after another answer. What is answered right twice on one day counts once.
    #[must_use]
    pub fn after(self, right: bool, today: u32) -> Self {
        let again = u32::from(self.day != today);
        let level = if right { (self.level + again).min(HIGHEST) } else { 0 };
        Self { day: today, level }
    }

    /// The day on which the question is asked again.
    pub fn due_day(self) -> u32 {
        self.day.saturating_add(DAYS[self.level.min(HIGHEST) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_answers_rest_longer_and_a_wrong_one_begins_again() {
        let mut review = Review::default();
        let mut rests = Vec::new();
        for _ in 0..7 {
            review = review.after(true, review.due_day());
            rests.push(review.due_day() - review.day);
        }
        assert_eq!(rests, [1, 3, 7, 16, 35, 35, 35]);
        assert_eq!(review.after(true, review.day), review, "twice on one day counts once");
        assert_eq!(review.after(false, 99), Review { day: 99, level: 0 });
    }
}
