//! A batch of rows in columns, as it is logged and as it is kept in memory.
//!
//! Guarantees: `decode(encode(batch)) == batch`; decoding checks every length and never panics; the first rows of a
//! batch are a batch. Leaves out: checksums (the log's), and whether the columns match the schema of a collection (the
//! catalogue's).

use super::schema::{FieldType, Schema, Value};
use quorum_types::Refusal;
use quorum_wal::format::{ColumnShape, Fields, RowsShape};

/// A column. All columns of a batch have the same number of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Whole numbers.
    Int64(Vec<i64>),
    /// Numbers in double precision.
    Double(Vec<f64>),
    /// 1 for true, 0 for false.
    Bool(Vec<u8>),
    /// Texts.
    VarChar(Texts),
    /// Vectors.
    FloatVector(Vectors),
}

/// Concatenated texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// Where each text ends in `bytes`.
    ends: Vec<u32>,
    bytes: String,
}

/// Concatenated vectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vectors {
    /// The dimension.
    pub dim: u32,
    /// The numbers, vector after vector.
    pub numbers: Vec<f32>,
}

impl Texts {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }

    /// The text of row `at`; empty if there is none.
    pub fn get(&self, at: usize) -> &str {
        let end = self.ends.get(at).map_or(0, |end| *end as usize);
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.bytes.get(start..end).unwrap_or("")
    }
}

impl Vectors {
    /// The vector of row `at`; empty if there is none.
    pub fn get(&self, at: usize) -> &[f32] {
        let dim = self.dim as usize;
        self.numbers.get(at * dim..(at + 1) * dim).unwrap_or(&[])
    }
}

impl Column {
    /// An empty column of a type, with room for `rows`.
    pub fn empty(kind: FieldType, rows: usize) -> Self {
        match kind {
            FieldType::Int64 => Self::Int64(Vec::with_capacity(rows)),
            FieldType::Double => Self::Double(Vec::with_capacity(rows)),
            FieldType::Bool => Self::Bool(Vec::with_capacity(rows)),
            FieldType::VarChar { .. } => Self::VarChar(Texts::default()),
            FieldType::FloatVector { dim } => {
                Self::FloatVector(Vectors { dim, numbers: Vec::with_capacity(rows * dim as usize) })
            }
        }
    }

    /// The value of row `at`; none past the end.
    pub fn value(&self, at: usize) -> Option<Value> {
        Some(match self {
            Self::Int64(numbers) => Value::Int(*numbers.get(at)?),
            Self::Double(numbers) => Value::Double(*numbers.get(at)?),
            Self::Bool(flags) => Value::Bool(*flags.get(at)? != 0),
            Self::VarChar(texts) => {
                texts.ends.get(at)?;
                Value::Text(texts.get(at).to_owned())
            }
            Self::FloatVector(vectors) => {
                let vector = vectors.get(at);
                if vector.is_empty() {
                    return None;
                }
                Value::Vector(vector.to_vec())
            }
        })
    }

    fn rows(&self) -> usize {
        match self {
            Self::Int64(numbers) => numbers.len(),
            Self::Double(numbers) => numbers.len(),
            Self::Bool(flags) => flags.len(),
            Self::VarChar(texts) => texts.ends.len(),
            Self::FloatVector(vectors) => vectors.numbers.len() / (vectors.dim as usize).max(1),
        }
    }

    /// Adds row `at` of another column of the same type.
    fn push_from(&mut self, other: &Self, at: usize) {
        match (self, other) {
            (Self::Int64(into), Self::Int64(from)) => into.extend(from.get(at)),
            (Self::Double(into), Self::Double(from)) => into.extend(from.get(at)),
            (Self::Bool(into), Self::Bool(from)) => into.extend(from.get(at)),
            (Self::VarChar(into), Self::VarChar(from)) => into.push(from.get(at)),
            (Self::FloatVector(into), Self::FloatVector(from)) => {
                into.numbers.extend_from_slice(from.get(at))
            }
            _ => {}
        }
    }

