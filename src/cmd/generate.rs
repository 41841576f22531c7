//! `pikafo generate`: what is committed under `completions/` and `man/`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::Context;
use super::completions;
use crate::cli::Cli;
use crate::decide::codes;
use crate::decide::health::catalogue;
use crate::decide::verdict;
use crate::exit::Exit;

/// Write completions and man pages below DIR
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

pub fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
    for (path, text) in files() {
        let path = args.dir.join(path);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        ctx.ui.note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Every generated file with its path below the root of the repository.
pub fn files() -> Vec<(PathBuf, String)> {
    let scripts = [
        (Shell::Bash, "pikafo.bash"),
        (Shell::Elvish, "pikafo.elv"),
        (Shell::Fish, "pikafo.fish"),
        (Shell::PowerShell, "_pikafo.ps1"),
        (Shell::Zsh, "_pikafo"),
    ];
    let scripts = scripts.map(|(shell, name)| {
        (
            Path::new("completions").join(name),
            completions::script(shell),
        )
    });
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let shown: Vec<clap::Command> = root
        .get_subcommands()
        .filter(|c| !c.is_hide_set())
        .cloned()
        .collect();
    let names: Vec<String> = shown
        .iter()
        .map(|command| format!("pikafo-{}", command.get_name()))
        .collect();
    let pages = shown.into_iter().zip(&names).map(|(command, name)| {
        let others = ["pikafo".to_owned()];
        (name.clone(), page(command, name, &others))
    });
    let mut pages: Vec<(String, String)> = pages.collect();
    pages.push(("pikafo".to_owned(), page(root, "pikafo", &names)));
    let pages = pages
        .into_iter()
        .map(|(name, text)| (Path::new("man").join(name + ".1"), text));
    scripts.into_iter().chain(pages).collect()
}

/// One man page: what clap knows, then what it does not.
fn page(command: clap::Command, name: &str, see_also: &[String]) -> String {
    let (command, examples) = without_examples(command);
    let verb = command.get_name().to_owned();
    let has_commands = command.has_subcommands();
    let man = Man::new(command)
        .title(name.to_uppercase())
        .source(format!("pikafo {}", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut bytes = Vec::new();
    let rendered = man
        .render_title(&mut bytes)
        .and_then(|()| man.render_name_section(&mut bytes))
        .and_then(|()| man.render_synopsis_section(&mut bytes))
        .and_then(|()| man.render_description_section(&mut bytes))
        .and_then(|()| man.render_options_section(&mut bytes))
        .and_then(|()| {
            if has_commands {
                man.render_subcommands_section(&mut bytes)
            } else {
                Ok(())
            }
        });
    debug_assert!(rendered.is_ok(), "writing to memory cannot fail");
    let mut page = String::from_utf8_lossy(&bytes).into_owned();
    match verb.as_str() {
        "check" => {
            let findings = catalogue::ALL.iter().map(|kind| {
                (
                    kind.code,
                    format!(
                        "{} ({:?})",
                        kind.meaning.trim_end_matches('.'),
                        kind.severity
                    )
                    .to_owned(),
                )
            });
            section(&mut page, "FINDINGS", findings);
            // What is critical of it is passed on.
            section(&mut page, "FINDINGS OF WATCHERS", owned(codes::WATCHING));
        }
        "status" => {
            section(&mut page, "VERDICTS", owned(verdict::CODES));
        }
        "watch" => {
            section(&mut page, "FINDINGS", owned(codes::WATCHING));
        }
        "promote" | "failover" | "repoint" => {
            for (title, codes) in [
                ("REFUSALS", codes::REFUSALS),
                ("JUDGEMENTS OF A PAST", codes::JUDGEMENTS),
                ("FOLLOW-UP", codes::FOLLOW_UPS),
            ] {
                section(&mut page, title, owned(codes));
            }
        }
        _ => {}
    }
    section(
        &mut page,
        "EXIT STATUS",
        exits()
            .into_iter()
            .map(|(code, text)| (code, text.to_owned())),
    );
    section(&mut page, "ENVIRONMENT", owned(ENVIRONMENT));
    section(&mut page, "FILES", owned(FILES));
    if let Some(examples) = examples {
        let lines = examples.trim().lines().map(|line| roff(line.trim()));
        let lines: Vec<String> = lines.collect();
        // Writing to a String cannot fail.
        write!(page, ".SH EXAMPLES\n.nf\n{}\n.fi\n", lines.join("\n")).unwrap_or_default();
    }
    let others: Vec<String> = see_also
        .iter()
        .map(|other| format!(".BR {} (1)", roff(other)))
        .collect();
    writeln!(page, ".SH \"SEE ALSO\"\n{}", others.join(",\n")).unwrap_or_default();
    page
}

/// Examples have a section of their own; they come from the help's end or from the end of the description.
fn without_examples(command: clap::Command) -> (clap::Command, Option<String>) {
    const TITLE: &str = "Examples:";
    let about = command
        .get_long_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    if let Some((about, examples)) = about.split_once(TITLE) {
        return (
            command.long_about(about.trim_end().to_owned()),
            Some(examples.to_owned()),
        );
    }
    let examples = command
        .get_after_long_help()
        .map(|help| help.to_string().replace(TITLE, ""));
    (command, examples)
}

/// The entries of a table as a section takes them.
fn owned<'a>(table: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, String)> {
    table.iter().map(|(term, text)| (*term, (*text).to_owned()))
}

fn section<'a>(page: &mut String, title: &str, entries: impl Iterator<Item = (&'a str, String)>) {
    writeln!(page, ".SH \"{title}\"").unwrap_or_default();
    for (term, text) in entries {
        write!(page, ".TP\n\\fB{}\\fR\n{}\n", roff(term), roff(&text)).unwrap_or_default();
    }
}

