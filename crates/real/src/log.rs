//! Reads the log of any tester or proxy: a table with a time, a status and perhaps a latency in each row.
//!
//! Header names, order of columns, separators, and formats of times and latencies are recognized. Guarantees: the whole
//! file is read by one reading of each column, which [`Log::columns`] names; what cannot be read is a [`Fault`] with
//! line and column, and nothing is guessed row by row; no input panics. Leaves out: multi-line logs of any other form.

pub use crate::log_columns::{Asked, ROLES};
use crate::log_columns::{Places, places};
pub use crate::log_fault::{Fault, Wrong};
use crate::log_values::{TimeForm, latency_us, status};
use quorum_drill::outside::Request;
use quorum_types::Micros;
use serde::Serialize;

/// The most bytes of a file.
pub const MOST_BYTES: u64 = 512 << 20;
/// The most rows of a file.
const MOST_ROWS: usize = 5_000_000;
/// Two requests at least: with one there is nothing to compare.
const LEAST_ROWS: usize = 2;
/// No log is longer than this.
const MOST_US: i128 = 366 * 86_400 * 1_000_000;

/// What the rows are read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// The names or numbers of the columns for time, status and latency.
    pub time: String,
    /// The column of the status.
    pub status: String,
    /// The column of the latency, where there is one.
    pub latency: Option<String>,
    /// The character between columns.
    pub separator: char,
    /// How times are written: `seconds`, `milliseconds`, `microseconds`, `nanoseconds`, `date`, `clock`.
    pub time_form: &'static str,
    /// Whether times are of the beginnings of requests; otherwise of their ends.
    pub of_starts: bool,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The requests, by their ends. Times are from the beginning of the first request.
    pub requests: Vec<Request>,
    /// How the file was read.
    pub columns: Columns,
}

fn whole(wrong: Wrong) -> Fault {
    Fault { line: 0, column: 0, wrong }
}

