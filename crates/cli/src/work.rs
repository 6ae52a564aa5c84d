//! Runs many tasks on several threads, with early termination.
//!
//! Tasks are numbered; idle threads take the next number, and results are delivered in order of the numbers.
//! Guarantees: the results and their order do not depend on the number of threads; a task that declares itself the last
//! ends the work at the same number as with one thread; once a stop is requested, no task is started, running tasks are
//! abandoned, and finished results are still delivered, with the numbers that they cover. Leaves out: what tasks do,
//! and the wall clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

use serde::Serialize;

use super::progress::Line;
use quorum_i18n::{Arg, Lang};

/// Threads have as much of a stack as the program itself.
const STACK_BYTES: usize = 8 << 20;

/// Whether an end was asked for.
#[derive(Debug)]
pub(super) struct Stop {
    asked: AtomicBool,
    /// Tasks until it is asked for by itself, for tests; never, if there are more than that.
    tasks_left: AtomicU64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { asked: AtomicBool::new(false), tasks_left: AtomicU64::new(u64::MAX) }
    }
}

impl Stop {
    /// As if Ctrl-C was pressed when this number of tasks was done.
    #[cfg(test)]
    pub(super) fn after(tasks: u64) -> Self {
        Self { asked: AtomicBool::new(tasks == 0), tasks_left: AtomicU64::new(tasks) }
    }

    /// Asks for an end; whether one had been asked for before.
    pub(super) fn ask(&self) -> bool {
        self.asked.swap(true, SeqCst)
    }

    pub(super) fn asked(&self) -> bool {
        self.asked.load(SeqCst)
    }

    /// A task is done.
    pub(super) fn count(&self) {
        if self.tasks_left.fetch_sub(1, SeqCst) == 1 {
            self.ask();
        }
    }

    /// This number of tasks is done, of those that are not counted one by one.
    pub(super) fn reach(&self, tasks: u64) {
        if tasks >= self.tasks_left.load(SeqCst) {
            self.ask();
        }
    }

    /// Lets Ctrl-C ask for an end; pressed once more, it ends the program at once.
    pub(super) fn listen(self: &Arc<Self>) {
        let stop = Arc::clone(self);
        // Without a handler the first one ends the program, which is as good as it gets then.
        let _ = ctrlc::set_handler(move || {
            if stop.ask() {
                std::process::exit(i32::from(super::INTERRUPTED));
            }
        });
    }
}

/// What commands that take long have besides their arguments.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// Threads.
    pub(super) jobs: usize,
    pub(super) stop: Arc<Stop>,
    /// Whether progress is drawn: a person looks at the errors' output.
    pub(super) drawn: bool,
    pub(super) lang: Lang,
    /// How many times faster a drill on a real server is played: 1, except in tests.
    pub(super) pace: u64,
}

impl Context {
    /// A line that shows how far something is.
    pub(super) fn line(&self, total: u64, what: &str) -> Line {
        Line::new(self.drawn, self.lang, total, what)
    }
}

/// What a task may ask while it is done.
pub(super) struct Going<'a> {
    at: u64,
    end: &'a AtomicU64,
    stop: &'a Stop,
    line: &'a Line,
}

impl Going<'_> {
    /// Whether the task is still wanted; asked every now and then, so that Ctrl-C is obeyed soon.
    pub(super) fn on(&self) -> bool {
        self.line.look();
        !self.stop.asked() && self.at < self.end.load(SeqCst)
    }
}

/// What came of a task.
#[derive(Debug)]
pub(super) struct Done<T> {
    pub(super) value: T,
    /// Whether no later task is wanted.
    pub(super) last: bool,
}

/// Which of the tasks are done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Covered {
    /// Numbers from, up to but not including.
    ranges: Vec<(u64, u64)>,
    /// How many there are.
    done: u64,
    of: u64,
}

impl Covered {
    /// The first ones, as many as are done.
    pub(super) fn up_to(done: u64, of: u64) -> Self {
        Self { ranges: (done > 0).then_some((0, done)).into_iter().collect(), done, of }
    }

