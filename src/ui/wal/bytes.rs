//! The log as bytes: sixteen per row, each with its meaning, the durable frontier as a stepped line between them.
//!
//! Guarantees: every byte shown was read from the log just now; the log is read at most four times a second; bytes that
//! are not durable yet, or torn, are drawn differently. Leaves out: editing, and files as a whole (`files`).

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::memo::keyed;
use crate::ui::use_lang;
use crate::web::session::Session;
use quorum_facade::{Answer, Command, Control, WalSpan, WalWindow};
use quorum_i18n::{Lang, say_known};
use quorum_types::NodeId;

/// Bytes per row.
const ROW: u64 = 16;
/// Bytes per window.
const WINDOW: u64 = 208;
/// Shortest time between two reads, in milliseconds.
const READ_MS: u32 = 260;

/// The properties of the view of bytes.
#[derive(Properties, PartialEq)]
pub(crate) struct BytesProps {
    /// The session to read from.
    pub(crate) session: Session,
    /// The node whose log is shown.
    pub(crate) node: NodeId,
    /// Bytes of the log; a change triggers another read.
    pub(crate) log_bytes: u64,
    /// The durable frontier; a change triggers another read.
    pub(crate) durable_lsn: u64,
    /// How often the run was opened; a change triggers another read.
    pub(crate) boot: u32,
    /// Whether there is a worker to read from; without one the last read stays.
    pub(crate) running: bool,
}

/// The position of a read: none follows the durable frontier.
type Place = Option<(u32, u64)>;

/// The view of bytes, read again as the log grows.
#[component]
pub(crate) fn LiveBytes(props: &BytesProps) -> Html {
    let window = use_state(|| None::<Rc<WalWindow>>);
    let place = use_state_eq(|| None::<(u32, u64)>);
    let reader = use_memo(props.session.clone(), |session| Reader::new(session.clone()));
    {
        let (window, reader, node) = (window.clone(), Rc::clone(&reader), props.node);
        let log = (props.log_bytes, props.durable_lsn, props.boot);
        let key = (log, props.running, *place, Rc::clone(&reader));
        use_effect_with(key, move |(_, running, place, _)| {
            if *running {
                reader.read(node, *place, window.setter());
            }
        });
    }
    let onplace = {
        let place = place.clone();
        Callback::from(move |to: Place| place.set(to))
    };
    let lang = use_lang();
    match &*window {
        Some(window) => {
            bytes_view(lang, &ViewProps { window: window.clone(), following: place.is_none(), onplace })
        }
        None => html! { <p class="fine">{ lang.t("wal-loading") }</p> },
    }
}

/// Reads windows, one at a time and not too often; the last request is always honoured.
struct Reader {
    session: Session,
    busy: Cell<bool>,
    wish: Cell<Option<(NodeId, Place)>>,
}

impl PartialEq for Reader {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl Reader {
    fn new(session: Session) -> Self {
        Self { session, busy: Cell::new(false), wish: Cell::new(None) }
    }

