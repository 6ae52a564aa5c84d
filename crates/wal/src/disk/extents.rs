//! Where the bytes of a file are in memory: in extents that clones of the disk share, one after the other.
//!
//! An extent is a part of some bytes, or of contents that a program keeps in memory for its own use and can write again
//! ([`Contents`]): the rows of a log's record are in memory as columns, and a second copy as bytes would double what an
//! engine takes. Guarantees: extents have no gaps; which kind they are changes no byte that is read. Leaves out: files,
//! and the tail that still grows.

use std::sync::Arc;

use super::Bytes;

/// What a program keeps in memory anyway, and can write as the bytes that lie on the disk.
pub trait Contents: std::fmt::Debug + Send + Sync {
    /// The number of bytes.
    fn bytes(&self) -> u64;

    /// Appends the bytes: always the same.
    fn write(&self, into: &mut Vec<u8>);
}

/// The place of an extent in its file, and what it holds.
#[derive(Clone, Debug)]
struct Extent {
    start: u64,
    end: u64,
    held: Held,
}

#[derive(Clone, Debug)]
enum Held {
    /// A part of some bytes.
    Bytes { of: Bytes, from: usize, upto: usize },
    /// All of some contents.
    Contents(Arc<dyn Contents>),
}

impl Extent {
    /// Appends the bytes `[from, upto)` of its file, or the part of them that it holds.
    fn read(&self, from: u64, upto: u64, into: &mut Vec<u8>) {
        let from = (from.max(self.start) - self.start) as usize;
        let upto = (upto.clamp(self.start, self.end) - self.start) as usize;
        if from >= upto {
            return;
        }
        match &self.held {
            Held::Bytes { of, from: first, .. } => into.extend_from_slice(&of[first + from..first + upto]),
            Held::Contents(contents) => {
                let before = into.len();
                contents.write(into);
                into.truncate(before + upto);
                into.drain(before..before + from);
            }
        }
    }

    /// The part of it that lies in `[from, upto)`. What is much longer is not kept alive for it.
    fn part(&self, from: u64, upto: u64) -> Self {
        let (from, upto) = (from.max(self.start), upto.min(self.end));
        if let Held::Bytes { of, from: first, .. } = &self.held
            && (upto - from) * 2 >= of.len() as u64
        {
            let first = first + (from - self.start) as usize;
            let held = Held::Bytes { of: Arc::clone(of), from: first, upto: first + (upto - from) as usize };
            return Self { start: from, end: upto, held };
        }
        let mut bytes = Vec::with_capacity((upto - from) as usize);
        self.read(from, upto, &mut bytes);
        Self { start: from, end: upto, held: Held::whole(Arc::new(bytes)) }
    }
}

impl Held {
    fn whole(of: Bytes) -> Self {
        let upto = of.len();
        Self::Bytes { of, from: 0, upto }
    }
}

/// Extents without gaps, from the beginning of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents(Vec<Extent>);

impl Extents {
    fn end(&self) -> u64 {
        self.0.last().map_or(0, |extent| extent.end)
    }

    /// Adds an extent; it may not be empty.
    pub(super) fn push(&mut self, bytes: Bytes) {
        let start = self.end();
        self.0.push(Extent { start, end: start + bytes.len() as u64, held: Held::whole(bytes) });
    }

    /// The extent that holds the byte at `offset`, or the number of extents.
    fn at(&self, offset: u64) -> usize {
        self.0.partition_point(|extent| extent.end <= offset)
    }

    /// Appends `[from, upto)`, or the part of it that they hold.
    pub(super) fn read(&self, from: u64, upto: u64, into: &mut Vec<u8>) {
        let extents = self.0[self.at(from)..].iter();
        extents.take_while(|extent| extent.start < upto).for_each(|extent| extent.read(from, upto, into));
    }

    /// Everything from `offset` on, with its offsets; whole bytes are shared.
    pub(super) fn after(&self, offset: u64) -> Vec<(u64, Bytes)> {
        let piece = |extent: &Extent| {
            let start = extent.start.max(offset);
            match &extent.held {
                Held::Bytes { of, from: 0, upto } if start == extent.start && *upto == of.len() => {
                    (start, Arc::clone(of))
                }
                _ => {
                    let mut bytes = Vec::new();
                    extent.read(start, extent.end, &mut bytes);
                    (start, Arc::new(bytes))
                }
            }
        };
        self.0[self.at(offset)..].iter().map(piece).collect()
    }

    /// Cuts everything from `len` on.
    pub(super) fn truncate(&mut self, len: u64) {
        let at = self.at(len);
        let cut = self.0.get(at).filter(|extent| extent.start < len).map(|extent| extent.part(0, len));
        self.0.truncate(at);
        self.0.extend(cut);
    }

    /// Replaces the bytes at `offset` by contents that are the same; all of them must be there.
    pub(super) fn share(&mut self, offset: u64, contents: &Arc<dyn Contents>) {
        let upto = offset + contents.bytes();
        if contents.bytes() == 0 || upto > self.end() {
            return;
        }
        debug_assert!(self.holds(offset, contents.as_ref()), "what is shared is what the file holds");
        let (first, last) = (self.at(offset), self.at(upto - 1));
        let before = Some(&self.0[first]).filter(|extent| extent.start < offset);
        let before = before.map(|extent| extent.part(0, offset));
        let after = Some(&self.0[last]).filter(|extent| extent.end > upto);
        let after = after.map(|extent| extent.part(upto, u64::MAX));
        let shared = Extent { start: offset, end: upto, held: Held::Contents(Arc::clone(contents)) };
        self.0.splice(first..=last, before.into_iter().chain([shared]).chain(after));
    }

    fn holds(&self, offset: u64, contents: &dyn Contents) -> bool {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        self.read(offset, offset + contents.bytes(), &mut here);
        contents.write(&mut there);
        here == there
    }
}
