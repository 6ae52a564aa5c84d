//! Which column of a log is what: those that are known by their names, and those that the user names.
//!
//! Guarantees: a column that is not recognized is answered with an option that names columns of the same header. Leaves
//! out: values (`log_values`), and rows (`log`).

use crate::log_fault::{Fault, Wrong};
use crate::log_values::Unit;

/// The columns that were asked for; the others are recognized.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The end of a request, its beginning, its status and its latency: names of columns, or their numbers from 1.
    named: [Option<String>; 4],
}

/// What `--columns` names, in the order of `Asked::named`.
pub const ROLES: [&str; 4] = ["time", "start", "status", "latency"];

impl Asked {
    /// `time=sent_at,status=rc`; none for what is not of this form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut asked = Self::default();
        for part in text.split(',') {
            let (role, name) = part.split_once('=')?;
            let at = ROLES.iter().position(|known| *known == role.trim())?;
            if name.trim().is_empty() || asked.named[at].is_some() {
                return None;
            }
            asked.named[at] = Some(name.trim().to_owned());
        }
        // A row has one time.
        (asked.named[0].is_none() || asked.named[1].is_none()).then_some(asked)
    }

    /// Where they are.
    pub(crate) fn places(&self, header: &[&str]) -> Result<[Option<usize>; 4], Wrong> {
        let mut places = [None; 4];
        for (place, name) in places.iter_mut().zip(&self.named) {
            let Some(name) = name else { continue };
            let by_name = header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
            let by_number = || name.parse().ok().and_then(|at: usize| at.checked_sub(1));
            let at = by_name.or_else(by_number).filter(|at| *at < header.len());
            *place = Some(at.ok_or_else(|| Wrong::NoColumn(name.clone(), header.join(", ")))?);
        }
        Ok(places)
    }
}

/// Names of columns, in lower case and without anything but letters and digits.
const TIMES: [&str; 27] = [
    "time",
    "timestamp",
    "ts",
    "datetime",
    "date",
    "when",
    "t",
    "timelocal",
    "timeiso8601",
    "msec",
    "endtime",
    "end",
    "ended",
    "finished",
    "start",
    "started",
    "starttime",
    "begin",
    "began",
    "requesttimestamp",
    "requestts",
    "sentat",
    "sent",
    "startedat",
    "endedat",
    "时间",
    "时刻",
];
const STATUSES: [&str; 21] = [
    "status",
    "statuscode",
    "code",
    "ok",
    "success",
    "succeeded",
    "result",
    "outcome",
    "httpstatus",
    "httpcode",
    "responsecode",
    "grpccode",
    "grpcstatus",
    "state",
    "error",
    "err",
    "failed",
    "rc",
    "returncode",
    "状态",
    "结果",
];
/// Those of times that are of the beginnings of requests.
const STARTS: [&str; 10] = [
    "start",
    "started",
    "startedat",
    "starttime",
    "begin",
    "began",
    "sent",
    "sentat",
    "requestts",
    "requesttimestamp",
];
const LATENCIES: [&str; 18] = [
    "latency",
    "duration",
    "elapsed",
    "took",
    "responsetime",
    "rt",
    "requesttime",
    "timetaken",
    "upstreamresponsetime",
    "cost",
    "delay",
    "durations",
    "latencies",
    "responsetimes",
    "延迟",
    "耗时",
    "用时",
    "响应时间",
];

/// A header as it is compared, and the unit that ends it.
fn plain(name: &str) -> (String, Option<Unit>) {
    let name = name.trim().trim_start_matches(['@', '$', '#']).to_lowercase();
    let mut words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let unit = words.last().and_then(|word| Unit::of(word)).filter(|_| words.len() > 1);
    if unit.is_some() {
        words.pop();
    }
    (words.concat(), unit)
}

