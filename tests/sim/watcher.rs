//! A watcher: the supervisor and its Sentinel API in a process, as `pikafo watch` puts them together.

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
use pikafo::serve::desk::Desk as _;
use pikafo::serve::desk::Look as _;
use pikafo::serve::hall::Hall;
use pikafo::serve::hall::Limits;
use pikafo::serve::server;
use tokio_util::sync::CancellationToken;

use super::machine::SimMachine;
use super::setting::Setting;
use super::socket::Plug;
use super::story::Story;
use super::world::World;

type Desk = Arc<Mutex<Option<Arc<Shared>>>>;

#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) name: String,
    pub(crate) machine: Arc<SimMachine>,
    pub(crate) home: PathBuf,
    pub(crate) process: Option<u64>,
    config: Config,
    desk: Desk,
}

impl Watcher {
    pub(crate) fn new(world: &mut World, setting: &Setting, index: usize) -> Self {
        let name = format!("w{index}");
        let machine = world.machine(&name, setting.watcher_ip(index));
        if setting.records.is_none() {
            machine.disk.trouble(|t| t.refuses = Some("record"));
        }
        Self {
            machine,
            home: PathBuf::from(format!("/{name}")),
            process: None,
            config: setting.config(index),
            desk: Desk::default(),
            name,
        }
    }

    pub(crate) fn start(&mut self, world: &mut World) {
        self.desk = Desk::default();
        let (desk, config, home) = (
            Arc::clone(&self.desk),
            self.config.clone(),
            self.home.clone(),
        );
        let (story, name) = (world.story.clone(), self.name.clone());
        self.process = Some(
            world.start(&self.name, &self.machine, |plug: Plug| async move {
                if let Err(why) = run(config, home, plug, &desk, &story, &name).await {
                    story.tell(&name, format!("cannot watch: {why}"));
                }
            }),
        );
    }

    /// What it believes, where it runs.
    pub(crate) fn snapshot(&self, world: &World) -> Option<Arc<Snapshot>> {
        self.process.filter(|process| world.runs(*process))?;
        let desk = self.desk.lock().expect("no panic while it is held");
        Some(desk.as_ref()?.snapshot())
    }
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
    let supervisor = Supervisor::begin(config, home, book, Arc::new(plug), stop.clone())
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