    fn read(self: &Rc<Self>, node: NodeId, place: Place, show: UseStateSetter<Option<Rc<WalWindow>>>) {
        self.wish.set(Some((node, place)));
        if self.busy.replace(true) {
            return;
        }
        let reader = Rc::clone(self);
        spawn_local(async move {
            while let Some((node, place)) = reader.wish.take() {
                let command = Command::Control(Control::Wal {
                    node,
                    file: place.map(|place| place.0),
                    offset: place.map(|place| place.1),
                    bytes: WINDOW,
                });
                if let Answer::Wal { wal, .. } = reader.session.execute(command).await {
                    show.set(Some(Rc::new(wal)));
                }
                TimeoutFuture::new(READ_MS).await;
            }
            reader.busy.set(false);
        });
    }
}

/// The inputs of one window.
#[derive(Default)]
pub struct ViewProps {
    /// The window.
    pub window: Rc<WalWindow>,
    /// Whether it follows the durable frontier.
    pub following: bool,
    /// Called with another position to read from.
    pub onplace: Callback<Option<(u32, u64)>>,
}

/// One window of bytes with their meaning.
pub fn bytes_view(lang: Lang, props: &ViewProps) -> Html {
    let window = &props.window;
    let first = window.offset - window.offset % ROW;
    let end = window.offset + window.bytes.len() as u64;
    let rows = first / ROW..end.div_ceil(ROW);
    let label = lang.f(
        "wal-zoom-aria",
        &[
            ("offset", hex(window.offset).into()),
            ("n", window.bytes.len().into()),
            ("durable", hex(window.durable_bytes).into()),
        ],
    );
    html! {
        <section class="blockx" data-view="wal" data-file={window.file.to_string()}
            data-durable={window.durable_bytes.to_string()}>
            <h2 class="h-blk">
                <span class="mono">{ format!("wal-{:06}", window.file) }</span><small>{ lang.t("wal-bytes-s") }</small>
                { navigation(lang, props) }
            </h2>
            <div class="hex" role="group" tabindex="0" aria-label={label}>
                <div class="hr hr-h" aria-hidden="true">
                    <span class="ho">{ lang.t("wal-offset") }</span>
                    <span class="hb">
                        {
                            for (0..ROW)
                                .map(
                                    |n| html! {
                                        <i class={classes!("b", (n == 8).then_some("b8"))}>
                                            { format!("{n:02X}") }
                                        </i>
                                    }
                                )
                        }
                    </span>
                    <span class="hn">{ lang.t("wal-meaning") }</span>
                </div>
                { for rows.map(|row| keyed(row, one_row, line(window, row))) }
            </div>
        </section>
    }
}

fn navigation(lang: Lang, props: &ViewProps) -> Html {
    let window = &props.window;
    let to = |offset: u64| {
        let file = window.file;
        props.onplace.reform(move |_: MouseEvent| Some((file, offset)))
    };
    let step = WINDOW - ROW;
    let last = window.file_bytes.saturating_sub(ROW);
    let further = (window.offset + step).min(last - last % ROW);
    let at_end = window.offset + window.bytes.len() as u64 >= window.file_bytes;
    let follow = props.onplace.reform(|_: MouseEvent| None);
    html! {
        <span class="hex-nav">
            <button class="iconbtn" type="button" data-act="wal-back" aria-label={lang.t("wal-nav-back")}
                title={lang.t("wal-nav-back")}
                aria-disabled={inert(window.offset == 0)}
                onclick={to(window.offset.saturating_sub(step))}>{ ic("left") }</button>
            <button class="iconbtn" type="button" data-act="wal-forward" aria-label={lang.t("wal-nav-fwd")}
                title={lang.t("wal-nav-fwd")}
                aria-disabled={inert(at_end)} onclick={to(further)}>{ ic("right") }</button>
            if !props.following {
                <button class="linkbtn" type="button" data-act="wal-tail" onclick={follow}>
                    { lang.t("wal-nav-tail") }
                </button>
            }
        </span>
    }
}

/// A byte with its appearance.
#[derive(Clone, Debug, PartialEq)]
struct Byte {
    value: u8,
    tone: &'static str,
    tag: Option<String>,
    durable: bool,
    frontier_below: bool,
    frontier_above: bool,
    frontier_left: bool,
}

/// A row: its bytes by position, and the fields that begin in it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    offset: u64,
    bytes: Vec<Option<Byte>>,
    notes: Vec<(String, String, u64)>,
    /// The position of the durable frontier, if it runs through this row.
    frontier: Option<u64>,
    torn: bool,
}

fn line(window: &WalWindow, row: u64) -> Line {
    let offset = row * ROW;
    let frontier = window.durable_bytes;
    // The line is drawn where durable and other bytes meet; if all are durable there is none.
    let meets = frontier < window.file_bytes && (offset..offset + ROW).contains(&frontier);
    let below = |at: u64| {
        frontier < window.file_bytes && at < frontier && at + ROW >= frontier && (!meets || at >= offset)
    };
    let mut notes: Vec<(String, String, u64)> = Vec::new();
    let bytes = (offset..offset + ROW)
        .map(|at| {
            let value =
                *at.checked_sub(window.offset).and_then(|n| window.bytes.get(usize::try_from(n).ok()?))?;
            let span = span_at(window, at);
            let begins = span.filter(|span| span.offset == at);
            if let Some(span) = begins {
                notes.push((span.field.clone(), span.value.clone(), span.lsn));
            }
            Some(Byte {
                value,
                tone: span.map_or("f-pay", |span| tone(&span.field)),
                tag: begins.map(|span| span.field.clone()),
                durable: at < frontier,
                frontier_below: below(at) && row_of(at) == row,
                frontier_above: meets && at >= frontier,
                frontier_left: meets && at == frontier && at > offset,
            })
        })
        .collect();
    let torn = span_at(window, offset).is_some_and(|span| span.field == "torn");
    Line { offset, bytes, notes, frontier: meets.then_some(frontier), torn }
}

