//! Plays the reference of an incident from a file of JSON, for those who write incidents: prints what is seen.

use quorum_exam::{Case, Incident, Runbook, Sitting};

fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().expect("a file of JSON");
    let seeds: u64 = args.next().map_or(1, |text| text.parse().expect("a number"));
    let shown = args.next();
    let list: Vec<Incident> =
        serde_json::from_str(&std::fs::read_to_string(file).expect("a file")).expect("JSON");
    for incident in Vec::leak(list) {
        let began = std::time::Instant::now();
        let (mut passed, mut idle) = (0, 0);
        for seed in 0..seeds {
            let case = match Case::draw(incident, seed) {
                Ok(case) => case,
                Err(why) => {
                    println!("{} {seed}: {why}", incident.id);
                    continue;
                }
            };
            let mut nothing = Sitting::open(case.clone(), "en").expect("opens");
            Runbook(&[]).play(&mut nothing).expect("plays");
            let waited = nothing.verdict().expect("a verdict");
            idle += u64::from(waited.rto_us.is_some());
            let mut sitting = Sitting::open(case, "en").expect("opens");
            let played = Runbook(&incident.reference).play(&mut sitting);
            let verdict = sitting.verdict().expect("a verdict");
            passed += u64::from(verdict.passed);
            if shown.is_some() || !verdict.passed {
                println!("{} {seed} {played:?} {verdict:?} idle {waited:?}", incident.id);
            }
            if let Some(shown) = &shown {
                let who = if shown == "idle" { &nothing } else { &sitting };
                println!("{:?}", who.case().replay.actions);
                let names = &who.case().names;
                println!("{names:?} fault {} report {}", who.case().fault_us, who.case().report_us);
                for entry in who.log().iter().filter(|entry| entry.t_us + 5_000_000 > who.case().fault_us) {
                    println!("{:>12} {}", entry.t_us, serde_json::Value::Object(entry.fields.clone()));
                }
                for row in who.board() {
                    println!("{}", serde_json::Value::Object(row.fields));
                }
                println!("{:?}", sitting.commands());
            }
        }
        println!(
            "{}: {passed} of {seeds} solved, {idle} over by themselves, {:?}",
            incident.id,
            began.elapsed()
        );
        for wrong in &incident.wrong {
            let mut kept = 0;
            for seed in 0..seeds.min(5) {
                let mut sitting =
                    Sitting::open(Case::draw(incident, seed).expect("a case"), "en").expect("opens");
                let _ = Runbook(&wrong.steps).play(&mut sitting);
                let verdict = sitting.verdict().expect("a verdict");
                kept += u64::from(verdict.lacks.iter().any(|lack| lack.word() == wrong.lacks));
                if verdict.passed {
                    println!("  a wrong one passes at {seed}: {verdict:?}");
                }
            }
            println!("  wrong: lacks {} in {kept}", wrong.lacks);
        }
    }
}
