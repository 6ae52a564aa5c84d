//! What kits and documents hand out is valid in its own terms: manifests by the schemas of their resources, values and
//! configurations by the keys of their programs, scripts by their interpreters, schedules by crontab(5).
//!
//! The schemas are lists of facts (`schemas/*.fields`): path, type, allowed values, fields that have to be there, with
//! their source and version. A field that a list does not have is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use quorum_facade::milvus::Action;
use quorum_facade::regions::Runbook;
use quorum_facade::regions::config::DrConfig;
use quorum_real::take::{File, Source};
use serde_json::Value;

/// A field: its type, allowed values, needed fields, bounds.
#[derive(Debug, Default)]
struct Field {
    kind: String,
    one_of: Vec<String>,
    needs: Vec<String>,
    min: Option<i64>,
}

type Schema = BTreeMap<String, Field>;

fn schema(name: &str) -> Schema {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(format!("{name}.fields"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let path = words.next().expect("a path").trim_start_matches('.').to_owned();
            let mut field = Field { kind: words.next().expect("a type").to_owned(), ..Field::default() };
            for word in words {
                match word.split_once('=').expect("a rule") {
                    ("one-of", values) => field.one_of = values.split('|').map(str::to_owned).collect(),
                    ("needs", names) => field.needs = names.split(',').map(str::to_owned).collect(),
                    ("min", value) => field.min = value.parse().ok(),
                    (other, _) => panic!("no rule {other}"),
                }
            }
            (path, field)
        })
        .collect()
}

/// Holds a value to a schema.
fn validate(value: &Value, path: &str, schema: &Schema) -> Result<(), String> {
    let field = schema.get(path).ok_or_else(|| format!("{path}: no such field"))?;
    let fits = match (field.kind.as_str(), value) {
        ("object", Value::Object(_)) | ("array", Value::Array(_)) | ("string", Value::String(_)) => true,
        ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
        _ => false,
    };
    if !fits {
        return Err(format!("{path}: {value} is no {}", field.kind));
    }
    if let Some(text) = value.as_str()
        && !field.one_of.is_empty()
        && !field.one_of.iter().any(|one| one == text)
    {
        return Err(format!("{path}: “{text}” is none of {:?}", field.one_of));
    }
    if let (Some(min), Some(number)) = (field.min, value.as_i64())
        && number < min
    {
        return Err(format!("{path}: {number} is less than {min}"));
    }
    if let Some(missing) = field.needs.iter().find(|name| value.get(name.as_str()).is_none()) {
        return Err(format!("{path}: {missing} is missing"));
    }
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let inside = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let of_map = format!("{path}{{}}");
            let inside =
                if schema.contains_key(&inside) || !schema.contains_key(&of_map) { inside } else { of_map };
            validate(value, &inside, schema)
        }),
        Value::Array(items) => items.iter().try_for_each(|item| validate(item, &format!("{path}[]"), schema)),
        _ => Ok(()),
    }
}

fn yaml(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|why| why.to_string())
}

/// Chaos Mesh parses durations as Go does.
fn is_duration(text: &str) -> bool {
    let digits = text.trim_start_matches('-').trim_end_matches(char::is_alphabetic);
    let unit = &text[text.len() - text.chars().rev().take_while(|c| c.is_alphabetic()).count()..];
    digits.parse::<f64>().is_ok() && ["ns", "us", "ms", "s", "m", "h"].contains(&unit)
}

fn check_chaos(text: &str) -> Result<(), String> {
    let value = yaml(text)?;
    let kind = value["kind"].as_str().unwrap_or_default().to_owned();
    if !["PodChaos", "NetworkChaos", "IOChaos", "TimeChaos"].contains(&kind.as_str()) {
        return Err(format!("no kind {kind}"));
    }
    validate(&value, "", &schema(&kind))?;
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
        return Err(format!("“{name}” is no name of a resource"));
    }
    let spec = &value["spec"];
    for time in [&spec["duration"], &spec["delay"], &spec["delay"]["latency"], &spec["timeOffset"]] {
        if time.as_str().is_some_and(|time| !is_duration(time)) {
            return Err(format!("{time} is no duration"));
        }
    }
    if spec["selector"].as_object().is_none_or(serde_json::Map::is_empty) {
        return Err("the selector selects everything".to_owned());
    }
    Ok(())
}

