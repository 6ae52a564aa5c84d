//! The engine's answers: the four proofs after a recovery (it counts, and shows ten samples, the id range and a
//! vector), and the rows of a query.
//!
//! Guarantees: every figure is an answer of the engine to a query made now; nothing is remembered from before the crash
//! except what it is compared with. Leaves out: repairing anything.

use std::rc::Rc;

use yew::prelude::*;

use super::export::chart;
use super::export::table::{Cell, Table};
use super::format::px;
use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::{matches_media, use_lang};
use crate::web::session::Session;
use quorum_facade::command::{default_collection, default_limit};
use quorum_facade::{Answer, Command, EngineCommand, Params, Row, Value, written};
use quorum_i18n::{Lang, grouped, refused};

/// The collection's dimension, as the course's note has it.
const DIMENSIONS: usize = 128;
/// Number of samples.
const SAMPLES: i64 = 10;

/// The engine's answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Proof {
    /// `count(*)`.
    pub(crate) count: u64,
    /// Rows that had to be present: acknowledged before the power failed, or by the time of the query.
    pub(crate) expected: u64,
    /// The smallest and the largest key.
    pub(crate) range: Option<(i64, i64)>,
    /// The number of samples requested.
    pub(crate) asked: usize,
    /// The samples.
    pub(crate) samples: Vec<Row>,
    /// The number of samples that are identical, bit by bit, to what was written.
    pub(crate) same: usize,
}

/// A query's result, for the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The filter.
    pub(crate) filter: String,
    /// For a search, the row whose vector was searched for.
    pub(crate) near: Option<i64>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// Queries rows; a refusal is returned as its sentence.
pub(crate) async fn query(
    session: &Session,
    filter: &str,
    fields: &[&str],
    limit: Option<u64>,
) -> Result<Vec<Row>, String> {
    match session.execute(Command::query(filter, fields, limit)).await {
        Answer::Rows { rows, .. } => Ok(rows),
        Answer::Refused { code, error, .. } => Err(refused(session.lang(), &code, &error)),
        _ => Ok(Vec::new()),
    }
}

/// Searches the ten rows nearest to the first row's vector.
pub(crate) async fn search(session: &Session) -> Result<Found, String> {
    let first = query(session, "", &["id", "vector"], Some(1)).await?;
    let row = first.first().and_then(|row| Some((row.int("id")?, row.vector("vector")?)));
    let Some((id, vector)) = row else { return Ok(Found::default()) };
    let command = Command::Engine(EngineCommand::Search {
        collection: default_collection(),
        field: String::new(),
        data: vec![vector],
        limit: default_limit(),
        offset: 0,
        metric_type: None,
        params: Params::new(),
        filter: String::new(),
        output_fields: vec!["text".to_owned()],
    });
    match session.execute(command).await {
        Answer::Hits { hits, .. } => {
            let rows = hits.into_iter().next().unwrap_or_default();
            Ok(Found { filter: String::new(), near: Some(id), rows })
        }
        Answer::Refused { code, error, .. } => Err(refused(session.lang(), &code, &error)),
        _ => Ok(Found::default()),
    }
}

/// Has the engine count, and draws ten samples spread evenly over the keys.
pub(crate) async fn prove(session: &Session, expected: u64) -> Result<Proof, String> {
    let counted = query(session, "", &["count(*)"], None).await?;
    let count = counted.first().and_then(|row| row.int("count(*)")).map_or(0, i64::unsigned_abs);
    let range = session.moment().and_then(|now| now.rows.id_range);
    let Some((first, last)) = range else { return Ok(Proof { count, expected, ..Proof::default() }) };
    let mut ids: Vec<i64> = (0..SAMPLES).map(|n| first + (last - first) * n / (SAMPLES - 1)).collect();
    ids.dedup();
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    let filter = format!("id in [{}]", list.join(", "));
    let samples = query(session, &filter, &["id", "text", "vector"], Some(ids.len() as u64)).await?;
    let same =
        samples.iter().filter(|row| as_written(row, session.moment().map_or(0, |now| now.seed))).count();
    Ok(Proof { count, expected, range, asked: ids.len(), samples, same })
}

/// Whether a row is, bit by bit, the one that was written under its key.
fn as_written(row: &Row, seed: u64) -> bool {
    let (Some(id), Some(text), Some(vector)) = (row.int("id"), row.text("text"), row.vector("vector")) else {
        return false;
    };
    let (sent_text, sent) = written(seed, id);
    text == sent_text
        && vector.len() == sent.len()
        && vector.iter().zip(&sent).all(|(found, sent)| found.to_bits() == sent.to_bits())
}

/// The progress of checking.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Proving {
    /// Not requested.
    #[default]
    No,
    /// In progress.
    Running,
    /// Done.
    Done(Rc<Proof>),
    /// Refused.
    Failed(String),
}

