//! Reads the parts of a saved run from bytes that may be anything.
//!
//! Guarantees: every read is bounded by the bytes that are there; the texts together are at most
//! [`MOST_EXPANDED_BYTES`](super::MOST_EXPANDED_BYTES), however often they are referred to. Leaves out: what the parts
//! mean.

use super::tables::WORDS;
use super::write::{AGAIN, SPELT, WORD};
use super::{MOST_EXPANDED_BYTES, cut, forged, newer};
use quorum_types::Refusal;

/// Bytes that are read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    texts: Vec<&'a str>,
    expanded: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, texts: Vec::new(), expanded: 0 }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Refusal> {
        let (byte, rest) = self.rest.split_first().ok_or_else(cut)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn raw(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(cut)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn number(&mut self) -> Result<u64, Refusal> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                break;
            }
            number |= bits << (7 * place);
            if byte < 0x80 {
                // One form for each number, so that one run has one address.
                return if byte == 0 && place > 0 { Err(forged("a number is padded")) } else { Ok(number) };
            }
        }
        Err(forged("a number has more than 64 bits"))
    }

    pub(super) fn difference(&mut self, before: u64) -> Result<u64, Refusal> {
        let number = self.number()?;
        let (by, less) = (number >> 1, number & 1 == 1);
        let now = if less { before.checked_sub(by) } else { before.checked_add(by) };
        now.ok_or_else(|| forged("a number lies outside its range"))
    }

    pub(super) fn text(&mut self) -> Result<String, Refusal> {
        let number = self.number()?;
        let count = usize::try_from(number >> 2).map_err(|_| forged("a text is too long"))?;
        let text: &str = match number & 3 {
            SPELT => {
                let text =
                    core::str::from_utf8(self.raw(count)?).map_err(|_| forged("a text is not UTF-8"))?;
                self.texts.push(text);
                text
            }
            AGAIN => self.texts.get(count).copied().ok_or_else(|| forged("a text was never spelt"))?,
            WORD => WORDS.get(count).copied().ok_or_else(|| newer("word"))?,
            _ => return Err(newer("kind of text")),
        };
        self.expanded += text.len();
        if self.expanded > MOST_EXPANDED_BYTES {
            let error = format!("its texts have more than {MOST_EXPANDED_BYTES} bytes");
            return Err(Refusal::new("run_too_large", error));
        }
        Ok(text.to_owned())
    }
}
