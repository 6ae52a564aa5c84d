//! What is chosen for an embedded lab, and the code that says so: the custom element, a frame, a link.
//!
//! Guarantees: a pure function of the choice; every text is escaped for the place it is written to, so that the code
//! shows what was chosen, whatever the address of this page held; parameters with their usual value are left out.
//! Leaves out: the form and the page.

use std::fmt::Write as _;

use crate::web::address::Theme;
use quorum_facade::swarm::WorldKind;
use quorum_i18n::Lang;

/// The height of a lab in a wide column, in CSS pixels.
pub const USUAL_PX: u32 = 540;
/// The bounds of the least height.
pub const HEIGHTS_PX: (u32, u32) = (320, 2_000);
/// The widths that are offered besides the whole column.
pub const WIDTHS_PX: [u32; 2] = [720, 390];

/// What opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// A lesson, by slug.
    Lesson(String),
    /// Free play.
    Topology(String),
}

/// Which faults a learner may cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowed {
    /// All.
    #[default]
    All,
    /// None.
    Nothing,
    /// Those that are ticked.
    Some,
}

/// The faults that can be allowed one by one in a world, by their words; each has a name in the catalogues.
pub fn faults_of(world: Option<WorldKind>) -> &'static [&'static str] {
    match world {
        Some(WorldKind::Standalone) => &["pull_plug", "crash", "crash_at", "corrupt", "disk_capacity"],
        Some(WorldKind::Cluster) => {
            &["kill", "pause", "cut", "partition", "power_cut", "clog", "weather", "disk", "wipe", "clock"]
        }
        Some(WorldKind::Milvus) => &[
            "kill",
            "pause",
            "cut",
            "partition",
            "power_cut",
            "slow_disk",
            "full_disk",
            "object_store",
            "lose_objects",
        ],
        Some(WorldKind::Regions) => &["region"],
        None => &[],
    }
}

/// How much of the lab a learner sees.
pub const CONTROLS: [&str; 3] = ["full", "min", "none"];

/// What is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What opens.
    pub run: Run,
    /// The step that a lesson begins with, from 0.
    pub step: u32,
    /// The language; none is that of the page around.
    pub lang: Option<Lang>,
    /// The theme.
    pub theme: Theme,
    /// A place in [`CONTROLS`].
    pub controls: usize,
    /// Whether faults are allowed.
    pub allowed: Allowed,
    /// The faults that are ticked.
    pub faults: Vec<&'static str>,
    /// The seed; none is the lesson's own.
    pub seed: Option<u64>,
    /// Whether the lab opens by itself.
    pub autoplay: bool,
    /// The width; none is the whole column.
    pub width_px: Option<u32>,
    /// The least height.
    pub height_px: u32,
}

/// The words of the lab around a choice.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The folder of the lab, with a slash at its end.
    pub base: &'a str,
    /// What the lab is called, in the language of the choice.
    pub brand: &'a str,
    /// The title of what opens.
    pub title: &'a str,
    /// The language of links where none is chosen.
    pub lang: Lang,
}

impl Choice {
    /// What is chosen at first.
    pub fn new(run: Run, seed: Option<u64>) -> Self {
        Self {
            run,
            step: 0,
            lang: None,
            theme: Theme::Auto,
            controls: 0,
            allowed: Allowed::All,
            faults: Vec::new(),
            seed,
            autoplay: false,
            width_px: None,
            height_px: USUAL_PX,
        }
    }

    /// The parameters of what opens and when, which links have too.
    fn of_run(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![match &self.run {
            Run::Lesson(slug) => ("lesson", slug.clone()),
            Run::Topology(topology) => ("topology", topology.clone()),
        }];
        let step = (self.step > 0 && matches!(self.run, Run::Lesson(_))).then_some(self.step);
        all.extend(step.map(|step| ("step", step.to_string())));
        all.extend(self.seed.map(|seed| ("seed", seed.to_string())));
        all
    }

    /// The parameters of how it looks and what is possible.
    fn of_frame(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        if self.theme != Theme::Auto {
            all.push(("theme", self.theme.code().to_owned()));
        }
        if self.controls > 0 {
            all.push(("controls", CONTROLS.get(self.controls).copied().unwrap_or_default().to_owned()));
        }
        match self.allowed {
            Allowed::All => {}
            Allowed::Some if !self.faults.is_empty() => all.push(("faults", self.faults.join(","))),
            Allowed::Some | Allowed::Nothing => all.push(("faults", "none".to_owned())),
        }
        all
    }

    /// The address of the lab in a frame.
    fn framed(&self, base: &str, more: &[(&'static str, String)]) -> String {
        let mut all = vec![("embed", "1".to_owned())];
        all.extend(self.of_run());
        all.extend(self.lang.map(|lang| ("lang", lang.code().to_owned())));
        all.extend(self.of_frame());
        if self.autoplay {
            all.push(("autoplay", "1".to_owned()));
        }
        all.extend_from_slice(more);
        address(base, &all)
    }

    /// A link that opens the lab in a page of its own.
    pub fn link(&self, around: &Around<'_>) -> String {
        let mut all = self.of_run();
        all.push(("lang", self.lang.unwrap_or(around.lang).code().to_owned()));
        address(around.base, &all)
    }

    /// The address of the preview: nothing of it is kept.
    pub fn preview(&self, around: &Around<'_>) -> String {
        let mut more = vec![("progress", "none".to_owned()), ("kept", "0".to_owned())];
        if self.lang.is_none() {
            more.push(("lang", around.lang.code().to_owned()));
        }
        self.framed(around.base, &more)
    }

    /// The script and the custom element.
    pub fn element(&self, around: &Around<'_>) -> String {
        let mut code =
            format!("<script src=\"{}\"></script>\n<quorum-lab", escaped(around.base) + "embed.js");
        let lang = self.lang.map(|lang| ("lang", lang.tag().to_owned()));
        let height = (self.height_px != USUAL_PX).then(|| ("height", self.height_px.to_string()));
        let width = self.width_px.map(|px| ("style", format!("max-width: {px}px")));
        let all = self.of_run().into_iter().chain(lang).chain(self.of_frame()).chain(height).chain(width);
        for (name, value) in all {
            // Writing to a string cannot fail, here and below.
            let _ = write!(code, " {name}=\"{}\"", escaped(&value));
        }
        if self.autoplay {
            code.push_str(" autoplay");
        }
        let _ = write!(
            code,
            "><a href=\"{}\">{}</a></quorum-lab>",
            escaped(&self.link(around)),
            escaped(around.title)
        );
        code
    }

    /// A plain frame.
    pub fn frame(&self, around: &Around<'_>) -> String {
        let width = self.width_px.map_or_else(|| "100%".to_owned(), |px| px.to_string());
        format!(
            "<iframe src=\"{}\" title=\"{} · {}\" width=\"{width}\" height=\"{}\" loading=\"lazy\" \
             allow=\"clipboard-write\"></iframe>",
            escaped(&self.framed(around.base, &[])),
            escaped(around.title),
            escaped(around.brand),
            self.height_px
        )
    }
}

/// An address of the lab with parameters.
fn address(base: &str, parameters: &[(&'static str, String)]) -> String {
    let one = |(name, value): &(&'static str, String)| format!("{name}={}", encoded(value));
    let query: Vec<String> = parameters.iter().map(one).collect();
    format!("{base}index.html?{}", query.join("&"))
}

/// A value of a query. Colons, commas and equals signs are allowed in it, and `replica-set:5` is easier to read with
/// them.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'=' => {
                text.push(char::from(byte));
            }
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// A text as it is written into HTML, inside or outside of quotation marks.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
