//! A log's bytes with their meaning, for display.
//!
//! Guarantees: reads only what the disk holds; spans follow each other without a gap; a range that cannot be read as a
//! record is classified as torn or damaged, as in the replay. Leaves out: drawing.

use serde::{Deserialize, Serialize};

use super::format::{
    FILE_HEADER_BYTES, FIRST_OBJECT, Fields, FileHeader, HEADER_BYTES, Header, Kind, Place, RowsFront,
    RowsShape,
};
use crate::disk::Disk;
use quorum_types::NodeId;

/// The part of a payload that describes where its parts lie: the front and the shape of rows in 64 columns.
const PREFIX_BYTES: u64 = 24 + 12 + 12 * 64;

/// The maximum length of a window.
pub(crate) const MAX_WINDOW_BYTES: u64 = 4_096;

/// A window onto a log file: its bytes, and the meaning of each span of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalWindow {
    /// The file's number.
    pub file: u32,
    /// The file's length, synced or not.
    pub file_bytes: u64,
    /// The number of durable bytes in this file.
    pub durable_bytes: u64,
    /// The offset at which `bytes` begins.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their meaning, in order, without gaps between the first and the last.
    pub spans: Vec<WalSpan>,
}

/// The meaning of a span of bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalSpan {
    /// Its offset in the file, in bytes.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
    /// Which field it is: `file_header`, `length`, `kind`, `flags`, `lsn`, `durable_lsn`, `epoch`, `payload_sum`,
    /// `header_sum`, `rows_front`, `shape`, `keys`, `int64`, `double`, `bool`, `varchar`, `float_vector`, `delete`,
    /// `catalog`, `segments`, `hard_state`, `boot`, `entries`, `manifest`, `torn`.
    pub field: String,
    /// The value, if it is short enough to print.
    pub value: String,
    /// The LSN of the record it belongs to; 0 in a file header.
    pub lsn: u64,
}

/// The window of `want` bytes from `offset`, or from the record at the durable LSN.
pub fn window(
    disk: &Disk,
    node: NodeId,
    file: Option<u32>,
    offset: Option<u64>,
    want: u64,
) -> Option<WalWindow> {
    let files: Vec<(u32, u64, u64)> = disk.files().filter(|facts| facts.0 < FIRST_OBJECT).collect();
    let chosen = file.or_else(|| files.last().map(|facts| facts.0))?;
    let &(file, file_bytes, durable_bytes) = files.iter().find(|facts| facts.0 == chosen)?;
    let spans = spans(disk, node, file, file_bytes);
    let frontier = spans
        .iter()
        .rfind(|span| (span.field == "length" || span.field == "file_header") && span.offset < durable_bytes);
    let offset = offset.unwrap_or_else(|| frontier.map_or(0, |span| span.offset)).min(file_bytes);
    let want = want.min(MAX_WINDOW_BYTES);
    let mut bytes = Vec::new();
    disk.read(file, offset, want, &mut bytes);
    let end = offset + bytes.len() as u64;
    let spans =
        spans.into_iter().filter(|span| span.offset < end && span.offset + span.bytes > offset).collect();
    Some(WalWindow { file, file_bytes, durable_bytes, offset, bytes, spans })
}

fn spans(disk: &Disk, node: NodeId, file: u32, file_bytes: u64) -> Vec<WalSpan> {
    let mut list = Spans { at: 0, lsn: 0, list: Vec::new() };
    let mut buffer = Vec::new();
    disk.read(file, 0, FILE_HEADER_BYTES, &mut buffer);
    if let Ok(header) = FileHeader::decode(&buffer) {
        list.push("file_header", FILE_HEADER_BYTES, format!("node {} file {}", header.node, header.file));
    }
    while list.at < file_bytes {
        buffer.clear();
        disk.read(file, list.at, HEADER_BYTES, &mut buffer);
        let place = Place { node, file, offset: list.at };
        let header = Header::decode(&buffer, place).ok().filter(|_| list.at > 0);
        let Some(header) =
            header.filter(|header| file_bytes - list.at >= HEADER_BYTES + u64::from(header.length))
        else {
            let claims = header.map_or(String::new(), |header| {
                list.lsn = header.lsn;
                (HEADER_BYTES + u64::from(header.length)).to_string()
            });
            list.push("torn", file_bytes - list.at, claims);
            break;
        };
        list.header(&header);
        buffer.clear();
        disk.read(file, list.at, PREFIX_BYTES, &mut buffer);
        list.payload(&header, &buffer);
    }
    list.list
}

