//! Indexes as bytes: little-endian numbers, whose meaning is in `graph` and `ivf`.
//!
//! Guarantees: reading never passes the end, never panics, and reserves no more than the bytes themselves take times a
//! constant. Leaves out: checksums, and whether an index belongs to the rows that it is used with (the caller's).

/// Bytes to be read from the front.
#[derive(Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

const SHORT: &str = "the index is cut short";

impl<'a> Bytes<'a> {
    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (front, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(front)
    }

    /// The next number.
    pub(crate) fn one(&mut self) -> Result<u32, &'static str> {
        self.many(1)?.next().ok_or(SHORT)
    }

    /// The next `count` numbers.
    pub(crate) fn many(
        &mut self,
        count: u32,
    ) -> Result<impl ExactSizeIterator<Item = u32> + use<'a>, &'static str> {
        let bytes = self.take((count as usize).checked_mul(4).ok_or(SHORT)?)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)))
    }
}

/// Appends numbers.
pub(crate) fn write(into: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    into.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
}
