//! What kits contain is what the run did: each strike hits the pods that the lab's hits, settings arrive, what does not
//! is listed, and no file names another that is not there.
//!
//! The script that finds pods runs against a `kubectl` of these tests, which knows a cluster of two zones and records
//! labels. Leaves out: whether files are valid in their own terms (`manifests`).

use std::collections::BTreeSet;

use quorum_facade::milvus::{Action, settings};
use quorum_facade::saved::{Arrival, Asked, Began, Entry, SavedRun};
use quorum_facade::{Command, EngineCommand, regions};
use quorum_real::take::{File, Source};

fn kit(scenario: &str, set: &[(&str, u64)]) -> Vec<File> {
    let set: Vec<(String, u64)> = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Source::of_drill(scenario, &set).expect("a drill has a kit").kit()
}

fn text<'a>(kit: &'a [File], path: &str) -> &'a str {
    kit.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

fn chaos(kit: &[File]) -> Vec<&File> {
    kit.iter().filter(|file| file.path.starts_with("chaos/")).collect()
}

/// All scenarios that have a kit, and a saved run's.
fn kits() -> Vec<(String, Vec<File>)> {
    let drills = quorum_drill::scenarios().into_iter().filter(|name| *name != "kill-the-leader");
    let mut kits: Vec<(String, Vec<File>)> = drills.map(|name| (name.to_owned(), kit(name, &[]))).collect();
    let faults = vec![(0, Action::KillZone { zone: 1 }), (1, Action::Kill { node: 4 })];
    kits.push(("a run".to_owned(), Source { name: "a run".to_owned(), faults, ..Source::default() }.kit()));
    kits
}

/// A cluster of two zones, in which the second coordinator acts. The object store's pod has labels of its own.
const KUBECTL: &str = r#"#!/bin/sh
[ "$1" = --namespace ] && shift 2
release="mixcoord-a mixcoord-b proxy-a proxy-b querynode-a querynode-b datanode-b"
release="$release streamingnode-a streamingnode-b etcd-b"
case "$*" in
  "get pods --selector release=milvus,app=minio "*) echo pod/minio-b ;;
  "get pods --selector app.kubernetes.io/instance=milvus --field"*) for pod in $release; do echo "pod/$pod"; done ;;
  "get pods --selector app.kubernetes.io/instance=milvus,"*)
    kind=${4##*=}
    for pod in $release; do case "$pod" in "$kind"-*) echo "pod/$pod" ;; esac; done ;;
  *"etcdctl get --prefix --keys-only"*)
    printf 'by-dev/meta/session/id\n\nby-dev/meta/session/mixcoord\n\nby-dev/meta/session/mixcoord-7\n' ;;
  *"etcdctl get --print-value-only by-dev/meta/session/mixcoord")
    echo '{"ServerID":5,"ServerName":"mixcoord","Address":"10.0.0.5:53100","HostName":"mixcoord-b"}' ;;
  "get pod/"*) echo "node-${2##*-}" ;;
  "get node node-a "*) printf east ;;
  "get node node-b "*) printf west ;;
  "label --overwrite "*) echo "$3 $4" >> "$LABELS" ;;
  "label pods --all "*|"get pods --label-columns "*) ;;
  *) echo "kubectl $*" >&2; exit 1 ;;
esac
"#;

/// The pods that a kit's script labels, as strike, what, pod.
fn labelled(name: &str, kit: &[File]) -> BTreeSet<String> {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("quorum-lab-aim-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (kubectl, labels) = (folder.join("kubectl"), folder.join("labels"));
    std::fs::write(&kubectl, KUBECTL).expect("written");
    std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755)).expect("a program");
    std::fs::write(folder.join("aim.sh"), text(kit, "aim.sh")).expect("written");
    std::fs::write(&labels, "").expect("written");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let done = std::process::Command::new("sh")
        .arg(folder.join("aim.sh"))
        .env("PATH", path)
        .env("LABELS", &labels)
        .output();
    let done = done.expect("sh runs");
    let lines = std::fs::read_to_string(&labels).expect("labels");
    let _ = std::fs::remove_dir_all(&folder);
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    let line = |line: &str| {
        let (pod, label) = line.split_once(" quorum-lab/strike-").expect("a label");
        format!("{} {}", label.replace('=', " "), pod.trim_start_matches("pod/"))
    };
    lines.lines().map(line).collect()
}

