//! Questions, through a pseudo-terminal. The test binary asks itself: run again with a variable set, it
//! is the program that asks.

use std::process::Command;

use clap::Parser as _;
use pikafo::cli::Cli;
use pikafo::cli::Env;
use pikafo::cmd::Interrupt;
use pikafo::exit::Exit;
use pikafo::exit::Failure;
use pikafo::ui::Ui;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;

const ASK: &str = "PIKAFO_TEST_ASKS";
const PATIENCE_MS: Option<u64> = Some(20_000);

/// Not a test by itself: the other side of the terminal.
#[test]
fn asker() {
    let Some(what) = std::env::var_os(ASK) else {
        return;
    };
    let cli = Cli::parse_from(["pikafo", "--color", "never", "status"]);
    let ui = Ui::new(&cli.global, &Env::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(async {
        let interrupt = Interrupt::listen(&ui).unwrap();
        let stopped = interrupt.stopped("interrupted");
        ui.note(&format!("pid={}.", std::process::id()));
        match what.to_str() {
            Some("confirm") => ui.confirm(stopped, "Promote b?").await,
            _ => {
                ui.type_name(stopped, "Type the cluster's name", "orders")
                    .await
            }
        }
    });
    // Nobody waits for the thread that still reads the terminal.
    runtime.shutdown_background();
    let answer =
        answer.map_err(|error| error.downcast_ref::<Failure>().map(|failure| failure.exit));
    ui.note(&format!("answer={answer:?}"));
}

fn asker_of(what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "cli::prompts::asker", "--nocapture"])
        .env(ASK, what)
        .env("TERM", "xterm");
    command
}

fn on_a_terminal(what: &str) -> PtySession {
    spawn_command(asker_of(what), PATIENCE_MS).unwrap()
}

#[test]
fn a_confirmation_is_typed_and_no_is_the_default() {
    for (typed, expected) in [
        ("y", "answer=Ok(true)"),
        ("n", "answer=Ok(false)"),
        ("", "answer=Ok(false)"),
    ] {
        let mut terminal = on_a_terminal("confirm");
        terminal.exp_string("Promote b?").unwrap();
        terminal.send_line(typed).unwrap();
        terminal.exp_string(expected).unwrap();
    }
}

#[test]
fn a_name_must_be_typed_exactly() {
    for (typed, expected) in [
        ("orders", "answer=Ok(true)"),
        ("order", "answer=Ok(false)"),
        ("", "answer=Ok(false)"),
    ] {
        let mut terminal = on_a_terminal("name");
        terminal.exp_string("Type the cluster's name").unwrap();
        terminal.send_line(typed).unwrap();
        terminal.exp_string(expected).unwrap();
    }
}

#[test]
fn where_nobody_can_be_asked_the_answer_is_exit_10() {
    for what in ["confirm", "name"] {
        let output = asker_of(what)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains(&format!("answer=Err(Some({:?}))", Exit::Declined)),
            "{said}"
        );
    }
}

/// The cursor, which the question hides, is there again.
#[test]
fn a_question_that_is_interrupted_leaves_the_terminal_as_it_was() {
    const SHOWN: &str = "\u{1b}[?25h";
    let mut terminal = on_a_terminal("confirm");
    terminal.exp_string("Promote b?").unwrap();
    terminal.send_control('c').unwrap();
    let said = terminal.exp_eof().unwrap();
    assert!(said.contains("answer=Err(Some(Interrupted))"), "{said}");
    assert!(said.contains(SHOWN), "{said:?}");

    let mut terminal = on_a_terminal("confirm");
    terminal.exp_string("pid=").unwrap();
    let pid = terminal.exp_string(".").unwrap();
    terminal.exp_string("Promote b?").unwrap();
    let kill = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(kill.unwrap().success());
    let said = terminal.exp_eof().unwrap();
    assert!(said.contains("answer=Err(Some(Terminated))"), "{said}");
    assert!(said.contains(SHOWN), "{said:?}");
}