/// Every key of a document has to be one that its program knows.
fn check_keys(text: &str, name: &str) -> Result<(), String> {
    validate(&yaml(text)?, "", &schema(name))
}

/// A field of crontab(5): numbers, ranges, lists and steps within bounds.
fn is_cron_field(text: &str, least: u32, most: u32) -> bool {
    text.split(',').all(|part| {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let bounded = |text: &str| text.parse().is_ok_and(|value: u32| (least..=most).contains(&value));
        let range = range == "*"
            || range
                .split_once('-')
                .map_or_else(|| bounded(range), |(from, to)| bounded(from) && bounded(to));
        range && step.is_none_or(|step| step.parse().is_ok_and(|step: u32| step > 0))
    })
}

fn check_crontab(text: &str) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if line.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase())) {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
        if words.len() < 6 {
            return Err(format!("“{line}” has no command"));
        }
        if let Some((word, _)) =
            words.iter().zip(bounds).find(|(word, (least, most))| !is_cron_field(word, *least, *most))
        {
            return Err(format!("“{word}” is no time in “{line}”"));
        }
        // cron ends a command at a percent sign that is not escaped.
        if line.replace("\\%", "").contains('%') {
            return Err(format!("a percent sign in “{line}”"));
        }
    }
    Ok(())
}

/// Commands of milvus-backup and their options, as `cmd/*/*.go` of milvus-backup define them: those that both 0.5.16
/// and its main branch of 2026-08-22 (f81df44) have.
const BACKUP: [(&str, &[&str]); 5] = [
    ("create", &["-n", "--name", "--filter", "--strategy", "--backup_index_extra", "--rbac"]),
    ("list", &[]),
    ("get", &["-n", "--name"]),
    ("delete", &["-n", "--name"]),
    (
        "restore",
        &[
            "-n",
            "--name",
            "--filter",
            "-s",
            "--suffix",
            "-r",
            "--rename",
            "--rebuild_index",
            "--meta_only",
            "--use_auto_index",
            "--drop_exist_collection",
            "--drop_exist_index",
            "--skip_create_collection",
            "--rbac",
        ],
    ),
];

fn check_backup_script(text: &str, commands: usize) -> Result<(), String> {
    interpreted("sh", &["-n"], text)?;
    let mut seen = 0;
    for line in
        text.lines().filter(|line| line.contains("milvus-backup --") || line.contains(") milvus-backup"))
    {
        let call = line.split_once("milvus-backup ").map(|(_, call)| call).unwrap_or_default();
        let words: Vec<&str> = call.split_whitespace().take_while(|word| *word != ";;").collect();
        let ["--config", _, command, rest @ ..] = words.as_slice() else {
            return Err(format!("“{line}” does not begin as milvus-backup is called"));
        };
        let Some((_, options)) = BACKUP.iter().find(|(name, _)| name == command) else {
            return Err(format!("milvus-backup has no command {command}"));
        };
        if let Some(unknown) = rest.iter().find(|word| word.starts_with('-') && !options.contains(word)) {
            return Err(format!("milvus-backup {command} has no option {unknown}"));
        }
        seen += 1;
    }
    if seen == commands { Ok(()) } else { Err(format!("{seen} commands")) }
}