    fn empty_like(&self) -> Self {
        match self {
            Self::Int64(_) => Self::Int64(Vec::new()),
            Self::Double(_) => Self::Double(Vec::new()),
            Self::Bool(_) => Self::Bool(Vec::new()),
            Self::VarChar(_) => Self::VarChar(Texts::default()),
            Self::FloatVector(vectors) => {
                Self::FloatVector(Vectors { dim: vectors.dim, numbers: Vec::new() })
            }
        }
    }

    /// Its type code on disk.
    fn shape(&self) -> ColumnShape {
        let (code, dim, bytes) = match self {
            Self::Int64(numbers) => (1, 0, numbers.len() * 8),
            Self::Double(numbers) => (2, 0, numbers.len() * 8),
            Self::Bool(flags) => (3, 0, flags.len()),
            Self::VarChar(texts) => (4, 0, texts.ends.len() * 4 + texts.bytes.len()),
            Self::FloatVector(vectors) => (5, vectors.dim, vectors.numbers.len() * 4),
        };
        ColumnShape { code, dim, bytes: bytes as u32 }
    }

    fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::Int64(numbers) => write_numbers(numbers, into),
            Self::Double(numbers) => write_numbers(numbers, into),
            Self::Bool(flags) => into.extend_from_slice(flags),
            Self::VarChar(texts) => {
                write_numbers(&texts.ends, into);
                into.extend_from_slice(texts.bytes.as_bytes());
            }
            Self::FloatVector(vectors) => write_numbers(&vectors.numbers, into),
        }
    }

    fn decode(shape: &ColumnShape, rows: usize, bytes: &[u8]) -> Result<Self, &'static str> {
        let dim = shape.dim;
        let fits = |width: usize| rows.checked_mul(width) == Some(bytes.len());
        let wrong = "a column has another length than its rows";
        if dim > 0 && shape.code != 5 {
            return Err("a column that is no vector's has a dimension");
        }
        match shape.code {
            1 if fits(8) => Ok(Self::Int64(read_numbers(bytes))),
            2 if fits(8) => Ok(Self::Double(read_numbers(bytes))),
            3 if fits(1) && bytes.iter().all(|flag| *flag <= 1) => Ok(Self::Bool(bytes.to_vec())),
            4 => read_texts(rows, bytes).map(Self::VarChar),
            5 if dim > 0 && (dim as usize).checked_mul(4).is_some_and(fits) => {
                Ok(Self::FloatVector(Vectors { dim, numbers: read_numbers(bytes) }))
            }
            1..=5 => Err(wrong),
            _ => Err("a column is of an unknown type"),
        }
    }
}

fn read_texts(rows: usize, bytes: &[u8]) -> Result<Texts, &'static str> {
    let split = rows.checked_mul(4).and_then(|ends| bytes.split_at_checked(ends));
    let (ends, text) = split.ok_or("the texts are cut short")?;
    let ends: Vec<u32> = read_numbers(ends);
    let bytes = std::str::from_utf8(text).map_err(|_| "the texts are not UTF-8")?.to_owned();
    let ascending = ends.windows(2).all(|pair| pair[0] <= pair[1]);
    let whole = ends.iter().all(|end| bytes.is_char_boundary(*end as usize));
    if !ascending || !whole || ends.last().copied().unwrap_or(0) as usize != bytes.len() {
        return Err("the texts do not end where they say");
    }
    Ok(Texts { ends, bytes })
}

/// Rows in columns, in the order of the collection's fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    rows: usize,
    /// Which column is the primary key.
    primary: usize,
    columns: Vec<Column>,
}