#[test]
fn a_kit_hits_the_pods_that_the_drill_hits() {
    let expected = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<String>>();
    // The coordinator that acts, and not one that stands by.
    let coordinator = kit("failover-coordinator", &[]);
    assert_eq!(labelled("coordinator", &coordinator), expected(&["01 hit mixcoord-b"]));
    assert!(chaos(&coordinator)[0].text.contains("quorum-lab/strike-01: hit"));
    assert!(!chaos(&coordinator)[0].text.contains("component:"), "{}", chaos(&coordinator)[0].text);
    // One zone, of every component what is in it, and nothing of the other zone.
    let zone = kit("failover-zone", &[]);
    let in_west = ["mixcoord-b", "proxy-b", "querynode-b", "datanode-b", "streamingnode-b", "etcd-b"]
        .map(|pod| format!("01 hit {pod}"));
    assert_eq!(labelled("zone", &zone), BTreeSet::from(in_west));
    assert_eq!(chaos(&zone).len(), 1, "one manifest for the zone, none for whole components");
    assert!(!chaos(&zone)[0].text.contains("component:"), "{}", chaos(&zone)[0].text);
    // The coordinator and a proxy from all but each other and the log.
    let partition = kit("failover-partition", &[]);
    let cut = expected(&[
        "01 hit mixcoord-b",
        "01 hit proxy-b",
        "01 rest mixcoord-a",
        "01 rest proxy-a",
        "01 rest querynode-a",
        "01 rest querynode-b",
        "01 rest datanode-b",
        "01 rest etcd-b",
    ]);
    assert_eq!(labelled("partition", &partition), cut);
    let manifest = &chaos(&partition)[0].text;
    assert!(manifest.contains("strike-01: hit") && manifest.contains("strike-01: rest"), "{manifest}");
    // Without a standby there is one pod of it, which its label names.
    let alone = kit("failover-coordinator", &[("control_plane", 2), ("active_standby", 0)]);
    assert!(text(&alone, "aim.sh").is_empty() && chaos(&alone)[0].text.contains("component: mixcoord"));
    // A saved run's zone is one of the zones by name; its coordinator is any, and the list says so.
    let settings = settings::Settings { control_plane: 2, ..settings::Settings::default() };
    let faults = vec![(0, Action::KillZone { zone: 0 }), (1, Action::Kill { node: 3 })];
    let run = Source { faults, cluster: settings, ..Source::default() }.kit();
    let in_east =
        ["mixcoord-a", "proxy-a", "querynode-a", "streamingnode-a"].map(|pod| format!("01 hit {pod}"));
    assert_eq!(labelled("run", &run), BTreeSet::from(in_east));
    assert!(text(&run, "LEFT-OUT.txt").contains("may be a standby"), "{}", text(&run, "LEFT-OUT.txt"));
}

#[test]
fn the_script_says_what_is_missing_instead_of_labelling_others() {
    let folder = std::env::temp_dir().join(format!("quorum-lab-aim-none-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let script = folder.join("aim.sh");
    std::fs::write(&script, text(&kit("failover-zone", &[]), "aim.sh")).expect("written");
    std::fs::write(folder.join("kubectl"), "#!/bin/sh\nexit 0\n").expect("written");
    use std::os::unix::fs::PermissionsExt;
    let program = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.join("kubectl"), program).expect("a program");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let done = std::process::Command::new("sh").arg(&script).env("PATH", path).output().expect("sh runs");
    let _ = std::fs::remove_dir_all(&folder);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("no pod of etcd runs"), "{said}");
}