/// Hands a text to an interpreter that only parses it.
fn interpreted(program: &str, arguments: &[&str], text: &str) -> Result<(), String> {
    use std::io::Write;
    let child = Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let mut child = child.map_err(|why| format!("{program}: {why}"))?;
    child.stdin.take().expect("an input").write_all(text.as_bytes()).map_err(|why| why.to_string())?;
    let done = child.wait_with_output().map_err(|why| why.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

/// The tester parses as Python, uses only methods that `MilvusClient` has, and takes its figures from the run.
fn check_tester(text: &str) -> Result<(), String> {
    interpreted("python3", &["-c", "import ast, sys; ast.parse(sys.stdin.read())"], text)?;
    // Those of pymilvus 2.4 to 3.0 that testers need.
    let known = [
        "search",
        "insert",
        "query",
        "create_collection",
        "drop_collection",
        "load_collection",
        "release_collection",
    ];
    for call in text.split("client.").skip(1).chain(text.split("connect().").skip(1)) {
        let name: String = call.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !known.contains(&name.as_str()) {
            return Err(format!("MilvusClient has no {name}"));
        }
    }
    for name in [
        "SEARCH_EVERY_S",
        "INSERT_EVERY_S",
        "TIMEOUT_S",
        "ROWS",
        "ROWS_PER_INSERT",
        "DIM",
        "TOP_K",
        "REPLICAS",
    ] {
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
        if value.is_none_or(|value| value.parse::<f64>().is_err()) {
            return Err(format!("{name} has no figure"));
        }
    }
    Ok(())
}

/// A file of a kit by the rules of its kind, and that it names the versions that it fits.
fn check(path: &str, text: &str) -> Result<(), String> {
    match path {
        "tester.py" => check_tester(text)?,
        "values.yaml" => check_keys(text, "MilvusHelm")?,
        "backup.yaml" | "backup-dr.yaml" => check_keys(text, "MilvusBackup")?,
        "backup.sh" => check_backup_script(text, BACKUP.len())?,
        "drill.sh" => check_backup_script(text, 1)?,
        "aim.sh" => interpreted("sh", &["-n"], text)?,
        "runbook.txt" => Runbook::parse(text).map(drop).map_err(|refusal| refusal.error)?,
        "crontab" => check_crontab(text)?,
        "dr_config.yaml" => DrConfig::read(text).map(drop).map_err(|fault| format!("{fault:?}"))?,
        "LEFT-OUT.txt" => return Ok(()),
        _ if path.starts_with("chaos/") => check_chaos(text)?,
        _ => return Err(format!("nobody knows {path}")),
    }
    let head: String = text.lines().take(6).collect::<Vec<_>>().join("\n");
    let versioned = head.contains("For ") && head.contains("quorum-lab");
    if versioned { Ok(()) } else { Err(format!("{path} does not say what it fits")) }
}

/// Every kind of fault that has a manifest.
fn all_faults() -> Source {
    let second = 1_000_000;
    let faults = [
        Action::Kill { node: 1 },
        Action::Stop { node: 1 },
        Action::Pause { node: 1 },
        Action::KillZone { zone: 0 },
        Action::Cut { from: 1, to: 2, one_way: true },
        Action::Cut { from: 1, to: 2, one_way: false },
        Action::Partition { side: vec![1, 2], but: Vec::new() },
        Action::Clog { from: 1, to: 2, us: 250_000 },
        Action::SlowDisk { node: 1, ms: 100 },
        Action::FullDisk { node: 1, on: true },
        Action::Clock { node: 1, drift_ppm: 0, jump_us: -5_000_000, period_us: 0 },
        Action::Resume { node: 1 },
        Action::SlowDisk { node: 1, ms: 0 },
        Action::FullDisk { node: 1, on: false },
        Action::Heal,
        Action::LoseObjects,
    ];
    let faults = faults.into_iter().enumerate().map(|(at, action)| (at as u64 * second, action)).collect();
    Source { name: "every fault".to_owned(), faults, ..Source::default() }
}

/// The name of a manifest's resource.
fn resource(file: &File) -> String {
    let value = yaml(&file.text).expect("YAML");
    value["metadata"]["name"].as_str().expect("a name").to_owned()
}

fn kits() -> Vec<(String, Vec<File>)> {
    let mut kits = vec![("faults".to_owned(), all_faults().kit())];
    for scenario in quorum_drill::scenarios().into_iter().filter(|name| *name != "kill-the-leader") {
        let source = Source::of_drill(scenario, &[]).expect("a drill has a kit");
        kits.push((scenario.to_owned(), source.kit()));
    }
    let set = [("control_plane", 2), ("active_standby", 0), ("log_kind", 2), ("query_nodes", 5)];
    let set: Vec<(String, u64)> = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    kits.push(("2.6".to_owned(), Source::of_drill("failover-all", &set).expect("a kit").kit()));
    kits
}

#[test]
fn every_file_of_every_kit_is_valid_and_says_what_it_fits() {
    let (mut files, mut kinds) = (0, std::collections::BTreeSet::new());
    for (name, kit) in kits() {
        for File { path, text } in kit {
            check(&path, &text).unwrap_or_else(|why| panic!("{name}, {path}: {why}\n{text}"));
            files += 1;
            kinds.extend(text.lines().find_map(|line| line.strip_prefix("kind: ").map(str::to_owned)));
        }
    }
    println!("{files} files");
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["IOChaos", "NetworkChaos", "PodChaos", "TimeChaos"]);
    let left_out =
        all_faults().kit().into_iter().find(|file| file.path == "LEFT-OUT.txt").expect("it is there");
    assert!(
        left_out.text.contains("15000 ms") && left_out.text.contains("lose_objects"),
        "{}",
        left_out.text
    );
}

#[test]
fn a_fault_lasts_as_long_as_it_did_in_the_run() {
    let kit = all_faults().kit();
    let of = |part: &str| &kit.iter().find(|file| file.path.contains(part)).expect("a manifest").text;
    assert!(of("pause-").contains("duration: 9000ms"), "{}", of("pause-"));
    assert!(
        of("clog-").contains("duration: 250ms") && of("clog-").contains("latency: 250ms"),
        "{}",
        of("clog-")
    );
    assert!(of("full-disk-").contains("errno: 28"), "{}", of("full-disk-"));
    let kit = Source::of_drill("failover-partition", &[]).expect("a kit").kit();
    let isolated = kit.iter().find(|file| file.path.contains("isolate-")).expect("a manifest");
    assert!(isolated.text.contains("duration: 40000ms"), "{}", isolated.text);
}

#[test]
fn faults_of_the_same_moment_are_resources_of_their_own_and_weaker_ones_are_listed() {
    let weather = quorum_facade::command::Weather { loss: 0, duplicate: 0, reorder: 9 };
    let faults = vec![
        (0, Action::Kill { node: 1 }),
        (0, Action::Kill { node: 1 }),
        (0, Action::Weather(weather)),
        (0, Action::KillZone { zone: 0 }),
        (0, Action::Clog { from: 1, to: 2, us: 5_000_000 }),
        (2_000_000, Action::Heal),
    ];
    let kit = Source { name: "twice".to_owned(), faults, ..Source::default() }.kit();
    let chaos: Vec<&File> = kit.iter().filter(|file| file.path.starts_with("chaos/")).collect();
    let names: std::collections::BTreeSet<String> = chaos.iter().map(|file| resource(file)).collect();
    assert_eq!(names.len(), chaos.len(), "{names:?}");
    let clog = chaos.iter().find(|file| file.path.contains("clog-")).expect("a manifest");
    assert!(clog.text.contains("duration: 2000ms"), "{}", clog.text);
    let left_out = kit.iter().find(|file| file.path == "LEFT-OUT.txt").expect("it is there");
    for part in ["kill_zone", "weather"] {
        assert!(left_out.text.contains(part), "{part}: {}", left_out.text);
    }
}

#[test]
fn ten_injected_mistakes_are_rejected() {
    let kit = all_faults().kit();
    let find = |path: &str| kit.iter().find(|file| file.path.contains(path)).expect("a file");
    for (path, from, to) in [
        ("kill-", "action: pod-kill", "action: pod-murder"),
        ("kill-", "gracePeriod: 0", "gracePeriod: \"0\""),
        ("kill-", "mode: one", "mood: one"),
        ("cut-", "direction: to", "direction: sideways"),
        ("pause-", "duration: 9000ms", "duration: 9 seconds"),
        ("slow-disk-", "volumePath: /var/lib/milvus\n", ""),
        ("values.yaml", "queryNode:", "queryNodes:"),
        ("backup.yaml", "bucketName:", "bucket:"),
        ("backup.sh", "--rebuild_index", "--rebuild-index"),
        ("crontab", "* * *", "* 13 *"),
        ("drill.sh", "--suffix", "--prefix"),
        ("aim.sh", "fi\n", "\n"),
        ("dr_config.yaml", "retention_days", "retention_day"),
        ("tester.py", "def main():", "def main()"),
        ("tester.py", "client.search(", "client.find("),
    ] {
        let file = find(path);
        assert!(file.text.contains(from), "{path} has no {from}: {}", file.text);
        check(&file.path, &file.text).expect("it is valid before");
        let wrong = file.text.replacen(from, to, 1);
        assert!(check(&file.path, &wrong).is_err(), "{path}: {from} → {to} passed");
    }
}

#[test]
fn the_job_for_kubernetes_is_valid_and_its_numbers_agree() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/at-scale/job.yaml");
    let text = std::fs::read_to_string(path).expect("it is there");
    let job = yaml(&text).expect("YAML");
    validate(&job, "", &schema("Job")).expect("valid");
    let spec = &job["spec"];
    let parts = spec["completions"].as_u64().expect("a number");
    assert_eq!(
        (spec["parallelism"].as_u64(), spec["completionMode"].as_str()),
        (Some(parts), Some("Indexed"))
    );
    let container = &spec["template"]["spec"]["containers"][0];
    let shard = format!("$(JOB_COMPLETION_INDEX)/{parts}");
    assert!(container["args"].as_array().is_some_and(|args| args.iter().any(|arg| arg == &*shard)));
    for (from, to) in [
        ("completionMode: Indexed", "completionMode: Counted"),
        ("completions: 8", "completions: eight"),
        ("restartPolicy: Never", "restartPolicy: Sometimes"),
        ("mountPath", "mount"),
    ] {
        let wrong = yaml(&text.replacen(from, to, 1)).expect("YAML");
        assert!(validate(&wrong, "", &schema("Job")).is_err(), "{from} → {to} passed");
    }
}