/// Hyphens that can be copied, and no line that begins as a request.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

fn exits() -> Vec<(&'static str, &'static str)> {
    // A match, so that a new exit code must be documented.
    let text = |exit: Exit| match exit {
        Exit::Done => ("0", "Done, or healthy."),
        Exit::Failed => ("1", "Failed; nothing changed, or everything was undone."),
        Exit::Usage => ("2", "The command line is wrong."),
        Exit::Config => ("3", "The configuration is wrong."),
        Exit::NoQuorum => (
            "4",
            "No quorum, or too little of the cluster is reachable; nothing changed.",
        ),
        Exit::Refused => ("5", "A safety check refused; nothing changed."),
        Exit::Incomplete => ("6", "The master changed and follow-up remains."),
        Exit::Degraded => ("7", "check: degraded."),
        Exit::Down => ("8", "check: no writable master, or more than one."),
        Exit::Unknown => ("9", "It is not known whether the master changed."),
        Exit::Declined => ("10", "The operator said no, or could not be asked."),
        Exit::Interrupted => ("130", "Interrupted by Ctrl-C."),
        Exit::Terminated => ("143", "Ended by SIGTERM."),
    };
    [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Config,
        Exit::NoQuorum,
        Exit::Refused,
        Exit::Incomplete,
        Exit::Degraded,
        Exit::Down,
        Exit::Unknown,
        Exit::Declined,
        Exit::Interrupted,
        Exit::Terminated,
    ]
    .map(text)
    .to_vec()
}

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "PIKAFO_CONFIG",
        "The configuration, where --config is not given.",
    ),
    (
        "PIKAFO_LOG",
        "Filters of the log, such as pikafo=debug; overrides -v and -q.",
    ),
    (
        "STATE_DIRECTORY",
        "Where state is kept, as systemd sets it for StateDirectory=.",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME",
        "Folders of the user for configuration and state.",
    ),
    (
        "NO_COLOR",
        "If not empty: no colour, unless --color says otherwise.",
    ),
    (
        "CLICOLOR_FORCE",
        "If neither empty nor 0: colour even where nobody looks.",
    ),
    (
        "COMPLETE",
        "Names a shell: print its script for dynamic completion.",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "./pikafo.yaml",
        "The configuration; the first that exists of this and the next two.",
    ),
    ("~/.config/pikafo/pikafo.yaml", "The same for one user."),
    ("/etc/pikafo/pikafo.yaml", "The same for the machine."),
    (
        "/var/lib/pikafo",
        "The journal and what is remembered between runs, one folder for each cluster.",
    ),
    (
        "/var/lib/pikafo/record",
        "What a watcher was told and decided, for replay: the newest eight segments.",
    ),
    (
        "~/.local/state/pikafo",
        "The same where /var/lib/pikafo cannot be written.",
    ),
];