/// The proof's gauge: the progress of checking, and whether it can be requested now.
pub(crate) fn proof_gauge(lang: Lang, proving: &Proving, can: bool, onintent: &Callback<Intent>) -> Html {
    let onclick = onintent.reform(|_: MouseEvent| Intent::Prove);
    let body = match proving {
        Proving::No => html! { <p class="fine">{ lang.t("proof-none") }</p> },
        Proving::Running => html! { <p class="fine">{ lang.t("proof-running") }</p> },
        Proving::Failed(error) => {
            html! { <p class="v-gone">{ lang.f("proof-failed", &[("error", error.as_str().into())]) }</p> }
        }
        Proving::Done(proof) => checks(lang, proof),
    };
    html! {
        <section class="gauge" data-view="proof">
            <h2 class="h-inst">
                { lang.t("proof") }
                <button class="linkbtn" type="button" data-act="prove"
                    aria-disabled={inert(!can || *proving == Proving::Running)} {onclick}>
                    { lang.t("proof-run") }
                </button>
            </h2>
            { body }
        </section>
    }
}

fn checks(lang: Lang, proof: &Proof) -> Html {
    let dimensions: Vec<usize> =
        proof.samples.iter().map(|row| row.vector("vector").map_or(0, |vector| vector.len())).collect();
    let right = !dimensions.is_empty() && dimensions.iter().all(|found| *found == DIMENSIONS);
    let (range, contiguous) = match proof.range {
        None => ("—".to_owned(), proof.count == 0),
        Some((first, last)) => {
            let span = last.abs_diff(first) + 1;
            let args = [("first", first.into()), ("last", last.into())];
            let gap = [("n", proof.count.into()), ("span", span.into())];
            if span == proof.count {
                (lang.f("proof-range-v", &args), true)
            } else {
                (lang.f("proof-range-gap", &gap), false)
            }
        }
    };
    let samples = lang.f("proof-samples-v", &[("n", proof.same.into()), ("of", proof.asked.into())]);
    let row = |holds: bool, label: String, figure: String, word: &'static str| {
        html! {
            <li class={classes!("ck", if holds { "ck-ok" } else { "ck-bad" })} data-proof={word}
                data-holds={holds.to_string()}>
                { ic(if holds { "check" } else { "cross" }) }
                <span>{ label }</span>
                <span class="ck-x num">{ figure }</span>
            </li>
        }
    };
    html! {
        <ul class="cks cks-t">
            { row(proof.count >= proof.expected, lang.t("proof-count"), grouped(proof.count), "count") }
            { row(proof.same == proof.asked && proof.asked > 0, lang.t("proof-samples"), samples, "samples") }
            { row(contiguous, lang.t("proof-range"), range, "range") }
            { row(right, lang.t("proof-dims"), dimensions.first().copied().unwrap_or(0).to_string(), "dims") }
        </ul>
    }
}

/// The properties of an answer's block.
#[derive(Properties, PartialEq)]
pub(crate) struct AnsweredProps {
    /// The answer.
    pub(crate) answer: Answered,
}

/// An answer that has its own block on the stage.
#[derive(PartialEq)]
pub(crate) enum Answered {
    /// The rows of a query.
    Found(Rc<Found>),
    /// The samples of a proof.
    Proof(Rc<Proof>),
}

/// An answer's block, scrolled into view when the answer is new.
#[component]
pub(crate) fn AnswerBlock(props: &AnsweredProps) -> Html {
    let lang = use_lang();
    let place = use_node_ref();
    let which = match &props.answer {
        Answered::Found(found) => Rc::as_ptr(found).addr(),
        Answered::Proof(proof) => Rc::as_ptr(proof).addr(),
    };
    {
        let place = place.clone();
        use_effect_with(which, move |_| {
            // On a phone the block is below the lesson, and scrolling would hide the lesson from the learner.
            let narrow = matches_media("(max-width: 599px)");
            if let Some(element) = place.cast::<web_sys::Element>().filter(|_| !narrow) {
                element.scroll_into_view_with_bool(false);
            }
        });
    }
    match &props.answer {
        Answered::Found(found) => found_rows(lang, found, place),
        Answered::Proof(proof) => samples(lang, proof, place),
    }
}

/// The last query's rows.
fn found_rows(lang: Lang, found: &Found, place: NodeRef) -> Html {
    let Found { filter, rows, near } = found;
    let (word, title, note) = match near {
        Some(id) => (
            "search",
            lang.t("search-title"),
            lang.f("search-rows", &[("id", (*id).into()), ("n", rows.len().into())]),
        ),
        None => (
            "query",
            lang.t("query-title"),
            lang.f("query-rows", &[("filter", filter.as_str().into()), ("n", rows.len().into())]),
        ),
    };
    html! {
        <section class="blockx" data-view={word} data-rows={rows.len().to_string()} ref={place}>
            <h2 class="h-blk">{ title.clone() }<small class="num mono">{ note }</small></h2>
            { rows_table(lang, title, rows) }
        </section>
    }
}

