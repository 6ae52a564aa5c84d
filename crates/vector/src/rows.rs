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
    blocks: Vec<&'a [f32]>,
    /// The first row of each block, followed by the number of rows.
    starts: Vec<u32>,
    /// For each page of rows the block that holds its first row, followed by the last block.
    pages: Vec<u32>,
}

impl<'a> Rows<'a> {
    /// Rows of `dim` numbers. A block is a whole number of rows; a remainder at its end is ignored. Empty blocks are
    /// skipped.
    pub fn new(dim: usize, blocks: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut rows = Self { dim, blocks: Vec::new(), starts: vec![0], pages: Vec::new() };
        let mut len = 0_u32;
        for block in blocks {
            let count = block.len().checked_div(dim).unwrap_or(0);
            if count == 0 {
                continue;
            }
            let number = rows.blocks.len() as u32;
            len += count as u32;
            rows.blocks.push(&block[..count * dim]);
            rows.starts.push(len);
            rows.pages.resize(len.div_ceil(PAGE) as usize, number);
        }
        rows.pages.push((rows.blocks.len() as u32).saturating_sub(1));
        rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of rows.
    pub fn len(&self) -> u32 {
        self.starts.last().copied().unwrap_or(0)
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
    #[inline]
    pub fn row(&self, row: u32) -> &'a [f32] {
        let page = (row / PAGE) as usize;
        let (low, high) = (self.pages[page] as usize, self.pages[page + 1] as usize);
        // Blocks are mostly longer than a page, so that there is mostly nothing to search.
        let within = match high - low {
            0 => 0,
            1 => usize::from(self.starts[high] <= row),
            _ => self.starts[low + 1..=high].partition_point(|start| *start <= row),
        };
        let block = low + within;
        let at = (row - self.starts[block]) as usize * self.dim;
        &self.blocks[block][at..at + self.dim]
    }

    /// The blocks, in the order of the rows; none is empty.
    pub fn blocks(&self) -> impl Iterator<Item = &'a [f32]> + '_ {
        self.blocks.iter().copied()
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
