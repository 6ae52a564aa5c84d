//! A batch of rows in columns, as it is logged and as it is kept in memory.
//!
//! Promises: `decode(encode(batch)) == batch`; decoding checks every length and never panics. Leaves out:
//! checksums (the log's).

use crate::types::Row;
use crate::wal::format::{Fields, InsertShape};

/// The collection that the lab's rows go to.
pub const COLLECTION: u32 = 1;

/// Rows in columns. All columns have the same number of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Dimension of the vectors.
    pub dim: u32,
    /// Primary keys.
    pub ids: Vec<i64>,
    /// Timestamps, virtual microseconds.
    pub timestamps: Vec<i64>,
    /// Where each text ends in `texts`.
    text_ends: Vec<u32>,
    texts: String,
    /// Vectors, row after row.
    vectors: Vec<f32>,
}

impl Batch {
    /// An empty batch with room for `rows`.
    pub fn with_capacity(dim: u32, rows: usize) -> Self {
        Self {
            dim,
            ids: Vec::with_capacity(rows),
            timestamps: Vec::with_capacity(rows),
            text_ends: Vec::with_capacity(rows),
            texts: String::new(),
            vectors: Vec::with_capacity(rows * dim as usize),
        }
    }

    /// Adds a row whose vector `fill` writes, one number a dimension; it finds zeros.
    pub fn push(&mut self, id: i64, timestamp: i64, text: &str, fill: impl FnOnce(&mut [f32])) {
        self.ids.push(id);
        self.timestamps.push(timestamp);
        self.texts.push_str(text);
        self.text_ends.push(self.texts.len() as u32);
        let start = self.vectors.len();
        self.vectors.resize(start + self.dim as usize, 0.0);
        fill(&mut self.vectors[start..]);
    }

    /// Rows in it.
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// The text of row `at`.
    pub fn text(&self, at: usize) -> &str {
        let end = self.text_ends.get(at).map_or(0, |end| *end as usize);
        let start = if at == 0 { 0 } else { self.text_ends.get(at - 1).map_or(0, |end| *end as usize) };
        self.texts.get(start..end).unwrap_or("")
    }

    /// The vector of row `at`.
    pub fn vector(&self, at: usize) -> &[f32] {
        let dim = self.dim as usize;
        self.vectors.get(at * dim..(at + 1) * dim).unwrap_or(&[])
    }

    /// Row `at`, whole.
    pub fn row(&self, at: usize) -> Option<Row> {
        Some(Row {
            id: *self.ids.get(at)?,
            timestamp: *self.timestamps.get(at)?,
            text: self.text(at).to_owned(),
            vector: self.vector(at).to_vec(),
        })
    }

    /// The payload of an insert record (`docs/wal-format.md`, kind 2), added to `into`.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let shape = InsertShape {
            collection: COLLECTION,
            rows: self.rows() as u32,
            dim: self.dim,
            text_bytes: self.texts.len() as u32,
        };
        into.reserve(shape.bytes() as usize);
        shape.encode(into);
        write_column(&self.ids, into);
        write_column(&self.timestamps, into);
        write_column(&self.text_ends, into);
        into.extend_from_slice(self.texts.as_bytes());
        write_column(&self.vectors, into);
    }

    /// Reads a payload back; says what is wrong with it otherwise.
    pub fn decode(payload: &[u8]) -> Result<Self, &'static str> {
        let mut fields = Fields(payload);
        let shape = InsertShape::decode(&mut fields).ok_or("the insert payload is cut short")?;
        if shape.bytes() != payload.len() as u64 {
            return Err("the insert payload has another length than its columns");
        }
        if shape.collection != COLLECTION {
            return Err("the insert payload names an unknown collection");
        }
        let rows = shape.rows as usize;
        let mut column = |bytes: usize| fields.take(bytes).ok_or("a column is cut short");
        let ids = read_column(column(rows * 8)?);
        let timestamps = read_column(column(rows * 8)?);
        let text_ends: Vec<u32> = read_column(column(rows * 4)?);
        let texts = column(shape.text_bytes as usize)?;
        let texts = std::str::from_utf8(texts).map_err(|_| "the texts are not UTF-8")?.to_owned();
        let vectors = read_column(column(rows * shape.dim as usize * 4)?);
        let ascending = text_ends.windows(2).all(|pair| pair[0] <= pair[1]);
        let whole = text_ends.iter().all(|end| texts.is_char_boundary(*end as usize));
        if !ascending || !whole || text_ends.last().copied().unwrap_or(0) as usize != texts.len() {
            return Err("the texts do not end where they say");
        }
        Ok(Self { dim: shape.dim, ids, timestamps, text_ends, texts, vectors })
    }
}

// Columns are copied as they lie in memory, which is the log's order on little-endian machines only.
#[cfg(not(target_endian = "little"))]
compile_error!("the log's columns are little-endian, and so has the machine to be");

fn write_column<T: bytemuck::NoUninit>(column: &[T], into: &mut Vec<u8>) {
    into.extend_from_slice(bytemuck::cast_slice(column));
}

/// The numbers of a column; `bytes` is a whole number of them long.
fn read_column<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(bytes: &[u8]) -> Vec<T> {
    let mut column = vec![T::zeroed(); bytes.len() / size_of::<T>()];
    let whole = bytes.len().min(size_of_val(column.as_slice()));
    bytemuck::cast_slice_mut(&mut column)[..whole].copy_from_slice(&bytes[..whole]);
    column
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Batch {
        let mut batch = Batch::with_capacity(3, 2);
        batch.push(7, 70, "文档 7", |vector| vector.copy_from_slice(&[0.5, 1.5, -2.0]));
        batch.push(-8, 80, "", |vector| vector[0] = 9.0);
        batch
    }

    #[test]
    fn a_batch_survives_its_encoding() {
        let mut payload = Vec::new();
        sample().encode(&mut payload);
        let back = Batch::decode(&payload).expect("decodes");
        assert_eq!(back, sample());
        assert_eq!(back.row(0).map(|row| row.text), Some("文档 7".to_owned()));
        assert_eq!(back.vector(1), [9.0, 0.0, 0.0]);
    }

    #[test]
    fn damaged_payloads_are_refused_without_a_panic() {
        let mut payload = Vec::new();
        sample().encode(&mut payload);
        for len in 0..payload.len() {
            assert!(Batch::decode(&payload[..len]).is_err(), "cut at {len}");
        }
        for at in 0..payload.len() {
            let mut flipped = payload.clone();
            flipped[at] ^= 0xff;
            let _ = Batch::decode(&flipped);
        }
    }
}