/// The ten samples with their texts, and one vector drawn.
fn samples(lang: Lang, proof: &Proof, place: NodeRef) -> Html {
    let vector = proof.samples.iter().find_map(|row| Some((row.int("id")?, row.vector("vector")?)));
    html! {
        <section class="blockx" data-view="samples" ref={place}>
            <h2 class="h-blk">{ lang.t("proof-sample-title") }</h2>
            { rows_table(lang, lang.t("proof-sample-title"), &proof.samples) }
            if let Some((id, vector)) = vector {
                { picture(lang, id, &vector) }
            }
        </section>
    }
}

/// Rows as a table of key and text, with the distance where there is one.
fn rows_table(lang: Lang, title: String, rows: &[Row]) -> Html {
    let measured = rows.iter().any(|row| row.get("distance").is_some());
    let fields: &[&str] = if measured { &["id", "distance", "text"] } else { &["id", "text"] };
    fields_table(lang, title, rows, fields)
}

/// Rows as a table of these fields; the first is the head of each row.
pub(crate) fn fields_table(lang: Lang, title: String, rows: &[Row], fields: &[&str]) -> Html {
    let head = |field: &str| match field {
        "id" => lang.t("sample-id"),
        "distance" => lang.t("sample-distance"),
        "text" => lang.t("sample-text"),
        other => other.to_owned(),
    };
    let cell = |place: usize, field: &str, row: &Row| {
        let value = row.get(field);
        let number = matches!(value, Some(Value::Int(_) | Value::Double(_)));
        let class = classes!(number.then_some("num"));
        let text = value.map(|value| value_text(field, value));
        match place {
            0 => html! { <th scope="row" {class}>{ text }</th> },
            _ => html! { <td {class}>{ text }</td> },
        }
    };
    html! {
        <div class="rowsx" tabindex="0" role="region" aria-label={title}><table>
            <thead><tr>{ for fields.iter().map(|field| html! { <th scope="col">{ head(field) }</th> }) }</tr></thead>
            <tbody>
                { for rows.iter().map(|row| html! {
                    <tr>{ for fields.iter().enumerate().map(|(place, field)| cell(place, field, row)) }</tr>
                }) }
            </tbody>
        </table></div>
    }
}

/// A value as a table shows it; of a vector the first components.
fn value_text(field: &str, value: &Value) -> String {
    const SHOWN: usize = 4;
    match value {
        Value::Double(distance) if field == "distance" => format!("{:.4}", *distance),
        // A float without a fraction arrives as an integer through JavaScript.
        Value::Int(distance) if field == "distance" => format!("{distance}.0000"),
        Value::Int(number) if *number >= 0 => grouped(number.unsigned_abs()),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(text) => text.clone(),
        Value::Vector(vector) => {
            let first: Vec<String> =
                vector.iter().take(SHOWN).map(|x| format!("{:.3}", f64::from(*x))).collect();
            let more = if vector.len() > SHOWN { ", …" } else { "" };
            format!("[{}{more}] ({})", first.join(", "), vector.len())
        }
    }
}

/// A vector's components as bars.
fn picture(lang: Lang, id: i64, vector: &[f32]) -> Html {
    let (low, high) = vector.iter().fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
    // Bars start at the bottom where nothing is negative, else at the middle line.
    let (ground, room) = if low < 0.0 { (24, 22.0) } else { (47, 44.0) };
    let reach = f64::from(low.abs().max(high.abs())).max(1e-6);
    let width = 512.0 / vector.len().max(1) as f64;
    let d: String = vector
        .iter()
        .enumerate()
        .map(|(place, x)| {
            let tall = f64::from(*x) / reach * room;
            format!("M{} {ground}v{}", px((place as f64 + 0.5) * width), px(-tall))
        })
        .collect();
    let label = lang.f(
        "proof-vector-aria",
        &[
            ("n", vector.len().into()),
            ("min", format!("{:.3}", f64::from(low)).into()),
            ("max", format!("{:.3}", f64::from(high)).into()),
        ],
    );
    let numbers =
        vector.iter().enumerate().map(|(place, x)| [Cell::Whole(place as u64 + 1), f64::from(*x).into()]);
    let heads = ["n".to_owned(), lang.t("export-value")];
    let drawn = html! {
        <svg viewBox="0 0 512 48" preserveAspectRatio="none" role="img" aria-label={label}>
            <path class="vec-0" d={format!("M0 {ground}H512")} /><path class="vec-b" {d} />
        </svg>
    };
    html! {
        <figure class="vec" data-dims={vector.len().to_string()}>
            <figcaption>{ lang.f("proof-vector-title", &[("id", id.into()), ("n", vector.len().into())]) }</figcaption>
            { chart("vector", Table::new(heads).with(numbers), drawn) }
        </figure>
    }
}