impl Batch {
    /// A batch of these columns, of which the one at `primary` holds the keys. All must have the same number of rows.
    pub fn new(primary: usize, columns: Vec<Column>) -> Result<Self, &'static str> {
        let Some(Column::Int64(keys)) = columns.get(primary) else {
            return Err("there is no column of keys");
        };
        let rows = keys.len();
        if columns.iter().any(|column| column.rows() != rows) {
            return Err("the columns have different numbers of rows");
        }
        Ok(Self { rows, primary, columns })
    }

    /// A batch of rows given as values by name, or what is wrong with the first bad row.
    pub(crate) fn of_rows(schema: &Schema, rows: &[Vec<(String, Value)>]) -> Result<Self, Refusal> {
        // Room for vectors is made as they come: otherwise rows without their vector would reserve it for nothing.
        let room = |kind| if matches!(kind, FieldType::FloatVector { .. }) { 0 } else { rows.len() };
        let mut columns: Vec<Column> =
            schema.fields().iter().map(|field| Column::empty(field.kind, room(field.kind))).collect();
        for (number, row) in rows.iter().enumerate() {
            let bad = |error: String| Refusal::new("bad_row", format!("row {}: {error}", number + 1));
            if let Some((name, _)) = row.iter().find(|(name, _)| schema.find(name).is_none()) {
                return Err(bad(format!("the collection has no field “{name}”")));
            }
            for (field, column) in schema.fields().iter().zip(&mut columns) {
                let value = row.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
                let value = value.ok_or_else(|| bad(format!("field “{}” is missing", field.name)))?;
                push_value(column, field.kind, value)
                    .map_err(|error| bad(format!("field “{}”: {error}", field.name)))?;
            }
        }
        Ok(Self { rows: rows.len(), primary: schema.primary(), columns })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The primary keys.
    pub fn keys(&self) -> &[i64] {
        match self.columns.get(self.primary) {
            Some(Column::Int64(keys)) => keys,
            _ => &[],
        }
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The numbers of the vector column, vector after vector; empty if there is none.
    pub fn vectors(&self) -> &[f32] {
        let vectors = self.columns.iter().find_map(|column| match column {
            Column::FloatVector(vectors) => Some(vectors.numbers.as_slice()),
            _ => None,
        });
        vectors.unwrap_or(&[])
    }

    /// Whether the columns match a schema.
    pub fn fits(&self, schema: &Schema) -> bool {
        self.primary == schema.primary()
            && self.columns.len() == schema.fields().len()
            && self.columns.iter().zip(schema.fields()).all(|(column, field)| match (column, field.kind) {
                (Column::FloatVector(vectors), FieldType::FloatVector { dim }) => vectors.dim == dim,
                (column, kind) => column.shape().code == Column::empty(kind, 0).shape().code,
            })
    }

    /// The rows selected by `keep`, in their order.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut columns: Vec<Column> = self.columns.iter().map(Column::empty_like).collect();
        let mut rows = 0;
        for at in (0..self.rows).filter(|at| keep(*at)) {
            rows += 1;
            for (into, from) in columns.iter_mut().zip(&self.columns) {
                into.push_from(from, at);
            }
        }
        Self { rows, primary: self.primary, columns }
    }

    /// Its encoded length.
    pub fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|column| u64::from(column.shape().bytes));
        (RowsShape::bytes_of_shape(self.columns.len()) + columns.sum::<u64>()) as usize
    }

    /// Appends its encoding (`docs/wal-format.md`, “Rows”) to `into`.
    pub fn encode(&self, into: &mut Vec<u8>) {
        // A backup encodes every chunk of every segment: so no list of shapes is made first.
        into.reserve(self.bytes());
        RowsShape::encode_front(self.rows as u32, self.columns.len() as u32, self.primary as u32, into);
        self.columns.iter().for_each(|column| column.shape().encode(into));
        self.columns.iter().for_each(|column| column.encode(into));
    }

    /// Decodes the bytes, or returns what is wrong with them.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let short = "the rows are cut short";
        let mut fields = Fields(bytes);
        let shape = RowsShape::decode(&mut fields).ok_or(short)?;
        let rows = shape.rows as usize;
        let mut columns = Vec::with_capacity(shape.columns.len());
        for column in &shape.columns {
            let bytes = fields.take(column.bytes as usize).ok_or(short)?;
            columns.push(Column::decode(column, rows, bytes)?);
        }
        if !fields.0.is_empty() {
            return Err("something follows the rows");
        }
        let batch = Self::new(shape.primary as usize, columns)?;
        if batch.rows == rows { Ok(batch) } else { Err("the rows are not as many as they say") }
    }
}

