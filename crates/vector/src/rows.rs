//! Rows of numbers in blocks that belong to the caller.
//!
//! Guarantees: nothing is copied; blocks may have any length, and a row is found in a few steps whatever their number.
//! Leaves out: keeping the blocks, and their order, which determines the row numbers.

/// Rows that share one table entry; a power of two.
const PAGE: u32 = 256;

/// Rows of `dim` numbers, in blocks that are shared with the caller.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    dim: usize,
    len: u32,
    blocks: Vec<Block<'a>>,
    /// For each page of rows the blocks that hold its first and its last row.
    pages: Vec<[u32; 2]>,
}

/// Rows that lie together.
#[derive(Clone, Copy, Debug)]
struct Block<'a> {
    /// The first one.
    start: u32,
    numbers: &'a [f32],
}

impl<'a> Rows<'a> {
    /// Rows of `dim` numbers. A block is a whole number of rows; a remainder at its end is ignored. Empty blocks are
    /// skipped.
    pub fn new(dim: usize, blocks: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut rows = Self { dim, len: 0, blocks: Vec::new(), pages: Vec::new() };
        for block in blocks {
            let count = block.len().checked_div(dim).unwrap_or(0);
            if count == 0 {
                continue;
            }
            let number = rows.blocks.len() as u32;
            rows.blocks.push(Block { start: rows.len, numbers: &block[..count * dim] });
            if let Some(page) = rows.pages.last_mut()
                && !rows.len.is_multiple_of(PAGE)
            {
                page[1] = number;
            }
            rows.len += count as u32;
            rows.pages.resize(rows.len.div_ceil(PAGE) as usize, [number; 2]);
        }
        rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of rows.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The numbers of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[inline(always)]
    pub fn row(&self, row: u32) -> &'a [f32] {
        let [low, high] = self.pages[(row / PAGE) as usize];
        let mut block = &self.blocks[low as usize];
        // Blocks are mostly longer than a page, so that there is mostly nothing to search.
        if low != high {
            let after = &self.blocks[low as usize + 1..=high as usize];
            let within = after.partition_point(|block| block.start <= row);
            block = &self.blocks[low as usize + within];
        }
        let at = (row - block.start) as usize * self.dim;
        &block.numbers[at..at + self.dim]
    }

    /// The blocks, in the order of the rows; none is empty.
    pub fn blocks(&self) -> impl Iterator<Item = &'a [f32]> + '_ {
        self.blocks.iter().map(|block| block.numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    #[test]
    fn a_row_is_found_in_blocks_of_any_length() {
        let numbers: Vec<f32> = (0..30_000).map(|number| number as f32).collect();
        for (dim, most) in [(1, 1), (3, 4), (2, 700), (5, 5_000), (1, 257), (3, 40_000)] {
            let mut rng = Rng::new(dim as u64, 0);
            let (mut blocks, mut rest) = (Vec::new(), numbers.as_slice());
            while !rest.is_empty() {
                let count = (1 + rng.below(most) as usize).min(rest.len() / dim);
                let (block, after) = rest.split_at(count * dim);
                blocks.extend([block, &[]]);
                rest = after;
            }
            let rows = Rows::new(dim, blocks.iter().copied());
            assert_eq!(rows.len() as usize, numbers.len() / dim);
            for row in 0..rows.len() {
                let at = row as usize * dim;
                assert_eq!(rows.row(row), &numbers[at..at + dim]);
            }
            assert_eq!(rows.blocks().map(<[f32]>::len).sum::<usize>(), numbers.len());
        }
    }

    #[test]
    fn no_rows_and_ends_of_rows() {
        assert!(Rows::new(4, []).is_empty());
        assert_eq!(Rows::new(0, [&[1.0, 2.0][..]]).len(), 0);
        let rows = Rows::new(2, [&[1.0, 2.0, 3.0][..], &[4.0, 5.0][..]]);
        assert_eq!((rows.len(), rows.dim(), rows.row(1)), (2, 2, &[4.0, 5.0][..]));
    }
}
