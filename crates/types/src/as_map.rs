//! Small sorted maps in serde, for `#[serde(with = "quorum_types::as_map")]`.
//!
//! Guarantees: the bytes are those of a `BTreeMap` in every format; for a duplicate key the last value counts, as
//! there. (`LiteMap`'s own serializer writes an empty map as a list in human-readable formats.) Leaves out: large maps
//! whose keys are not in order, which are slow to read.

use core::fmt;
use core::marker::PhantomData;

use litemap::LiteMap;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a map.
pub fn serialize<K, V, S>(map: &LiteMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Serialize,
    V: Serialize,
    S: Serializer,
{
    serializer.collect_map(map.iter())
}

/// Reads a map.
pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<LiteMap<K, V>, D::Error>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Map<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Map<K, V> {
        type Value = LiteMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = LiteMap::new_vec();
            while let Some((key, value)) = entries.next_entry()? {
                map.insert(key, value);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Map(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Small(#[serde(with = "super")] LiteMap<u32, String>);

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Tree(BTreeMap<u32, String>);

    #[test]
    fn a_small_map_is_written_and_read_as_a_tree_is() {
        for json in ["{}", r#"{"7":"a"}"#, r#"{"7":"a","3":"b","7":"c"}"#] {
            let small: Small = serde_json::from_str(json).expect(json);
            let tree: Tree = serde_json::from_str(json).expect(json);
            assert!(small.0.iter().eq(tree.0.iter()), "{json}");
            let written = serde_json::to_string(&small).expect(json);
            assert_eq!(written, serde_json::to_string(&tree).expect(json));
        }
        for json in ["[]", r#"{"x":"a"}"#, r#"{"1":2}"#] {
            let said = |fault: serde_json::Error| fault.to_string();
            let small = serde_json::from_str::<Small>(json).map_err(said);
            let tree = serde_json::from_str::<Tree>(json).map_err(said);
            assert_eq!(small.expect_err(json), tree.expect_err(json));
        }
    }
}