/// Appends a value to a column of its type, or returns why it does not fit.
fn push_value(column: &mut Column, kind: FieldType, value: &Value) -> Result<(), String> {
    match (column, value, kind) {
        (Column::Int64(numbers), Value::Int(number), _) => numbers.push(*number),
        (Column::Double(numbers), Value::Double(number), _) => numbers.push(*number),
        (Column::Double(numbers), Value::Int(number), _) => numbers.push(*number as f64),
        (Column::Bool(flags), Value::Bool(flag), _) => flags.push(u8::from(*flag)),
        (Column::VarChar(texts), Value::Text(text), FieldType::VarChar { max_length }) => {
            if text.len() > max_length as usize {
                return Err(format!("{} bytes of UTF-8, and max_length is {max_length}", text.len()));
            }
            texts.push(text);
        }
        (Column::FloatVector(vectors), Value::Vector(vector), FieldType::FloatVector { dim }) => {
            if vector.len() != dim as usize {
                return Err(format!("a vector of {} numbers, and dim is {dim}", vector.len()));
            }
            if !vector.iter().all(|number| number.is_finite()) {
                return Err("a vector may not hold NaN or infinity".to_owned());
            }
            vectors.numbers.extend_from_slice(vector);
        }
        (_, value, kind) => {
            let found = match value {
                Value::Bool(_) => "true or false",
                Value::Int(_) => "a whole number",
                Value::Double(_) => "a number with a fraction",
                Value::Text(_) => "a text",
                Value::Vector(_) => "a list of numbers",
            };
            return Err(format!("it is {}, and {found} was given", kind.word()));
        }
    }
    Ok(())
}

// Columns are copied as they are in memory, which is the log's order on little-endian machines only.
#[cfg(not(target_endian = "little"))]
compile_error!("the log's columns are little-endian, and so has the machine to be");

fn write_numbers<T: bytemuck::NoUninit>(column: &[T], into: &mut Vec<u8>) {
    into.extend_from_slice(bytemuck::cast_slice(column));
}