/// Where the columns are.
pub(crate) struct Places {
    pub(crate) time: usize,
    pub(crate) status: usize,
    pub(crate) latency: Option<(usize, Option<Unit>)>,
    pub(crate) of_starts: bool,
    /// The unit that the time's header names.
    pub(crate) time_unit: Option<Unit>,
    /// The plain name of the status, for what 0 and 1 mean.
    pub(crate) status_name: String,
}

pub(crate) fn places(header: &[&str], asked: &Asked) -> Result<Places, Fault> {
    let plain: Vec<(String, Option<Unit>)> = header.iter().map(|name| plain(name)).collect();
    let find = |known: &[&str], but: &[usize]| {
        known.iter().find_map(|name| (0..plain.len()).find(|at| plain[*at].0 == *name && !but.contains(at)))
    };
    let all = || header.join(", ");
    let first = |wrong| Fault { line: 1, column: 0, wrong };
    let [of_time, of_start, of_status, of_latency] = asked.places(header).map_err(first)?;
    let time = of_start.or(of_time);
    let taken: Vec<usize> = [time, of_status, of_latency].into_iter().flatten().collect();
    let status = of_status
        .or_else(|| find(&STATUSES, &taken))
        .ok_or_else(|| first(Wrong::NoStatus(all(), example(header, &plain))))?;
    let latency = of_latency.or_else(|| find(&LATENCIES, &[&taken[..], &[status]].concat()));
    let but: Vec<usize> = latency.into_iter().chain([status]).collect();
    let time = time
        .or_else(|| find(&TIMES, &but))
        .ok_or_else(|| first(Wrong::NoTime(all(), example(header, &plain))))?;
    let name = plain[time].0.as_str();
    Ok(Places {
        time,
        status,
        latency: latency.map(|at| {
            // nginx writes these two in seconds.
            let of_nginx = ["requesttime", "upstreamresponsetime"].contains(&plain[at].0.as_str());
            (at, plain[at].1.or(of_nginx.then_some(Unit::Seconds)))
        }),
        of_starts: of_start.is_some() || of_time.is_none() && STARTS.contains(&name),
        time_unit: plain[time].1.or((name == "msec").then_some(Unit::Seconds)),
        status_name: plain[status].0.clone(),
    })
}

/// An option that names columns of this header: those that are known, and for the others those whose names come
/// nearest, or else the next that is left.
fn example(header: &[&str], plain: &[(String, Option<Unit>)]) -> String {
    const NEAR: [(&str, &[&str], &[&str]); 3] = [
        ("time", &TIMES, &["time", "when", "date", "stamp"]),
        ("status", &STATUSES, &["stat", "code", "rc", "res", "err", "ok", "succ", "fail"]),
        ("latency", &LATENCIES, &["lat", "dur", "took", "elapsed", "cost", "ms", "rt"]),
    ];
    let mut taken: Vec<Option<usize>> = vec![None; NEAR.len()];
    for pass in 0..3 {
        for (at, (role, names, parts)) in NEAR.iter().enumerate() {
            if taken[at].is_some() {
                continue;
            }
            let ends_as_a_time =
                |name: &str| *role == "time" && (name.ends_with("at") || name.ends_with("ts"));
            let fits = |(name, unit): &(String, Option<Unit>)| match pass {
                0 => names.contains(&name.as_str()),
                1 if *role == "latency" && unit.is_some() => true,
                1 => ends_as_a_time(name) || parts.iter().any(|part| name.contains(part)),
                // A time and a status have to be there; a latency does not.
                _ => *role != "latency",
            };
            let free = |column: &usize| !taken.contains(&Some(*column));
            taken[at] = (0..plain.len()).filter(free).find(|column| fits(&plain[*column]));
        }
    }
    let parts: Vec<String> = NEAR
        .iter()
        .zip(taken)
        .filter_map(|((role, ..), at)| Some(format!("{role}={}", header.get(at?)?)))
        .collect();
    let text = parts.join(",");
    let bare = |c: char| c.is_alphanumeric() || "_-=,.".contains(c);
    if text.chars().all(bare) { format!("--columns {text}") } else { format!("--columns '{text}'") }
}