fn row_of(at: u64) -> u64 {
    at / ROW
}

fn span_at(window: &WalWindow, at: u64) -> Option<&WalSpan> {
    let place = window.spans.partition_point(|span| span.offset + span.bytes <= at);
    window.spans.get(place).filter(|span| span.offset <= at)
}

/// A field's appearance: headers stand out, payloads are plain.
fn tone(field: &str) -> &'static str {
    match field {
        "length" | "magic" | "file_header" => "f-len",
        "payload_sum" | "header_sum" => "f-crc",
        "lsn" | "durable_lsn" | "epoch" | "boot" => "f-lsn",
        "kind" | "version" | "flags" => "f-typ",
        "rows_front" | "shape" | "keys" | "int64" | "hard_state" | "delete" | "catalog" | "segments" => {
            "f-cnt"
        }
        "torn" => "f-torn",
        _ => "f-pay",
    }
}

/// A row of bytes; redrawn only when its bytes or their meaning change.
fn one_row(lang: Lang, line: &Line) -> Html {
    // Labels are drawn above bytes only where there is room for them; the others are in the last column.
    let mut free = 0usize;
    let mut tagged = false;
    let cells: Html = line
        .bytes
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let Some(byte) = byte else {
                return html! { <i class={classes!("b", (place == 8).then_some("b8"))} /> };
            };
            let tag = byte.tag.as_ref().map(|field| field_word(lang, field));
            let wide = tag.as_ref().map_or(0, |tag| 1 + cells_of(tag));
            // A label that would run into the last column ends above its byte.
            let ends = place + wide > line.bytes.len();
            let (from, to) =
                if ends { ((place + 1).saturating_sub(wide), place + 1) } else { (place, place + wide) };
            let tag = tag.filter(|_| from >= free);
            if tag.is_some() {
                free = to;
                tagged = true;
            }
            html! {
                <i class={classes!("b", byte.tone, (place == 8).then_some("b8"), (!byte.durable).then_some("b-un"),
                    byte.frontier_below.then_some("fr-bot"),
                    byte.frontier_above.then_some("fr-top"),
                    byte.frontier_left.then_some("fr-left")
                    )}>
                    if let Some(tag) = tag { <em class={classes!(ends.then_some("b-end"))}>{ tag }</em> }
                    { format!("{:02X}", byte.value) }
                </i>
            }
        })
        .collect();
    html! {
        <div
            class={classes!(
                "hr",
                (tagged || line.frontier.is_some()).then_some("hr-tag"),
                line.frontier.is_some().then_some("hr-fr")
            )}>
            <span class="ho">{ hex(line.offset) }</span>
            <span class="hb">{ cells }</span>
            <span class="hn">{ notes(lang, line) }</span>
        </div>
    }
}

/// How many bytes a label covers beyond its own.
fn cells_of(tag: &str) -> usize {
    tag.chars().map(|c| if c.is_ascii() { 7 } else { 13 }).sum::<usize>() / 24
}

fn notes(lang: Lang, line: &Line) -> Html {
    if line.torn {
        return html! { <b class="v-gone">{ lang.t("wal-torn") }</b> };
    }
    let mut said: Vec<Html> = Vec::new();
    if let Some(frontier) = line.frontier {
        said.push(html! { <b>{ lang.f("wal-durable-at", &[("offset", hex(frontier).into())]) }</b> });
    }
    for (field, value, lsn) in &line.notes {
        let text = if value.is_empty() {
            field_word(lang, field)
        } else {
            format!("{} {value}", field_word(lang, field))
        };
        // The first field of a record also names the record.
        if field == "length" || field == "torn" {
            said.push(html! {
                <b class={classes!((field == "torn").then_some("v-gone"))}>
                    { lang.f("wal-record", &[("lsn", (*lsn).into())]) }
                </b>
            });
        }
        said.push(html! { <span>{ text }</span> });
    }
    said.into_iter().collect()
}

/// A field's label; the name itself where the catalogue has none.
fn field_word(lang: Lang, field: &str) -> String {
    say_known(lang, &format!("field-{field}"), &[]).unwrap_or_else(|| field.replace('_', " "))
}

fn hex(offset: u64) -> String {
    format!("{offset:06X}")
}