struct Spans {
    at: u64,
    lsn: u64,
    list: Vec<WalSpan>,
}

impl Spans {
    fn push(&mut self, field: &str, bytes: u64, value: String) {
        if bytes > 0 {
            self.list.push(WalSpan { offset: self.at, bytes, field: field.to_owned(), value, lsn: self.lsn });
            self.at += bytes;
        }
    }

    fn header(&mut self, header: &Header) {
        self.lsn = header.lsn;
        self.push("length", 4, header.length.to_string());
        self.push("kind", 2, kind_name(header.kind).to_owned());
        self.push("flags", 2, "0".to_owned());
        self.push("lsn", 8, header.lsn.to_string());
        self.push("durable_lsn", 8, header.durable_lsn.to_string());
        self.push("epoch", 4, header.epoch.to_string());
        self.push("payload_sum", 4, format!("{:08x}", header.payload_sum));
        self.push("header_sum", 4, String::new());
    }

    /// `prefix` holds the payload's first bytes.
    fn payload(&mut self, header: &Header, prefix: &[u8]) {
        let length = u64::from(header.length);
        let end = self.at + length;
        let mut fields = Fields(prefix);
        match header.kind {
            Kind::Insert => self.rows(length, &mut fields),
            Kind::HardState => {
                let term = fields.u64().unwrap_or(0);
                let vote = fields.u32().unwrap_or(0);
                self.push("hard_state", length, format!("term {term} vote {vote}"));
            }
            Kind::Entries => {
                let prev = fields.u64().unwrap_or(0);
                let count = u64::from(fields.u32().unwrap_or(0));
                self.push("entries", length, format!("{}–{}", prev + 1, prev + count));
            }
            Kind::Boot => {
                let epoch = fields.u32().unwrap_or(0);
                self.push("boot", length, epoch.to_string());
            }
            Kind::Delete => {
                let (_, count) = (fields.u32(), fields.u32().unwrap_or(0));
                self.push("delete", length, count.to_string());
            }
            Kind::Catalog | Kind::Segments | Kind::Manifest | Kind::Snapshot | Kind::Index => {
                self.push(kind_name(header.kind), length, String::new());
            }
        }
        if self.at < end {
            self.push("torn", end - self.at, String::new());
        }
    }

    /// Rows in columns; nothing if their shape cannot be decoded.
    fn rows(&mut self, length: u64, fields: &mut Fields<'_>) {
        let Some(front) = RowsFront::decode(fields) else { return };
        let Some(shape) = RowsShape::decode(fields) else { return };
        if RowsFront::BYTES + shape.bytes() != length {
            return;
        }
        let import = if front.import == 0 { String::new() } else { front.position.to_string() };
        self.push("rows_front", RowsFront::BYTES, import);
        self.push("shape", shape.front_bytes(), format!("{} × {}", shape.rows, shape.columns.len()));
        for (column, at) in shape.columns.iter().zip(0..) {
            let field = match column.code {
                _ if at == shape.primary => "keys",
                1 => "int64",
                2 => "double",
                3 => "bool",
                4 => "varchar",
                _ => "float_vector",
            };
            let dim = if column.dim > 0 { format!(" × {}", column.dim) } else { String::new() };
            self.push(field, u64::from(column.bytes), format!("{}{dim}", shape.rows));
        }
    }
}

/// The name of a record kind.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boot => "boot",
        Kind::Insert => "insert",
        Kind::HardState => "hard_state",
        Kind::Entries => "entries",
        Kind::Delete => "delete",
        Kind::Catalog => "catalog",
        Kind::Segments => "segments",
        Kind::Manifest => "manifest",
        Kind::Snapshot => "snapshot",
        Kind::Index => "index",
    }
}
