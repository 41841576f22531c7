//! An operator: one command of the program, run as `main` runs it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use pikafo::cli;
use pikafo::cli::Command;
use pikafo::cli::Env;
use pikafo::cmd;
use pikafo::cmd::Context;
use pikafo::cmd::Interrupt;
use pikafo::decide::plan::Plan;
use pikafo::exit::Exit;
use pikafo::exit::Failure;
use pikafo::telemetry::Log;
use pikafo::ui::Sink;
use pikafo::ui::Ui;

use super::machine::SimMachine;
use super::story::Story;
use super::world::World;

/// A command that was given.
#[derive(Debug)]
pub(crate) struct Operator {
    /// Names it in plans: `op3`.
    pub(crate) name: String,
    pub(crate) words: Vec<String>,
    pub(crate) process: u64,
    pub(crate) began_us: u64,
    pub(crate) interrupt: Interrupt,
    /// When and how it ended; `None` while it runs, and where it was killed.
    pub(crate) ended: Ended,
}

/// Where a command leaves its exit code.
pub(crate) type Ended = Arc<Mutex<Option<(u64, Exit)>>>;

/// Where operators work from.
pub(crate) const HOME: &str = "/op";

impl Operator {
    /// Types `pikafo WORDS` on a machine.
    pub(crate) fn start(
        world: &mut World,
        machine: &Arc<SimMachine>,
        config: &Path,
        number: usize,
        words: &[&str],
    ) -> Self {
        let name = format!("op{number}");
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        world
            .story
            .tell(&name, format!("pikafo {}", words.join(" ")));
        let interrupt = Interrupt::default();
        let ended = Ended::default();
        let (story, left) = (world.story.clone(), Arc::clone(&ended));
        let wire = world.wire.clone();
        let (who, typed) = (name.clone(), words.clone());
        let (stop, config) = (interrupt.clone(), config.to_owned());
        let process = world.start(&name, machine, |plug| async move {
            let net = Arc::new(plug.of_pikafo());
            let done = Box::pin(run(&who, &typed, config, net, stop, &story)).await;
            let exit = match &done {
                Ok(()) => Exit::Done,
                Err(error) => error
                    .downcast_ref::<Failure>()
                    .map_or(Exit::Failed, |failure| failure.exit),
            };
            let text = match done {
                Ok(()) => String::new(),
                Err(error) => format!(": {error:#}"),
            };
            story.tell(&who, format!("exit {}{text}", exit.code()));
            let at_us = wire.lock().present_us();
            *left.lock().expect("no panic while it is held") = Some((at_us, exit));
        });
        Self {
            name,
            words,
            process,
            began_us: world.now_us,
            interrupt,
            ended,
        }
    }

    /// The plan is of this operator's making.
    pub(crate) fn began(&self, plan: &Plan) -> bool {
        plan.by.starts_with(&format!("{}@", self.name))
    }

    /// When and how it ended.
    pub(crate) fn exit(&self) -> Option<(u64, Exit)> {
        *self.ended.lock().expect("no panic while it is held")
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what operators here do not type"
)]
async fn run(
    who: &str,
    words: &[String],
    config: PathBuf,
    net: pikafo::node::net::Net,
    interrupt: Interrupt,
    story: &Story,
) -> anyhow::Result<()> {
    let path = config.display().to_string();
    let fixed = [
        "pikafo",
        "-c",
        &path,
        "--state-dir",
        HOME,
        "--no-input",
        "--timeout",
        "1s",
    ];
    let line = fixed
        .iter()
        .copied()
        .chain(words.iter().map(String::as_str));
    let cli = cli::parse(line.map(Into::into))?;
    let teller = Teller {
        who: who.to_owned(),
        story: story.clone(),
    };
    let ctx = Context {
        ui: Ui::into_sink(&cli.global, Arc::new(teller)),
        global: cli.global,
        env: Env {
            user: Some(who.to_owned()),
            ..Env::default()
        },
        net,
        interrupt,
        log: Log::none(),
    };
    match cli.command {
        Command::Promote(args) => cmd::promote::run(&ctx, args).await,
        Command::Failover(args) => cmd::failover::run(&ctx, args).await,
        Command::Repoint(args) => cmd::repoint::run(&ctx, args).await,
        Command::Pause(args) => cmd::pause::pause(&ctx, args).await,
        Command::Resume(args) => cmd::pause::resume(&ctx, args).await,
        other => panic!("operators here do not know {other:?}"),
    }
}

/// What a command says becomes part of the story.
#[derive(Debug)]
struct Teller {
    who: String,
    story: Story,
}

impl Sink for Teller {
    fn data(&self, text: &str) {
        for line in text.lines() {
            self.story.tell(&self.who, format!("| {line}"));
        }
    }

    fn aside(&self, line: &str) {
        for line in line.lines() {
            self.story.tell(&self.who, format!("| {line}"));
        }
    }
}
