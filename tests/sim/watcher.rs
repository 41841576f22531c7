//! A watcher: the supervisor and its Sentinel API in a process, as `pikafo watch` puts them together; or a stock Sentinel.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use pikafo::config::model::Config;
use pikafo::decide::engine::Snapshot;
use pikafo::decide::engine::action::Level;
use pikafo::host::watch::book::Book;
use pikafo::host::watch::shared::Shared;
use pikafo::host::watch::supervisor::Supervisor;
use pikafo::lab::net::LabNet;
use pikafo::serve::desk::Desk as _;
use pikafo::serve::desk::Look as _;
use pikafo::serve::hall::Hall;
use pikafo::serve::hall::Limits;
use pikafo::serve::server;
use tokio_util::sync::CancellationToken;

use super::dice::Dice;
use super::machine::SimMachine;
use super::setting::CLUSTER;
use super::setting::PORT;
use super::setting::Setting;
use super::socket::Plug;
use super::stock::memory::Memory;
use super::stock::memory::Ordered;
use super::stock::node::Belief;
use super::stock::node::Ear;
use super::stock::node::Options;
use super::stock::node::StockNode;
use super::story::Story;
use super::world::World;

type Desk = Arc<Mutex<Option<Arc<Shared>>>>;
type Window = Arc<Mutex<Option<Arc<StockNode>>>>;

#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) name: String,
    pub(crate) machine: Arc<SimMachine>,
    pub(crate) home: PathBuf,
    pub(crate) process: Option<u64>,
    program: Program,
}

/// What runs, and where it is looked into.
#[derive(Debug)]
enum Program {
    Pikafo {
        config: Box<Config>,
        desk: Desk,
    },
    Stock {
        memory: Memory,
        seed: u64,
        window: Window,
    },
}

impl Watcher {
    pub(crate) fn new(world: &mut World, setting: &Setting, index: usize) -> Self {
        let name = format!("w{index}");
        let machine = world.machine(&name, setting.watcher_ip(index));
        if setting.records.is_none() {
            machine.disk.trouble(|t| t.refuses = Some("record"));
        }
        let program = if setting.is_stock(index) {
            Program::Stock {
                memory: Memory::of(&[setting.monitor()]),
                seed: Dice::new(setting.seed, &format!("sentinel {index}")).draw(),
                window: Window::default(),
            }
        } else {
            Program::Pikafo {
                config: Box::new(setting.config(index)),
                desk: Desk::default(),
            }
        };
        Self {
            machine,
            home: PathBuf::from(format!("/{name}")),
            process: None,
            program,
            name,
        }
    }

    pub(crate) fn start(&mut self, world: &mut World) {
        let (story, name) = (world.story.clone(), self.name.clone());
        self.process = Some(match &mut self.program {
            Program::Pikafo { config, desk } => {
                *desk = Desk::default();
                let (desk, config) = (Arc::clone(desk), (**config).clone());
                let home = self.home.clone();
                world.start(&self.name, &self.machine, |plug: Plug| async move {
                    if let Err(why) = Box::pin(run(config, home, plug, &desk, &story, &name)).await
                    {
                        story.tell(&name, format!("cannot watch: {why}"));
                    }
                })
            }
            Program::Stock {
                memory,
                seed,
                window,
            } => {
                *window = Window::default();
                let (window, memory, seed) = (Arc::clone(window), memory.clone(), *seed);
                world.start(&self.name, &self.machine, |plug: Plug| async move {
                    if let Err(why) = run_stock(memory, seed, plug, &window, &story, &name).await {
                        story.tell(&name, format!("cannot watch: {why}"));
                    }
                })
            }
        });
    }

    pub(crate) fn is_stock(&self) -> bool {
        matches!(self.program, Program::Stock { .. })
    }

    /// What it believes, where it is a pikafo that runs.
    pub(crate) fn snapshot(&self, world: &World) -> Option<Arc<Snapshot>> {
        self.process.filter(|process| world.runs(*process))?;
        let Program::Pikafo { desk, .. } = &self.program else {
            return None;
        };
        let desk = desk.lock().expect("no panic while it is held");
        Some(desk.as_ref()?.snapshot())
    }

    /// The same of a stock Sentinel.
    pub(crate) fn belief(&self, world: &World) -> Option<Belief> {
        self.process.filter(|process| world.runs(*process))?;
        let Program::Stock { window, .. } = &self.program else {
            return None;
        };
        let window = window.lock().expect("no panic while it is held");
        window.as_ref()?.believes(CLUSTER)
    }

    /// Promotions that a stock Sentinel has ordered since this was asked last.
    pub(crate) fn ordered(&self) -> Vec<Ordered> {
        match &self.program {
            Program::Pikafo { .. } => Vec::new(),
            Program::Stock { memory, .. } => memory.ordered(),
        }
    }
}

async fn run_stock(
    memory: Memory,
    seed: u64,
    plug: Plug,
    window: &Window,
    story: &Story,
    name: &str,
) -> std::io::Result<()> {
    let at = SocketAddr::new(plug.ip, PORT);
    let (telling, teller) = (story.clone(), name.to_owned());
    let ear = Ear::new(move |event, payload| {
        // As much as a pikafo tells.
        if !event.ends_with("role-change") {
            telling.tell(&teller, format!("{event} {payload}"));
        }
    });
    let net = LabNet {
        listen: Arc::new(plug.clone()),
        dial: Arc::new(plug.of_pikafo()),
    };
    let node = StockNode::start(Options {
        addr: at,
        net,
        memory,
        seed,
        ear: Some(ear),
    });
    let node = Arc::new(node.await?);
    *window.lock().expect("no panic while it is held") = Some(Arc::clone(&node));
    node.ended().await;
    Ok(())
}

async fn run(
    config: Config,
    home: PathBuf,
    plug: Plug,
    shown: &Desk,
    story: &Story,
    name: &str,
) -> Result<(), String> {
    let own = &config.watch.listen;
    let at = SocketAddr::new(plug.ip, own.port());
    let book = Book::own(&home).map_err(|error| error.to_string())?;
    let port = plug.listen_at(at).map_err(|error| error.to_string())?;
    let stop = CancellationToken::new();
    let supervisor =
        Supervisor::begin(config, home, book, Arc::new(plug.of_pikafo()), stop.clone())
            .await
            .map_err(|error| error.to_string())?;
    let desk = supervisor.desk();
    let mut notices = desk.notices();
    *shown.lock().expect("no panic while it is held") = Some(Arc::clone(&desk));
    let (telling, teller) = (story.clone(), name.to_owned());
    tokio::spawn(async move {
        while let Ok(notice) = notices.recv().await {
            if notice.level >= Level::Notice {
                telling.tell(&teller, format!("{} {}", notice.channel, notice.payload));
            }
        }
    });
    let hall = Hall::new(desk, Limits::default(), CancellationToken::new());
    tokio::spawn(server::serve(port, Arc::new(hall)));
    supervisor.run().await;
    Ok(())
}
