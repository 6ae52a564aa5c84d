//! Writes the parts of a saved run.
//!
//! Guarantees: a text that was written before is a reference to it. Leaves out: what the parts mean.

use super::tables::WORDS;

/// What the two lowest bits of a text's first number say.
pub(super) const SPELT: u64 = 0;
pub(super) const AGAIN: u64 = 1;
pub(super) const WORD: u64 = 2;

/// Bytes that are written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    texts: Vec<String>,
}

impl Writer {
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A whole number, seven bits a byte, lowest first (LEB128).
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// The difference of a number to the one before it, which may be negative.
    pub(super) fn difference(&mut self, before: u64, now: u64) {
        let less = now < before;
        let by = now.abs_diff(before);
        // Below 2^63: times, steps and counts are far smaller, and what is not is refused when it is read.
        self.number(by.min(u64::MAX >> 1) << 1 | u64::from(less));
    }

    /// A text: a word of the table, one that was written before, or its length and its letters.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(at) = WORDS.iter().position(|known| *known == text) {
            return self.number((at as u64) << 2 | WORD);
        }
        if let Some(at) = self.texts.iter().position(|known| known == text) {
            return self.number((at as u64) << 2 | AGAIN);
        }
        self.number((text.len() as u64) << 2 | SPELT);
        self.raw(text.as_bytes());
        self.texts.push(text.to_owned());
    }
}