#[test]
fn every_file_that_a_file_of_a_kit_names_is_in_it() {
    let mut named = 0;
    for (name, kit) in kits() {
        let paths: Vec<&str> = kit.iter().map(|file| file.path.as_str()).collect();
        for file in &kit {
            let part = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
            for word in file.text.split(|c| !part(c)) {
                let base = word.trim_end_matches('.').rsplit('/').next().unwrap_or_default();
                let kind = base.rsplit_once('.').map(|(_, kind)| kind);
                // A key of the chart's values, which the chart makes a file of.
                if !matches!(kind, Some("sh" | "yaml" | "py" | "txt" | "toml" | "json"))
                    || base == "user.yaml"
                {
                    continue;
                }
                named += 1;
                assert!(paths.contains(&base), "{name}: {} names {word}, which is not in the kit", file.path);
            }
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn what_a_disaster_drill_sets_is_in_its_kit() {
    let dr = kit("dr-drill", &[]);
    let config = text(&dr, "dr_config.yaml");
    assert!(config.contains("every_hours: 1\n") && config.contains("mode: none"), "{config}");
    let crontab = text(&dr, "crontab");
    assert!(crontab.contains("0 * * * * /opt/milvus-backup/backup.sh"), "{crontab}");
    assert!(crontab.contains("/opt/milvus-backup/drill.sh"), "{crontab}");
    let left_out = text(&dr, "LEFT-OUT.txt");
    assert!(left_out.contains("setting data_gb = 40") && left_out.contains("loses its power"), "{left_out}");
    assert!(text(&dr, "runbook.txt").contains("\nrestore newest\n"), "{}", text(&dr, "runbook.txt"));
    // What is asked for counts before the drill's own; a name that nobody knows is refused.
    let asked = kit("dr-drill", &[("backup_every_h", 6), ("rpo_target_ms", 5)]);
    assert!(text(&asked, "dr_config.yaml").contains("every_hours: 6"));
    assert!(text(&asked, "LEFT-OUT.txt").contains("rpo_target_ms = 5"));
    let refused = Source::of_drill("dr-drill", &[("frogs".to_owned(), 1)]).map_err(|refusal| refusal.code);
    assert_eq!(refused.err().as_deref(), Some("unknown_setting"));
    // How often a drill is due follows from the class of business.
    let month = |kit: &[File]| text(kit, "crontab").contains("0 10 1 */");
    assert!(month(&kit("dr-replication-real-time", &[])) && !month(&kit("dr-rpo-week", &[])));
    for drill in quorum_drill::disasters::DISASTERS {
        let own = kit(drill.name, &[]);
        // The steps of a drill are its own, whatever the setting is; runbook.txt has them.
        for (name, value) in drill.set.iter().filter(|(name, _)| *name != "runbook") {
            let default = regions::settings::ALL.iter().find(|one| one.name == *name).map(|one| one.default);
            let default = default.expect("a setting");
            // Taken back, it changes the plan or the list.
            let traced = default == *value || kit(drill.name, &[(name, default)]) != own;
            assert!(traced, "{}: {name} = {value} leaves no trace", drill.name);
        }
    }
    let damaged = kit("dr-backup-damaged", &[]);
    assert!(text(&damaged, "LEFT-OUT.txt").contains("surprise = 1"), "{}", text(&damaged, "LEFT-OUT.txt"));
}

#[test]
fn every_setting_of_a_kit_is_in_a_file_or_listed() {
    let listed = kit("failover-proxy", &[("segments", 5), ("query_nodes", 4)]);
    let left_out = text(&listed, "LEFT-OUT.txt");
    assert!(left_out.contains("setting segments = 5 of the cluster"), "{left_out}");
    assert!(!left_out.contains("query_nodes") && text(&listed, "values.yaml").contains("replicas: 4"));
    let plain = kit("failover-proxy", &[]);
    for (at, setting) in settings::ALL.iter().enumerate() {
        // Another value changes some file, the list among them.
        let another = if setting.default < setting.max { setting.default + 1 } else { setting.min };
        let changed = Source::of_drill("failover-proxy", &[(setting.name.to_owned(), another)]);
        let changed = changed.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", setting.name)).kit();
        assert!(changed != plain, "{at}: {} = {another} leaves no trace", setting.name);
    }
    assert!(text(&plain, "LEFT-OUT.txt").contains("any of 2"), "the tester's proxy may be another one");
    let paused = Source { faults: vec![(0, Action::Pause { node: 1 })], ..Source::default() }.kit();
    assert!(text(&paused, "LEFT-OUT.txt").contains("loses its memory"));
}

#[test]
fn a_saved_run_has_the_settings_of_its_lesson_and_its_requests_are_listed() {
    let request = Command::Engine(EngineCommand::Recover);
    let run = SavedRun {
        began: Began::Lesson { slug: "where-the-log-lives".to_owned(), seed: None },
        entries: vec![Entry { at: Arrival::AtRest { t_us: 5_000_000 }, what: Asked::Command(request) }],
        moment: Arrival::Here,
        fingerprint: 0,
    };
    let kit = Source::of_run("run.quorum", &run).expect("a source").kit();
    assert!(text(&kit, "values.yaml").contains("embedded: false"), "{}", text(&kit, "values.yaml"));
    let left_out = text(&kit, "LEFT-OUT.txt");
    assert!(left_out.contains("setting supervised = 0") && left_out.contains("5000 ms: "), "{left_out}");
}
