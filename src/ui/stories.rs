//! The stories of a run's lines: going to another moment changes which one is shown, and loses none.
//!
//! Guarantees: an event that time only repeats is heard once; a new line begins with the story of the line that it
//! left, up to there; a run that begins again forgets what lies after its present. Leaves out: what is worth telling
//! (`story`).

use std::rc::Rc;

use super::story::Story;
use quorum_facade::Event;
use quorum_facade::snapshot::TimelineFacts;
use quorum_types::Micros;

/// The stories, by the number of their line.
#[derive(Debug, Default)]
pub struct Stories {
    lines: Vec<(u32, Rc<Story>)>,
    /// Events of which the line is not known yet: the next snapshot says it.
    waiting: Vec<Event>,
    skipped: u64,
    /// When the plug was pulled, until the run is open again.
    cut_us: Option<Micros>,
}

impl Stories {
    /// Receives events; they belong to the line of the next snapshot.
    pub fn hear(&mut self, events: &[Event], skipped: u64) {
        self.waiting.extend_from_slice(events);
        self.skipped += skipped;
    }

    /// The story once the plug was pulled.
    pub fn cut_power(&mut self, timeline: Option<&TimelineFacts>, now: Micros) -> Rc<Story> {
        let place = self.place_of(timeline.map_or(0, |timeline| timeline.line), timeline);
        let story = &mut self.lines[place].1;
        Rc::make_mut(story).cut_power(now);
        self.cut_us = Some(now);
        Rc::clone(story)
    }

    /// The story at a snapshot.
    pub fn settle(&mut self, timeline: Option<&TimelineFacts>, now: Micros) -> Rc<Story> {
        let (events, skipped) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.skipped));
        let number = timeline.map_or(0, |timeline| timeline.line);
        let cut_us = self.cut_us.take();
        let mut place = self.place_of(number, timeline);
        let end_us = timeline.map_or(now, |timeline| timeline.end_us);
        if end_us < self.lines[place].1.reached_us {
            // The run began again, in this opening or in another.
            self.lines.swap(0, place);
            self.lines.truncate(1);
            place = 0;
            let from_us = events.first().map_or(now, |event| event.t_us.min(now));
            let story = Rc::make_mut(&mut self.lines[place].1);
            story.cut_after(from_us);
            // What was heard last was not durable: the run goes on earlier than where the power went.
            if cut_us.is_some_and(|cut_us| cut_us > from_us) && from_us > 0 {
                story.cut_power(from_us);
            }
        }
        let story = &mut self.lines[place].1;
        if !events.is_empty() || skipped > 0 {
            Rc::make_mut(story).hear(&events, skipped);
        }
        Rc::clone(story)
    }

    /// The place of a line's story; a new line's begins with that of the line that it left.
    fn place_of(&mut self, number: u32, timeline: Option<&TimelineFacts>) -> usize {
        if let Some(timeline) = timeline {
            self.lines.retain(|(known, _)| {
                *known == number || timeline.lines.iter().any(|line| line.number == *known)
            });
        }
        if let Some(place) = self.lines.iter().position(|line| line.0 == number) {
            return place;
        }
        let line = timeline.and_then(|timeline| timeline.lines.iter().find(|line| line.number == number));
        let parent = line.and_then(|line| line.parent);
        let left = self.lines.iter().find(|line| Some(line.0) == parent).or(self.lines.last());
        let mut story = left.map_or_else(Story::default, |left| (*left.1).clone());
        if let Some(line) = line {
            story.cut_after(line.fork_us);
        }
        self.lines.push((number, Rc::new(story)));
        self.lines.len() - 1
    }
}
