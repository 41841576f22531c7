//! A server of the cluster: a lab node in a process, started again whenever it has ended.

use std::path::PathBuf;
use std::sync::Arc;

use pikafo::decide::name::Addr;
use pikafo::lab::net::LabNet;
use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::timings::Timings;

use super::inside::Inside;
use super::inside::Window;
use super::machine::SimMachine;
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
    options: NodeOptions,
}

impl Server {
    pub(crate) fn new(world: &mut World, setting: &Setting, index: usize) -> Self {
        let name = format!("n{index}");
        let ip = Setting::server_ip(index);
        let machine = world.machine(&name, ip);
        let home = PathBuf::from(format!("/{name}"));
        let addr = Setting::server(index);
        let mut options =
            NodeOptions::new(addr.port(), &home, setting.version).timings(Timings::brisk());
        options.ip = ip;
        options.process_id = 100;
        options.config = setting.conf();
        if index > 0 {
            options = options.config("slaveof", &Setting::server(0).to_string());
        }
        Self {
            name,
            addr,
            machine,
            home,
            process: None,
            window: Window::default(),
            options,
        }
    }

    pub(crate) fn start(&mut self, world: &mut World) {
        let window = Window::default();
        self.window = Arc::clone(&window);
        let options = self.options.clone();
        let (story, name) = (world.story.clone(), self.name.clone());
        self.process = Some(
            world.start(&self.name, &self.machine, |plug: Plug| async move {
                let net = LabNet {
                    listen: Arc::new(plug.clone()),
                    dial: Arc::new(plug),
                };
                let node = match LabNode::start(NodeOptions { net, ..options }).await {
                    Ok(node) => Arc::new(node),
                    Err(error) => {
                        story.tell(&name, format!("cannot start: {error}"));
                        return;
                    }
                };
                let seen = Arc::clone(&node) as Arc<dyn Inside>;
                *window.lock().expect("no panic while it is held") = Some(seen);
                node.ended().await;
            }),
        );
    }

    /// The server, where it runs.
    pub(crate) fn inside(&self, world: &World) -> Option<Arc<dyn Inside>> {
        self.process.filter(|process| world.runs(*process))?;
        let window = self.window.lock().expect("no panic while it is held");
        window.clone()
    }
}
