//! How often a frame answers its host: the bucket of `web::embed`, which needs no browser.

#![cfg(not(target_family = "wasm"))]

#[path = "../src/web/embed/rates.rs"]
mod rates;

use rates::Bucket;

/// Permits that are granted at these moments.
fn granted(bucket: &mut Bucket, at_ms: impl IntoIterator<Item = f64>) -> usize {
    at_ms.into_iter().filter(|now| bucket.take(*now)).count()
}

#[test]
fn a_flood_gets_a_burst_and_then_its_share() {
    let mut bucket = Bucket::new(10, 10);
    // Ten thousand in a second, from wherever the clock began: a full bucket, and what refills it.
    assert_eq!(granted(&mut bucket, (0..10_000).map(|n| 5_000.0 + f64::from(n) / 10.0)), 19);
    assert_eq!(granted(&mut bucket, (0..10_000).map(|_| 6_000.0)), 1, "at one moment there is no more");
    assert_eq!(
        granted(&mut bucket, (0..50).map(|n| 7_000.0 + f64::from(n) * 100.0)),
        50,
        "ten a second are fine"
    );
}

#[test]
fn rest_refills_no_more_than_the_bucket_holds_and_no_clock_adds_to_it_backwards() {
    let mut bucket = Bucket::new(3, 1);
    assert_eq!(granted(&mut bucket, [0.0; 5]), 3);
    assert_eq!(granted(&mut bucket, [1e9; 5]), 3);
    assert_eq!(granted(&mut bucket, [0.0, 5e8, 1e9, f64::NAN]), 0);
    assert_eq!(granted(&mut bucket, [1e9 + 1_000.0]), 1);
}
