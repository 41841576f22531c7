//! What a person is shown of a run: journals, records, how everybody stands.

use std::path::Path;

use super::fleet::Fleet;
use super::promotion;
use super::setting::CLUSTER;

impl Fleet {
    /// What the journals say, for a person.
    pub(crate) fn journals(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for machine in self.world.machines() {
            for (path, bytes) in promotion::journals(machine) {
                lines.push(path.display().to_string());
                for line in String::from_utf8_lossy(&bytes).lines() {
                    lines.push(format!("  {}", line.chars().take(400).collect::<String>()));
                }
            }
        }
        lines
    }

    /// Puts the records of the watchers into a folder of the real disk, for `pikafo replay`.
    pub(crate) fn dump(&self, folder: &Path) -> std::io::Result<()> {
        for machine in self.world.machines() {
            for path in machine.disk.below("/".as_ref()) {
                let bytes = machine.disk.look(&path).unwrap_or_default();
                let to = folder.join(path.strip_prefix("/").unwrap_or(&path));
                if path.components().any(|part| part.as_os_str() == "record") {
                    std::fs::create_dir_all(to.parent().unwrap_or(folder))?;
                    std::fs::write(to, bytes)?;
                }
            }
        }
        Ok(())
    }

    /// How everybody stands, for a person.
    pub(crate) fn state(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, server) in self.servers.iter().enumerate() {
            let Some(inside) = self.inside(index) else {
                lines.push(format!("{} does not run", server.name));
                continue;
            };
            let follows = inside.follows().map(|addr| addr.to_string());
            let saved = self.saved_master(index, &*inside).map(|a| a.to_string());
            lines.push(format!(
                "{} {} follows {} (file: {}), linked {}, takes writes {}, at {}",
                server.name,
                server.addr,
                follows.as_deref().unwrap_or("nobody"),
                saved.as_deref().unwrap_or("nobody"),
                inside.linked(),
                inside.takes_writes(),
                inside.position()
            ));
        }
        for (index, watcher) in self.watchers.iter().enumerate() {
            if let Some(belief) = self.belief(index) {
                lines.push(format!(
                    "{} (stock) believes in {} (epoch {}), failover {}, down {:?}, {} others",
                    watcher.name,
                    belief.master,
                    belief.epoch,
                    belief.fails_over || belief.o_down,
                    belief.down,
                    belief.others
                ));
                continue;
            }
            let snapshot = self.snapshot(index);
            let Some(picture) = snapshot.as_ref().and_then(|s| s.cluster(CLUSTER)) else {
                lines.push(format!("{} knows nothing", watcher.name));
                continue;
            };
            lines.push(format!(
                "{} believes in {} (epoch {}), failover {:?}, leader {:?} in {}, paused {:?}",
                watcher.name,
                picture.master,
                picture.config_epoch,
                picture.failover,
                picture.leader,
                picture.leader_epoch,
                picture.pause
            ));
            for finding in &picture.findings {
                lines.push(format!(
                    "  {} {:?} {}",
                    finding.code, finding.node, finding.text
                ));
            }
            for node in picture.nodes.iter().filter(|node| node.set_apart.is_some()) {
                lines.push(format!("  {} apart: {:?}", node.addr, node.set_apart));
            }
        }
        lines
    }
}