/// A client library whose server answers five searches and then is away, for connections as well.
const AWAY: &str = "\
searches = 0

class MilvusClient:
    def __init__(self, **_):
        if searches > 5:
            raise ConnectionError('refused')

    def search(self, *_, limit, **__):
        global searches
        searches += 1
        if searches > 5:
            raise ConnectionError('reset')
        return [[0] * limit]

    def create_collection(self, *_, **__): pass
    def release_collection(self, *_, **__): pass
    def load_collection(self, *_, **__): pass
    def insert(self, *_, **__): pass
";

#[test]
fn a_tester_that_cannot_connect_writes_a_failure_for_every_attempt() {
    let folder = std::env::temp_dir().join(format!("quorum-lab-tester-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let kit = all_faults().kit();
    let text = &kit.iter().find(|file| file.path == "tester.py").expect("a tester").text;
    let quick = |line: &str| match line.split_once(" = ") {
        Some((name @ ("SEARCH_EVERY_S" | "INSERT_EVERY_S"), _)) => format!("{name} = 0.02\n"),
        _ => format!("{line}\n"),
    };
    std::fs::write(folder.join("tester.py"), text.lines().map(quick).collect::<String>()).expect("written");
    std::fs::write(folder.join("pymilvus.py"), AWAY).expect("written");
    let done = Command::new("python3")
        .args(["tester.py", "--uri", "http://nowhere", "--seconds", "2", "--csv", "log.csv"])
        .current_dir(&folder)
        .output()
        .expect("python3 runs");
    let log = std::fs::read_to_string(folder.join("log.csv"));
    let log = log.unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&done.stderr)));
    let _ = std::fs::remove_dir_all(&folder);
    let of = |status: &str| log.lines().filter(|line| line.split(',').nth(1) == Some(status)).count();
    assert!(of("ok") == 5 && of("fail") > 3, "{log}");
}