    fn add(&mut self, at: u64) {
        self.done += 1;
        match self.ranges.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => self.ranges.push((at, at + 1)),
        }
    }

    /// The mark, if anything is missing. `first` is what task 0 is called, and `kind` what tasks are.
    pub(super) fn partial(&self, first: u64, kind: Kind) -> Option<Partial> {
        (self.done < self.of).then(|| self.cut(first, kind))
    }

    /// The mark of a result in which nothing is missing, but something could be better.
    pub(super) fn cut(&self, first: u64, kind: Kind) -> Partial {
        let ranges = self.ranges.iter().map(|(from, to)| (from + first, to + first)).collect();
        Partial { interrupted: true, included: Included { kind, ranges, done: self.done, of: self.of } }
    }
}

/// What tasks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Seeds,
    Runs,
    Lessons,
    Cases,
    Files,
}

/// The mark of a result that is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Partial {
    interrupted: bool,
    included: Included,
}

/// What a result that is not whole covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Included {
    kind: Kind,
    /// From, up to but not including, as `--seeds` has it.
    ranges: Vec<(u64, u64)>,
    done: u64,
    of: u64,
}

impl Partial {
    /// What it covers.
    pub(super) fn included(&self) -> &Included {
        &self.included
    }

    /// Whether nothing at all is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.included.done == 0
    }

    /// The mark as a sentence.
    pub(super) fn text(&self, lang: Lang) -> String {
        let Included { kind, ranges, done, of } = &self.included;
        let ranges: Vec<String> = ranges.iter().map(|(from, end)| format!("{from}..{end}")).collect();
        let figures =
            [("done", Arg::from(*done)), ("of", Arg::from(*of)), ("ranges", ranges.join(", ").into())];
        let key = match kind {
            _ if *done == 0 => "cli-partial-none",
            _ if done == of => "cli-partial-shrinking",
            Kind::Seeds => "cli-partial-seeds",
            Kind::Runs => "cli-partial-runs",
            Kind::Lessons => "cli-partial-lessons",
            Kind::Cases => "cli-partial-cases",
            Kind::Files => "cli-partial-files",
        };
        lang.f(key, &figures)
    }
}

/// Does tasks 0 to `count`, and hands over what comes of them in this order. A task that is no longer wanted gives
/// none.
pub(super) fn each<T: Send>(
    context: &Context,
    line: &Line,
    count: u64,
    work: impl Fn(u64, &Going<'_>) -> Option<Done<T>> + Sync,
    mut take: impl FnMut(u64, T),
) -> Covered {
    let (next, end) = (AtomicU64::new(0), AtomicU64::new(count));
    let (send, results) = mpsc::channel();
    let go = |send: mpsc::Sender<(u64, T)>| {
        loop {
            let at = next.fetch_add(1, SeqCst);
            let going = Going { at, end: &end, stop: &context.stop, line };
            let Some(done) = going.on().then(|| work(at, &going)).flatten() else { return };
            if done.last {
                end.fetch_min(at + 1, SeqCst);
            }
            context.stop.count();
            line.advance();
            if send.send((at, done.value)).is_err() {
                return;
            }
        }
    };
    let mut covered = Covered::default();
    std::thread::scope(|scope| {
        let threads = (context.jobs as u64).min(count).max(1);
        for _ in 0..threads {
            let (go, send) = (&go, send.clone());
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            if thread.spawn_scoped(scope, move || go(send)).is_err() {
                // Those that could be started do the work.
                break;
            }
        }
        drop(send);
        let (mut waiting, mut due) = (BTreeMap::new(), 0);
        let mut hand_over = |at, value| {
            // Work after the last task is discarded.
            if at < end.load(SeqCst) {
                covered.add(at);
                take(at, value);
            }
        };
        for (at, value) in results {
            waiting.insert(at, value);
            while let Some(value) = waiting.remove(&due) {
                hand_over(due, value);
                due += 1;
            }
        }
        waiting.into_iter().for_each(|(at, value)| hand_over(at, value));
    });
    covered.of = end.into_inner();
    covered
}