/// The character that divides the first line most often, outside quotes.
fn separator(line: &str) -> char {
    let mut quoted = false;
    let mut counts = [(',', 0), ('\t', 0), (';', 0), ('|', 0)];
    for c in line.chars() {
        quoted ^= c == '"';
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == c && !quoted) {
            *count += 1;
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(',', |(known, _)| known)
}

/// Reads a log whose columns are recognized by their names.
pub fn read(bytes: &[u8]) -> Result<Log, Fault> {
    read_as(bytes, &Asked::default())
}

/// Reads a log of which some columns are named.
pub fn read_as(bytes: &[u8], asked: &Asked) -> Result<Log, Fault> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(whole(Wrong::TooLarge));
    }
    let text = std::str::from_utf8(bytes).map_err(|why| {
        let before = &bytes[..why.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
        Fault { line, column, wrong: Wrong::NotText }
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let separator = separator(text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator as u8)
        .from_reader(text.as_bytes());
    let mut rows = Rows::default();
    let mut record = csv::StringRecord::new();
    loop {
        // All bytes are UTF-8 and in memory, so nothing but the end can come.
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(whole(Wrong::NotText)),
        }
        let line = record.position().map_or(0, |position| line_of(text, position));
        let cells: Vec<&str> = record.iter().collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        rows.take(line, &cells, asked)?;
    }
    rows.done(separator)
}

/// The line of a row. The reader's position is before the empty lines that it passes over.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let from = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
    let empty = from.iter().take_while(|byte| b"\r\n".contains(byte));
    position.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

/// Rows as they are read.
#[derive(Default)]
struct Rows {
    places: Option<Places>,
    header: Vec<String>,
    form: Option<TimeForm>,
    /// Time in microseconds, latency, whether it is good.
    rows: Vec<(i128, Micros, bool)>,
}

impl Rows {
    fn take(&mut self, line: u64, cells: &[&str], asked: &Asked) -> Result<(), Fault> {
        if self.places.is_none() {
            self.header = cells.iter().map(|cell| (*cell).to_owned()).collect();
            // Without names: time, status and latency, in this order.
            let of_time = asked.places(cells).map_err(|wrong| Fault { line, column: 0, wrong })?;
            let time = of_time[1].or(of_time[0]).unwrap_or(0);
            let named = TimeForm::of(cells[time], None).is_none();
            self.places = Some(if named {
                places(cells, asked)?
            } else if of_time.iter().any(Option::is_some) {
                let (latency, status_name) = (of_time[3].map(|at| (at, None)), String::new());
                let status = of_time[2].unwrap_or(usize::from(cells.len() > 1));
                Places {
                    time,
                    status,
                    latency,
                    of_starts: of_time[1].is_some(),
                    time_unit: None,
                    status_name,
                }
            } else {
                let latency = (cells.len() > 2).then_some((2, None));
                let status_name = String::new();
                let status = usize::from(cells.len() > 1);
                Places { time: 0, status, latency, of_starts: false, time_unit: None, status_name }
            });
            if named {
                return Ok(());
            }
            self.header = (1..=cells.len()).map(|at| at.to_string()).collect();
        }
        let Some(places) = &self.places else { return Ok(()) };
        if self.rows.len() == MOST_ROWS {
            return Err(Fault { line, column: 0, wrong: Wrong::TooLarge });
        }
        let wrong = |at: usize, wrong| Fault { line, column: at as u64 + 1, wrong };
        if cells.len() != self.header.len() {
            let ragged = Wrong::Ragged(cells.len() as u64, self.header.len() as u64);
            return Err(Fault { line, column: 0, wrong: ragged });
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let time = cell(places.time);
        let bad_time = || wrong(places.time, Wrong::BadTime(time.to_owned()));
        let form = match self.form {
            Some(form) => form,
            None => *self.form.insert(TimeForm::of(time, places.time_unit).ok_or_else(bad_time)?),
        };
        let mut at_us = form.read(time).ok_or_else(bad_time)?;
        if let (TimeForm::Clock, Some((before_us, _, _))) = (form, self.rows.last()) {
            at_us = TimeForm::after_midnight(at_us, *before_us);
        }
        let good = status(cell(places.status), &places.status_name);
        let good =
            good.ok_or_else(|| wrong(places.status, Wrong::BadStatus(cell(places.status).to_owned())))?;
        let took_us = match places.latency {
            // What failed has often no latency.
            Some((at, _)) if ["", "-", "null", "None", "NaN"].contains(&cell(at)) && !good => 0,
            Some((at, unit)) => {
                latency_us(cell(at), unit).ok_or_else(|| wrong(at, Wrong::BadLatency(cell(at).to_owned())))?
            }
            None => 0,
        };
        self.rows.push((at_us, took_us, good));
        Ok(())
    }

    fn done(self, separator: char) -> Result<Log, Fault> {
        let (Some(places), Some(form)) = (self.places, self.form) else { return Err(whole(Wrong::TooShort)) };
        if self.rows.len() < LEAST_ROWS {
            return Err(whole(Wrong::TooShort));
        }
        let ends = |(at_us, took_us, ok): (i128, Micros, bool)| {
            let took = i128::from(took_us);
            let ended = if places.of_starts { at_us + took } else { at_us };
            (ended, took_us, ok)
        };
        let mut rows: Vec<(i128, Micros, bool)> = self.rows.into_iter().map(ends).collect();
        rows.sort_by_key(|row| row.0);
        let begin = rows.iter().map(|(ended, took, _)| ended - i128::from(*took)).min().unwrap_or(0);
        if rows.last().is_some_and(|(ended, _, _)| ended - begin > MOST_US) {
            return Err(whole(Wrong::TooLong));
        }
        let request = |(ended, took_us, ok): (i128, Micros, bool)| Request {
            ended_us: (ended - begin) as Micros,
            took_us,
            ok,
        };
        let name = |at: usize| self.header.get(at).cloned().unwrap_or_default();
        Ok(Log {
            requests: rows.into_iter().map(request).collect(),
            columns: Columns {
                time: name(places.time),
                status: name(places.status),
                latency: places.latency.map(|(at, _)| name(at)),
                separator,
                time_form: form.word(),
                of_starts: places.of_starts,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a log: its requests as end, latency (both in milliseconds) and success.
    /// Requests as start, length and success; or line, column and what is wrong.
    type Read = Result<Vec<(u64, u64, bool)>, (u64, u64, &'static str)>;

    fn check(text: &str) -> Read {
        let read = read(text.as_bytes()).map_err(|fault| (fault.line, fault.column, fault.wrong.word()))?;
        Ok(read.requests.iter().map(|r| (r.ended_us / 1_000, r.took_us / 1_000, r.ok)).collect())
    }

    #[test]
    fn the_same_requests_are_read_from_every_form() {
        let expected = Ok(vec![(10, 10, true), (1_010, 12, false), (2_500, 11, true)]);
        for text in [
            "time,status,latency_ms\n1700000000.010,ok,10\n1700000001.010,fail,12\n1700000002.500,ok,11\n",
            "\u{feff}Timestamp;OK;Latency (ms)\r\n1700000000010;true;10\r\n1700000001010;false;12\r\n\
             1700000002500;TRUE;11\r\n",
            "2026-11-30T18:00:00.010Z\t200\t10ms\n2026-11-30T18:00:01.010Z\t503\t12ms\n\
             2026-11-30T19:00:02.500+01:00\t204\t0.011s\n",
            "latency_us|code|@timestamp\n11000|0|2026/11/30 18:00:02,500\n12000|14|2026/11/30 18:00:01,010\n\
             10000|0|2026/11/30 18:00:00,010\n",
            "时间,状态,耗时_s\n23:59:58.510,成功,0.010\n23:59:59.510,失败,0.012\n00:00:01.000,成功,0.011\n",
            "msec,status,request_time\n0.010,200,0.010\n1.010,499,0.012\n2.500,301,0.011\n",
            "started_ms,error,took\n1700000000000,,10\n1700000000998,\"timeout, retried\",12\n1700000002489,,11\n",
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn nginx_and_missing_latencies_are_read() {
        let log = "time_local,status\n30/Nov/2026:18:00:00 +0000,200\n30/Nov/2026:18:00:03 +0000,502\n";
        assert_eq!(check(log), Ok(vec![(0, 0, true), (3_000, 0, false)]));
        let log = "ts,ok,latency\n0,1,5\n1,0,\n2,1,7\n";
        assert_eq!(check(log), Ok(vec![(5, 5, true), (1_005, 0, false), (2_005, 7, true)]));
    }

    #[test]
    fn names_that_testers_use_are_known_and_any_column_can_be_named() {
        let expected = Ok(vec![(10, 10, true), (1_010, 10, false)]);
        for text in [
            "sent_at,rc,latency_ms\n1700000000.000,0,10\n1700000001.000,14,10\n",
            "request_ts,rc,took\n1700000000000,0,10\n1700000001000,1,10\n",
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
        let text = "when it ended,Answer,Spent\n1700000000.010,ok,10\n1700000001.010,fail,10\n";
        let asked = |text: &str| Asked::parse(text).expect("columns");
        let log =
            read_as(text.as_bytes(), &asked("time=when it ended,status=answer,latency=3")).expect("read");
        assert_eq!(log.columns.latency.as_deref(), Some("Spent"));
        assert_eq!((log.requests[1].ended_us, log.requests[1].took_us), (1_010_000, 10_000));
        let starts = read_as(text.as_bytes(), &asked("start=1,status=2")).expect("read");
        assert!(starts.columns.of_starts && starts.columns.latency.is_none());
        let missing = read_as(text.as_bytes(), &asked("status=rc")).expect_err("not there");
        assert_eq!((missing.wrong.word(), missing.wrong.found()), ("no-column", "rc".to_owned()));
        for text in ["", "rc", "colour=rc", "time=a,start=b", "time=a,time=b", "status="] {
            assert_eq!(Asked::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_header_that_is_not_understood_is_answered_with_an_option_that_reads_it() {
        for (header, row, option) in [
            ("moment,answer,spent", "1700000000,ok,5", "--columns time=moment,status=answer"),
            (
                "id,query_when,res_word,dur_s",
                "1,1700000000,ok,5",
                "--columns time=query_when,status=res_word,latency=dur_s",
            ),
            ("ts,how it went", "1700000000,ok", "--columns 'time=ts,status=how it went'"),
        ] {
            let text = format!("{header}\n{row}\n{row}\n");
            let help = read(text.as_bytes()).expect_err("not understood").wrong.help();
            assert_eq!(help, option, "{header}");
            let named = help.trim_start_matches("--columns ").trim_matches('\'');
            let read = read_as(text.as_bytes(), &Asked::parse(named).expect("an option"));
            assert!(read.is_ok(), "{header}: {read:?}");
        }
    }

    #[test]
    fn hostile_input_has_its_line_and_column() {
        let rows = "1700000000,ok,10\n";
        for (text, fault) in [
            (String::new(), (0, 0, "too-short")),
            ("time,status\n1,ok\n".to_owned(), (0, 0, "too-short")),
            ("a,b,c\n1,2,3\n".to_owned(), (1, 0, "no-status")),
            ("colour,status\nred,ok\n".to_owned(), (1, 0, "no-time")),
            (format!("{rows}1700000001,perhaps,10\n"), (2, 2, "bad-status")),
            (format!("{rows}1700000001,ok,-1\n"), (2, 3, "bad-latency")),
            (format!("{rows}1700000001,ok,NaN\n"), (2, 3, "bad-latency")),
            (format!("{rows}1700000001,ok,1e300\n"), (2, 3, "bad-latency")),
            (format!("{rows}\n2026-11-30T00:00:00Z,ok,1\n"), (3, 1, "bad-time")),
            (format!("{rows}1700000001,ok\n"), (2, 0, "ragged")),
            (format!("{rows}9700000001,ok,1\n"), (0, 0, "too-long")),
            ("2026-02-30 00:00:00,ok,1\n".to_owned(), (1, 0, "no-time")),
            (format!("{rows}\"17000{}\n", "\"\"".repeat(1_000)), (2, 0, "ragged")),
        ] {
            assert_eq!(check(&text), Err(fault), "{text}");
        }
        let not_text = read(b"time,status\n1,ok\n2,\xff\n").expect_err("not UTF-8");
        assert_eq!((not_text.line, not_text.column, not_text.wrong), (3, 3, Wrong::NotText));
    }

    #[test]
    fn no_bytes_panic() {
        let mut rng = quorum_types::Rng::new(7, 1);
        let pieces = [
            "time",
            "status",
            ",",
            ";",
            "\n",
            "\"",
            "1",
            "-",
            ".",
            "e9",
            "ok",
            "é",
            "\0",
            "T",
            ":",
            "99999999999",
        ];
        for _ in 0..3_000 {
            let text: String =
                (0..rng.below(40)).map(|_| pieces[rng.below(pieces.len() as u64) as usize]).collect();
            let _ = read(text.as_bytes());
        }
    }
}
