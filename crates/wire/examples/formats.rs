//! Bytes and time of the largest messages as they are sent, and as other formats of serde would send them:
//! `cargo run --release -p quorum-wire --example formats`.

use std::hint::black_box;
use std::time::Instant;

use quorum_facade::{Event, Lab, RunConfig};
use quorum_wire::{decode, encode};

type ToPage = quorum_wire::ToPage<()>;

fn main() {
    let settings = "coordinators=3,proxies=8,query_nodes=12,data_nodes=8,index_nodes=8";
    let config = RunConfig {
        lesson: None,
        topology: Some(format!("milvus:{settings}")),
        seed: 1,
        kept: false,
        lang: "en".to_owned(),
    };
    let mut lab = Lab::open(config, None).expect("a cluster");
    let mut events: Vec<Event> = Vec::new();
    while events.len() < 1_000 || lab.now_us() < 20_000_000 {
        lab.advance(lab.now_us() + 100_000, 100_000);
        events.extend(lab.take_events());
    }
    events.truncate(1_000);
    let moment = lab.snapshot();
    let (pods, flights) =
        moment.milvus.as_ref().map_or((0, 0), |milvus| (milvus.pods.len(), milvus.flights.len()));
    println!("a moment of {pods} pods with {flights} messages under way");
    compare(&ToPage::Moment(Box::new(moment)));
    println!("{} events", events.len());
    compare(&ToPage::Happened { events, skipped: 0 });
}

fn compare(message: &ToPage) {
    timed("as it is sent", message, |m| encode(m).expect("bytes"), |b| decode(b).expect("a message"));
    let cbor = |m: &ToPage| {
        let mut bytes = Vec::new();
        ciborium::into_writer(m, &mut bytes).expect("bytes");
        bytes
    };
    timed("CBOR", message, cbor, |b| ciborium::from_reader(b).expect("a message"));
    timed(
        "MessagePack",
        message,
        |m| rmp_serde::to_vec_named(m).expect("bytes"),
        |b| rmp_serde::from_slice(b).expect("a message"),
    );
    timed(
        "JSON",
        message,
        |m| serde_json::to_vec(m).expect("bytes"),
        |b| serde_json::from_slice(b).expect("a message"),
    );
}

/// The medians of writing and reading a message.
fn timed(name: &str, message: &ToPage, write: impl Fn(&ToPage) -> Vec<u8>, read: impl Fn(&[u8]) -> ToPage) {
    let bytes = write(message);
    assert!(read(&bytes) == *message, "{name}");
    let median = |work: &dyn Fn()| {
        let mut took: Vec<u128> = (0..201)
            .map(|_| {
                let began = Instant::now();
                work();
                began.elapsed().as_nanos()
            })
            .collect();
        took.sort_unstable();
        took[took.len() / 2] as f64 / 1_000.0
    };
    let wrote = median(&|| drop(black_box(write(black_box(message)))));
    let got = median(&|| drop(black_box(read(black_box(&bytes)))));
    println!("  {name:<14} {:>8} bytes, written in {wrote:>8.1} µs, read in {got:>8.1} µs", bytes.len());
}
