//! The XXH3 digest of a few bytes in two parts.
//!
//! Guarantees: the digest is that of the parts one after the other. Leaves out: long data in one call; it is streamed.

use std::hash::Hasher;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The length up to which the parts are joined first. A stream costs several times as much as a few bytes: its state
/// is 576 bytes long.
const SHORT: usize = 128;

/// The digest of a head and what follows it.
pub(super) fn digest(head: &[u8], rest: &[u8]) -> u64 {
    let (middle, end) = (head.len(), head.len() + rest.len());
    let mut bytes = [0; SHORT];
    if end <= SHORT {
        bytes[..middle].copy_from_slice(head);
        bytes[middle..end].copy_from_slice(rest);
        return xxh3_64(&bytes[..end]);
    }
    let mut stream = Xxh3::new();
    stream.write(head);
    stream.write(rest);
    stream.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_are_hashed_alike() {
        let bytes: Vec<u8> = (0..400_u32).map(|number| (number * 7) as u8).collect();
        for end in (0..=160).chain([239, 240, 241, 400]) {
            for middle in [0, 1, 8, 9].into_iter().filter(|middle| *middle <= end) {
                let mut stream = Xxh3::new();
                stream.write(&bytes[..end]);
                assert_eq!(
                    digest(&bytes[..middle], &bytes[middle..end]),
                    stream.digest(),
                    "{middle} of {end}"
                );
            }
        }
    }
}