/// The numbers of a column; `bytes` must hold a whole number of them.
fn read_numbers<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(bytes: &[u8]) -> Vec<T> {
    let mut column = vec![T::zeroed(); bytes.len() / size_of::<T>()];
    let whole = bytes.len().min(size_of_val(column.as_slice()));
    bytemuck::cast_slice_mut(&mut column)[..whole].copy_from_slice(&bytes[..whole]);
    column
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::schema::Field;

    pub(crate) fn schema() -> Schema {
        let field = |name: &str, kind| Field { name: name.to_owned(), kind, primary: name == "id" };
        Schema::new(vec![
            field("id", FieldType::Int64),
            field("vector", FieldType::FloatVector { dim: 3 }),
            field("text", FieldType::VarChar { max_length: 20 }),
            field("n", FieldType::Int64),
            field("x", FieldType::Double),
            field("b", FieldType::Bool),
        ])
        .expect("a schema")
    }

    /// A row of [`schema`].
    pub(crate) fn row(id: i64, text: &str, n: i64, x: f64, b: bool) -> Vec<(String, Value)> {
        let named = |name: &str, value| (name.to_owned(), value);
        vec![
            named("id", Value::Int(id)),
            named("vector", Value::Vector(vec![id as f32, 1.0, -0.5])),
            named("text", Value::Text(text.to_owned())),
            named("n", Value::Int(n)),
            named("x", Value::Double(x)),
            named("b", Value::Bool(b)),
        ]
    }

    fn sample() -> Batch {
        let rows = [row(7, "文档 7", 1, 0.5, true), row(-8, "", -1, f64::INFINITY, false)];
        Batch::of_rows(&schema(), &rows).expect("a batch")
    }

    #[test]
    fn a_batch_survives_its_encoding() {
        let mut bytes = Vec::new();
        sample().encode(&mut bytes);
        assert_eq!(bytes.len(), sample().bytes());
        let back = Batch::decode(&bytes).expect("decodes");
        assert_eq!(back, sample());
        assert!(back.fits(&schema()));
        assert_eq!(back.keys(), [7, -8]);
        assert_eq!(back.columns()[2].value(0), Some(Value::Text("文档 7".to_owned())));
        assert_eq!(back.columns()[1].value(1), Some(Value::Vector(vec![-8.0, 1.0, -0.5])));
        assert_eq!(back.columns()[1].value(2), None);
        assert_eq!(back.filtered(|at| at == 1).keys(), [-8]);
    }

    #[test]
    fn damaged_bytes_are_refused_without_a_panic() {
        let mut bytes = Vec::new();
        sample().encode(&mut bytes);
        for len in 0..bytes.len() {
            assert!(Batch::decode(&bytes[..len]).is_err(), "cut at {len}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            // Some flips give another batch: only that there is no panic counts.
            let _ = Batch::decode(&flipped);
        }
    }

    #[test]
    fn one_bad_row_refuses_its_batch_and_says_which_and_why() {
        let check = |change: fn(&mut Vec<(String, Value)>), why: &str| {
            let mut bad = row(2, "b", 2, 2.0, true);
            change(&mut bad);
            let refusal = Batch::of_rows(&schema(), &[row(1, "a", 1, 1.0, true), bad]).expect_err(why);
            assert!(refusal.error.starts_with("row 2") && refusal.error.contains(why), "{refusal}");
        };
        check(|row| drop(row.pop()), "“b” is missing");
        check(|row| row.push(("colour".to_owned(), Value::Int(1))), "no field “colour”");
        check(|row| row[1].1 = Value::Vector(vec![1.0]), "dim is 3");
        check(|row| row[1].1 = Value::Vector(vec![1.0, f32::NAN, 0.0]), "NaN");
        check(|row| row[2].1 = Value::Text("é".repeat(11)), "22 bytes");
        check(|row| row[3].1 = Value::Double(1.0), "it is int64");
        check(|row| row[5].1 = Value::Int(1), "it is bool");
    }

    #[test]
    fn schemas_that_milvus_would_refuse_are_refused() {
        let check = |fields: &[(&str, FieldType, bool)], why: &str| {
            let fields = fields.iter().map(|(name, kind, primary)| Field {
                name: (*name).to_owned(),
                kind: *kind,
                primary: *primary,
            });
            let refusal = Schema::new(fields.collect()).expect_err(why);
            assert!(refusal.error.contains(why), "{refusal}");
        };
        let key = ("id", FieldType::Int64, true);
        check(&[], "1 to 64");
        check(&[("id", FieldType::Int64, false)], "exactly one primary key");
        check(&[key, ("k", FieldType::Int64, true)], "exactly one primary key");
        check(&[("id", FieldType::Double, true)], "must be int64");
        check(&[key, ("id", FieldType::Bool, false)], "two fields");
        check(&[key, ("8", FieldType::Bool, false)], "no name");
        check(&[key, ("v", FieldType::FloatVector { dim: 0 }, false)], "dim must be");
        check(&[key, ("t", FieldType::VarChar { max_length: 0 }, false)], "max_length must be");
        let vector = FieldType::FloatVector { dim: 2 };
        check(&[key, ("v", vector, false), ("w", vector, false)], "at most one vector");
    }
}
