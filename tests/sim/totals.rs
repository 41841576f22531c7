//! What many runs came to.

use std::collections::BTreeMap;
use std::fmt;

use super::chaos::Kind;
use super::plot::Plot;
use super::run::Outcome;

#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) runs: u64,
    /// By a pikafo, and by a stock Sentinel.
    pub(crate) failovers: [u64; 2],
    /// Runs by what the servers were: Pika's version or Redis.
    servers: BTreeMap<String, u64>,
    /// Runs by how many stock Sentinels were among how many watchers.
    stock: BTreeMap<(usize, usize), u64>,
    /// Seeds and what did not hold.
    pub(crate) violated: Vec<(u64, String)>,
    switchovers: u64,
    acked: u64,
    lost: u64,
    virtual_us: u64,
    connections: u64,
    refused: u64,
    chunks: u64,
    bytes: u64,
    digest: u64,
    faults: BTreeMap<Kind, u64>,
    plots: BTreeMap<Plot, u64>,
    commands: BTreeMap<(String, Option<u8>), u64>,
}

impl Totals {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        for (kind, count) in &outcome.faults {
            *self.faults.entry(*kind).or_default() += count;
        }
        for (plot, count) in &outcome.plots {
            *self.plots.entry(*plot).or_default() += count;
        }
        for (command, count) in &outcome.commands {
            *self.commands.entry(command.clone()).or_default() += count;
        }
        for (sum, more) in self.failovers.iter_mut().zip(outcome.failovers) {
            *sum += more;
        }
        let setting = &outcome.setting;
        *self.servers.entry(setting.servers_are()).or_default() += 1;
        let mixture = (setting.stock.len(), setting.watchers);
        *self.stock.entry(mixture).or_default() += 1;
        self.switchovers += outcome.switchovers;
        self.acked += outcome.acked;
        self.lost += outcome.lost;
        self.virtual_us += outcome.virtual_us;
        self.connections += outcome.carried.connections;
        self.refused += outcome.carried.refused;
        self.chunks += outcome.carried.chunks;
        self.bytes += outcome.carried.bytes;
        self.digest ^= outcome.digest;
        for violation in &outcome.violations {
            self.violated.push((outcome.seed, violation.to_string()));
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.virtual_us / 60_000_000;
        writeln!(f, "{} runs, {minutes} minutes of virtual time", self.runs)?;
        writeln!(
            f,
            "{} connections, {} refused, {} messages, {} MiB",
            self.connections,
            self.refused,
            self.chunks,
            self.bytes >> 20
        )?;
        writeln!(f, "servers")?;
        for (kind, count) in &self.servers {
            writeln!(f, "  {count:8}  {kind}")?;
        }
        writeln!(f, "watchers")?;
        for ((stock, all), count) in &self.stock {
            let pikafos = all - stock;
            writeln!(f, "  {count:8}  {pikafos} pikafo, {stock} stock")?;
        }
        writeln!(f, "faults")?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:8}  {}", kind.name())?;
        }
        writeln!(f, "plots")?;
        for (plot, count) in &self.plots {
            writeln!(f, "  {count:8}  {}", plot.name())?;
        }
        writeln!(f, "commands, by exit code")?;
        for ((name, exit), count) in &self.commands {
            let exit = exit.map_or("killed".to_owned(), |exit| exit.to_string());
            writeln!(f, "  {count:8}  {name} {exit}")?;
        }
        writeln!(
            f,
            "{} failovers led by pikafo, {} by stock Sentinels, {} switchovers",
            self.failovers[0], self.failovers[1], self.switchovers
        )?;
        writeln!(
            f,
            "{} acknowledged writes checked, {} lost in failovers",
            self.acked, self.lost
        )?;
        writeln!(f, "digest {:016x}", self.digest)?;
        writeln!(f, "{} violations", self.violated.len())?;
        for (seed, text) in &self.violated {
            writeln!(f, "  seed {seed}: {text}")?;
        }
        Ok(())
    }
}
