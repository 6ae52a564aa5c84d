//! Numbers, texts and lists as bytes, for operations, the manifest and files of indexes.
//!
//! Guarantees: what was encoded is decoded as it was; no bytes make decoding panic or reserve memory for a length that
//! they only claim. Leaves out: what the fields mean (`operation`, `manifest`, `index`).

use quorum_wal::format::Fields;

pub(super) const SHORT: &str = "the record is cut short";

/// Encodes little-endian numbers and texts.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u32(&mut self, number: u32) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn u64(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.u32(text.len() as u32).0.extend_from_slice(text.as_bytes());
        self
    }
}

/// Decodes them.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) Fields<'a>);

impl Reader<'_> {
    pub(super) fn u32(&mut self) -> Result<u32, &'static str> {
        self.0.u32().ok_or(SHORT)
    }

    pub(super) fn u64(&mut self) -> Result<u64, &'static str> {
        self.0.u64().ok_or(SHORT)
    }

    /// A number that is 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, &'static str> {
        match self.u32()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("a flag is neither 0 nor 1"),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, &'static str> {
        let bytes = self.u32()? as usize;
        let bytes = self.0.take(bytes).ok_or(SHORT)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "a name is not UTF-8")
    }

    /// A list with its length. Nothing is reserved for it: the length may be wrong.
    pub(super) fn many<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, &'static str>,
    ) -> Result<Vec<T>, &'static str> {
        (0..self.u32()?).map(|_| one(self)).collect()
    }
}
