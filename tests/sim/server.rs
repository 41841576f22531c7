//! A server of the cluster, of either kind: a node in a process, started again whenever it has ended.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::facts::Flavor;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::disk::Disk as _;
use pikafo::lab::net::LabNet;
use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::timings::Timings;

use super::dice::Dice;
use super::inside::Inside;
use super::inside::Window;
use super::machine::SimMachine;
use super::redis;
use super::redis::node::RedisNode;
use super::redis::node::Wall;
use super::setting::Setting;
use super::socket::Plug;
use super::world::World;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) addr: Addr,
    pub(crate) machine: Arc<SimMachine>,
    pub(crate) home: PathBuf,
    pub(crate) process: Option<u64>,
    window: Window,
    program: Program,
}

/// What runs, and what of it is not on the machine's disk.
#[derive(Clone, Debug)]
enum Program {
    Pika(Box<NodeOptions>),
    Redis(Redis),
}

/// A server by Redis' rules. Its files are a disk of their own, so what is wrong with the machine's is not with them.
#[derive(Clone, Debug)]
struct Redis {
    conf: Vec<(&'static str, String)>,
    disk: redis::disk::Disk,
    at: SocketAddr,
    seed: u64,
    timings: redis::node::Timings,
}

impl Server {
    pub(crate) fn new(world: &mut World, setting: &Setting, index: usize) -> Self {
        let name = format!("n{index}");
        let ip = Setting::server_ip(index);
        let machine = world.machine(&name, ip);
        let home = PathBuf::from(format!("/{name}"));
        let addr = Setting::server(index);
        let program = match setting.kind {
            Flavor::Pika => Program::Pika(Box::new(pika(setting, index, &home))),
            Flavor::Redis | Flavor::Valkey => Program::Redis(Redis::new(setting, index)),
        };
        Self {
            name,
            addr,
            machine,
            home,
            process: None,
            window: Window::default(),
            program,
        }
    }

    pub(crate) fn start(&mut self, world: &mut World) {
        let window = Window::default();
        self.window = Arc::clone(&window);
        let program = self.program.clone();
        let (story, name) = (world.story.clone(), self.name.clone());
        self.process = Some(
            world.start(&self.name, &self.machine, |plug: Plug| async move {
                let net = LabNet {
                    listen: Arc::new(plug.clone()),
                    dial: Arc::new(plug),
                };
                if let Err(error) = run(program, net, &window).await {
                    story.tell(&name, format!("cannot start: {error}"));
                }
            }),
        );
    }

    /// The server, where it runs.
    pub(crate) fn inside(&self, world: &World) -> Option<Arc<dyn Inside>> {
        self.process.filter(|process| world.runs(*process))?;
        let window = self.window.lock().expect("no panic while it is held");
        window.clone()
    }

    /// Everything that it has written is on the disk.
    pub(crate) fn sync(&self) {
        match &self.program {
            Program::Pika(_) => self.machine.disk.sync_all(),
            Program::Redis(redis) => redis.disk.sync(),
        }
    }

    /// Its machine has lost its power: what is not on the machine's disk is lost as it says.
    pub(crate) fn lost_power(&self) {
        match &self.program {
            Program::Pika(_) => {}
            Program::Redis(redis) => redis.disk.lose_power(),
        }
    }

    /// Its data is gone, and what its file says beyond its settings; it begins anew as a replica of the master.
    pub(crate) fn wipe(&self) {
        match &self.program {
            Program::Pika(_) => self
                .machine
                .disk
                .remove_folder(&self.home)
                .expect("a folder in memory"),
            Program::Redis(redis) => redis.disk.replace(&redis.conf()),
        }
    }
}

fn pika(setting: &Setting, index: usize, home: &Path) -> NodeOptions {
    let port = Setting::server(index).port();
    // A stop in good order is as long as it is, for in it writes are acknowledged that no replica hears of.
    let timings = Timings {
        shutdown_links: Timings::observed().shutdown_links,
        shutdown: Timings::observed().shutdown,
        ..Timings::brisk()
    };
    let mut options = NodeOptions::new(port, home, setting.version).timings(timings);
    options.ip = Setting::server_ip(index);
    options.process_id = 100;
    options.config = setting.conf();
    if index > 0 {
        options = options.config("slaveof", &Setting::server(0).to_string());
    }
    options
}

impl Redis {
    fn new(setting: &Setting, index: usize) -> Self {
        let mut conf = setting.directives();
        if index > 0 {
            let master = Setting::server(0);
            conf.push(("replicaof", format!("{} {}", master.host(), master.port())));
        }
        let lent: Vec<(&str, &str)> = conf.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let spell = Duration::from_millis(setting.copy_ms);
        Self {
            disk: redis::disk::Disk::new(&lent),
            at: SocketAddr::new(Setting::server_ip(index), Setting::server(index).port()),
            seed: Dice::new(setting.seed, &format!("redis {index}")).draw(),
            timings: redis::node::Timings {
                copy: spell,
                load: spell,
            },
            conf,
        }
    }

    fn conf(&self) -> Vec<(&str, &str)> {
        self.conf.iter().map(|(k, v)| (*k, v.as_str())).collect()
    }
}

/// Runs a server until it ends; the error says why it could not be started.
async fn run(program: Program, net: LabNet, window: &Window) -> io::Result<()> {
    let show = |seen: Arc<dyn Inside>| {
        *window.lock().expect("no panic while it is held") = Some(seen);
    };
    match program {
        Program::Pika(options) => {
            let node = Arc::new(LabNode::start(NodeOptions { net, ..*options }).await?);
            show(Arc::clone(&node) as _);
            node.ended().await;
        }
        Program::Redis(redis) => {
            let options = redis::node::Options {
                addr: redis.at,
                net,
                disk: redis.disk,
                wall: Wall::new(|| u64::try_from(clock::wall().as_millisecond()).unwrap_or(0)),
                seed: redis.seed,
                timings: redis.timings,
            };
            let node = Arc::new(RedisNode::start(options).await?);
            show(Arc::clone(&node) as _);
            node.ended().await;
        }
    }
    Ok(())
}
