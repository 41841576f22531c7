//! One lab node as a process of its own, for whoever wants to send it real signals.

use std::io;
use std::io::Write as _;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

use super::node::LabNode;
use super::node::NodeOptions;
use super::timings::Timings;
use super::version::Version;

/// Runs one node of the lab in the foreground.
#[derive(Args, Clone, Debug)]
pub struct NodeArgs {
    /// Port of the node; port + 2000 and port + 10001 (3.4: port + 1000) must be free too.
    #[arg(long)]
    pub port: u16,
    /// Address to listen at.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Folder for configuration, data and binlog; made if it is missing.
    #[arg(long)]
    pub dir: PathBuf,
    /// Dialect: 3.4.1, 3.5.2, 3.5.5 or 4.0.1.
    #[arg(long, default_value_t = Version::V3_5_5)]
    pub version: Version,
    /// How long things take: as observed on real servers, or in milliseconds.
    #[arg(long, value_enum, default_value_t = Pace::Observed)]
    pub timings: Pace,
    /// Settings `key : value`, one a line, for a folder that has no configuration yet.
    #[arg(long)]
    pub conf: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Pace {
    Observed,
    Brisk,
}

impl NodeArgs {
    /// What the arguments mean; reads the settings file.
    pub fn options(&self) -> io::Result<NodeOptions> {
        let mut options =
            NodeOptions::new(self.port, &self.dir, self.version).timings(match self.timings {
                Pace::Observed => Timings::observed(),
                Pace::Brisk => Timings::brisk(),
            });
        options.ip = self.bind;
        if let Some(path) = &self.conf {
            for line in std::fs::read_to_string(path)?
                .lines()
                .filter(|line| !line.trim_start().starts_with('#'))
            {
                if let Some((key, value)) = line.split_once(':') {
                    options = options.config(key.trim(), value.trim());
                }
            }
        }
        Ok(options)
    }
}

/// Serves until the node has ended by SHUTDOWN or SIGTERM; writes one line to stderr when it is ready.
pub async fn run(args: &NodeArgs) -> io::Result<()> {
    serve(args.options()?).await
}

/// The same with options made otherwise.
pub async fn serve(options: NodeOptions) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let node = LabNode::start(options).await?;
    writeln!(io::stderr(), "lab node ready at {}", node.addr())?;
    tokio::select! {
        _ = terminate.recv() => node.stop().await,
        _ = interrupt.recv() => node.kill().await,
        () = node.ended() => {}
    }
    Ok(())
}
