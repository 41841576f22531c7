//! The program as a shell sees it: streams, exit codes, completion, generated files.

use std::io::BufRead as _;
use std::io::BufReader;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use pikafo::render::status::Report;
use tempfile::TempDir;

/// A folder with a configuration, and an environment that holds nothing else.
pub(super) struct Place {
    pub(super) dir: TempDir,
}

impl Place {
    pub(super) fn new(yaml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pikafo.yaml"), yaml).unwrap();
        Self { dir }
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pikafo"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("STATE_DIRECTORY", self.dir.path().join("state"));
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Exit code, stdout, stderr.
    pub(super) fn said(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.run(args);
        (
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Two clusters whose nodes nobody listens at.
fn dead() -> Place {
    // Bound and given back: refused, unless somebody else takes it within the test.
    let port = || {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
    };
    Place::new(&format!(
        "version: 1\nclusters:\n  orders:\n    nodes: [\"127.0.0.1:{}\", {{ addr: \"127.0.0.1:{}\", name: b }}]\n  users:\n    nodes: [\"127.0.0.1:{}\"]\n",
        port(),
        port(),
        port(),
    ))
}

#[test]
fn version_is_one_line_and_nothing_typed_is_exit_2() {
    let place = dead();
    assert_eq!(
        place.said(&["--version"]),
        (
            0,
            format!("pikafo {}\n", env!("CARGO_PKG_VERSION")),
            String::new()
        )
    );
    let (code, out, err) = place.said(&[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("Usage: pikafo"), "{err}");
    assert_eq!(place.said(&["stauts"]).0, 2);
}

#[test]
fn without_a_configuration_the_places_are_listed() {
    let place = dead();
    std::fs::remove_file(place.dir.path().join("pikafo.yaml")).unwrap();
    let (code, out, err) = place.said(&["status", "-c", "missing.yaml"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(
        err.starts_with("error: ") && err.contains("missing.yaml"),
        "{err}"
    );
}

#[test]
fn a_slip_in_a_name_is_a_usage_error_with_a_hint() {
    let (code, _, err) = dead().said(&["status", "-C", "ordres"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(err, @r"
    error: no cluster is named ordres
    hint: did you mean orders?
    ");
}

#[test]
fn status_shows_what_cannot_be_reached_and_check_ends_with_4() {
    let place = dead();
    let (code, out, err) = place.said(&["status", "-o", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: Report = serde_json::from_str(&out).unwrap();
    let names: Vec<&str> = report
        .clusters
        .iter()
        .map(|cluster| cluster.name.as_str())
        .collect();
    assert_eq!(names, ["orders", "users"]);
    assert!(
        report
            .clusters
            .iter()
            .flat_map(|cluster| &cluster.nodes)
            .all(|node| !node.reachable)
    );

    let (code, out, err) = place.said(&["check", "-C", "users"]);
    assert_eq!(code, 4);
    assert!(
        out.contains("[node.unreachable]") && out.contains("configuration: pikafo.yaml"),
        "{out}"
    );
    assert_eq!(err, "error: no node of cluster users answers\n");
}

/// Where a node's name is its address it is offered once.
#[test]
fn whoever_names_no_node_is_shown_what_there_is() {
    let yaml =
        "version: 1\nclusters:\n  c:\n    nodes: [10.0.0.1:9221, {name: b, addr: 10.0.0.2:9221}]\n";
    let (code, out, err) = Place::new(yaml).said(&["promote", "elsewhere", "--yes"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.ends_with("hint: there are: 10.0.0.1:9221, b, 10.0.0.2:9221\n"),
        "{err}"
    );
}

#[test]
fn output_formats_agree() {
    let place = dead();
    let json: Report = serde_json::from_str(&place.said(&["status", "--json"]).1).unwrap();
    let yaml: Report = serde_yaml::from_str(&place.said(&["status", "-o", "yaml"]).1).unwrap();
    assert_eq!(
        Report {
            at: yaml.at.clone(),
            ..json
        },
        yaml
    );
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let place = dead();
    assert!(!place.said(&["status"]).1.contains('\x1b'));
    assert!(
        place
            .said(&["status", "--color", "always"])
            .1
            .contains('\x1b')
    );
    let forced = place
        .command(&["status"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(text(&forced.stdout).contains('\x1b'));
    let both = place
        .command(&["status"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!text(&both.stdout).contains('\x1b'));
}

#[test]
fn a_reader_that_has_seen_enough_is_success() {
    let mut child = dead()
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before the program can have written it all: the script is longer than a pipe holds, or the
    // write fails at once.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn the_first_signal_ends_a_watch_with_its_own_code() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let place = dead();
        let mut command = place.command(&["status", "-w", "0.05", "-o", "json"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Two rounds have been shown: it listens, and each line is a document.
        for _ in 0..2 {
            let line = lines.next().unwrap().unwrap();
            assert_eq!(serde_json::from_str::<Report>(&line).unwrap().version, 1);
        }
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        for line in lines {
            line.unwrap();
        }
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn discover_says_why_a_node_cannot_be_asked() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (code, out, err) = dead().said(&["discover", &format!("127.0.0.1:{port}")]);
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.contains("refused") && err.contains("hint: "), "{err}");
}

#[test]
fn the_shell_completes_names_from_the_file() {
    let place = dead();
    let complete = |words: &[&str]| {
        let mut args = vec!["--", "pikafo"];
        args.extend(words);
        let output = place
            .command(&args)
            .env("COMPLETE", "fish")
            .output()
            .unwrap();
        assert!(output.status.success());
        text(&output.stdout)
    };
    assert_eq!(complete(&["status", "-C", ""]), "orders\nusers\n");
    assert_eq!(complete(&["status", "-C", "u"]), "users\n");
    assert!(complete(&["-C", "orders", "promote", "b"]).starts_with("b\torders"));
}

#[test]
fn generated_files_are_the_committed_ones() {
    let place = dead();
    let dir = place.dir.path().join("out");
    assert_eq!(place.said(&["generate", dir.to_str().unwrap()]).0, 0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["completions", "man"] {
        let list = |at: &Path| {
            let entries = std::fs::read_dir(at.join(folder)).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let names = list(&dir);
        assert_eq!(
            names,
            list(root),
            "run `pikafo generate .` and commit {folder}/"
        );
        for name in names {
            let read = |at: &Path| std::fs::read_to_string(at.join(folder).join(&name)).unwrap();
            assert!(
                read(&dir) == read(root),
                "run `pikafo generate .` and commit {folder}/{}",
                name.display()
            );
        }
    }
}
