//! A cluster as a tree: who follows whom.

use super::human;
use super::look::Look;
use super::look::Tone;
use super::status::Cluster;
use super::status::Node;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::name::Addr;

/// Draws every node once. Roots are the nodes that follow nobody of this cluster; a ring of replicas
/// that follow each other hangs below its first node.
pub fn tree(cluster: &Cluster, look: &Look) -> String {
    let mut drawing = Drawing {
        cluster,
        look,
        drawn: Vec::new(),
        text: String::new(),
    };
    let is_root = |node: &&Node| {
        !node
            .master
            .as_ref()
            .is_some_and(|addr| cluster.nodes.iter().any(|n| n.addr == *addr))
    };
    for root in cluster.nodes.iter().filter(is_root).chain(&cluster.nodes) {
        drawing.node(root, "", "");
    }
    drawing.text
}

struct Drawing<'a> {
    cluster: &'a Cluster,
    look: &'a Look,
    drawn: Vec<&'a Addr>,
    text: String,
}

impl<'a> Drawing<'a> {
    fn node(&mut self, node: &'a Node, branch: &str, below: &str) {
        if self.drawn.contains(&&node.addr) {
            return;
        }
        self.drawn.push(&node.addr);
        self.text.push_str(branch);
        self.text.push_str(&line(node, self.look));
        self.text.push('\n');
        let children: Vec<&Node> = self
            .cluster
            .nodes
            .iter()
            .filter(|child| {
                child.master.as_ref() == Some(&node.addr) && !self.drawn.contains(&&child.addr)
            })
            .collect();
        let last = children.len().saturating_sub(1);
        for (at, child) in children.into_iter().enumerate() {
            let (turn, pass) = if at == last {
                (self.look.glyph("└─ ", "`- "), "   ")
            } else {
                (self.look.glyph("├─ ", "|- "), self.look.glyph("│  ", "|  "))
            };
            self.node(child, &format!("{below}{turn}"), &format!("{below}{pass}"));
        }
    }
}

fn line(node: &Node, look: &Look) -> String {
    let name = if node.name == node.addr.to_string() {
        node.name.clone()
    } else {
        format!("{} {}", node.name, node.addr)
    };
    let (state, tone) = match (&node.error, node.role, node.link) {
        (Some(error), ..) => (error.clone(), Tone::Bad),
        (None, Role::Master, _) => ("master".to_owned(), Tone::Good),
        (None, _, Link::Up) => {
            let lag = node.lag_bytes.map_or_else(
                || "lag unknown".to_owned(),
                |lag| format!("{} behind", human::bytes(lag)),
            );
            (format!("up, {lag}"), Tone::Plain)
        }
        (None, _, Link::Syncing) => ("full sync".to_owned(), Tone::Warning),
        (None, _, Link::Error) => ("link in error".to_owned(), Tone::Bad),
        (None, _, Link::Down | Link::None) => ("link down".to_owned(), Tone::Bad),
    };
    format!("{name}  {}", look.paint(&state, tone))
}
