//! A cluster as a table: one row for each node.

use super::findings;
use super::grid::Cell;
use super::grid::grid;
use super::human;
use super::look::Look;
use super::look::Tone;
use super::status::Cluster;
use super::status::Node;
use super::status::Report;
use super::tree;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::health::Health;

const COLUMNS: [&str; 9] = [
    "NODE",
    "ADDRESS",
    "ROLE",
    "LINK",
    "LAG",
    "POSITION",
    "PRIORITY",
    "PROMOTABLE",
    "RTT",
];
const WIDE: [&str; 5] = ["SERVER", "FOLLOWS", "ZONE", "HISTORY", "UPTIME"];

/// All clusters: for each a headline, its nodes, and what is wrong.
pub fn report(report: &Report, wide: bool, look: &Look) -> String {
    let texts: Vec<String> = report
        .clusters
        .iter()
        .map(|cluster| {
            let chained = cluster.nodes.iter().any(|node| is_chained(cluster, node));
            let tree = if chained {
                format!("\n{}", tree::tree(cluster, look))
            } else {
                String::new()
            };
            let found = findings::list(cluster, look);
            let gap = if found.is_empty() { "" } else { "\n" };
            format!(
                "{}\n{}{}{tree}{gap}{found}",
                headline(cluster, look),
                nodes(cluster, wide, look),
                watchers(cluster)
            )
        })
        .collect();
    texts.join("\n")
}

/// One line on the watchers, where any are named, and one on what holds them.
fn watchers(cluster: &Cluster) -> String {
    let all = cluster.watchers.len();
    if all == 0 {
        return String::new();
    }
    let paused = cluster.paused.as_ref();
    let paused = paused.map_or_else(String::new, |pause| format!("paused: {pause}\n"));
    let answering = cluster.watchers.iter().filter(|w| w.reachable).count();
    let epoch = cluster
        .epoch
        .map_or_else(String::new, |epoch| format!(", epoch {epoch}"));
    format!("watchers: {answering} of {all} answer{epoch}\n{paused}")
}

/// `orders: ok, master a (10.0.0.1:9221)`.
pub fn headline(cluster: &Cluster, look: &Look) -> String {
    let (word, tone) = match cluster.health {
        Health::Ok => ("ok", Tone::Good),
        Health::Degraded => ("degraded", Tone::Warning),
        Health::Down => ("down", Tone::Bad),
        Health::Split => ("split", Tone::Bad),
    };
    let master = match &cluster.master {
        Some(addr) => {
            let name = cluster.name_of(addr);
            let addr = addr.to_string();
            if name == addr {
                format!("master {addr}")
            } else {
                format!("master {name} ({addr})")
            }
        }
        None => "master unknown".to_owned(),
    };
    format!("{}: {}, {master}", cluster.name, look.paint(word, tone))
}

/// The nodes of one cluster, one row each. Made twice it shows a change: before and after.
pub fn nodes(cluster: &Cluster, wide: bool, look: &Look) -> String {
    let mut header = COLUMNS.to_vec();
    if wide {
        header.extend(WIDE);
    }
    let rows = cluster
        .nodes
        .iter()
        .map(|node| row(cluster, node, wide))
        .collect();
    grid(&header, rows, look)
}

fn row(cluster: &Cluster, node: &Node, wide: bool) -> Vec<Cell> {
    let mut cells = vec![
        Cell::plain(&node.name),
        Cell::plain(node.addr.to_string()),
        role(node),
        link(node),
        lag(node),
        optional(node.position.as_ref()),
        optional(node.priority),
        promotable(node),
        node.rtt_us.map_or_else(nothing, |us| {
            Cell::number(
                human::duration(std::time::Duration::from_micros(us)),
                Tone::Plain,
            )
        }),
    ];
    if wide {
        let server = node.flavor.zip(node.server_version.as_ref());
        cells.push(optional(server.map(|(flavor, version)| {
            format!("{flavor:?} {version}").to_lowercase()
        })));
        cells.push(optional(
            node.master.as_ref().map(|addr| cluster.name_of(addr)),
        ));
        cells.push(optional(node.zone.as_ref()));
        // Eight digits tell histories apart for an eye.
        let history = node.history_id.as_ref().filter(|id| !id.is_empty());
        cells.push(optional(
            history.map(|id| id.chars().take(8).collect::<String>()),
        ));
        let uptime = node
            .uptime_s
            .map(|s| human::duration(std::time::Duration::from_secs(s)));
        cells.push(optional(uptime));
    }
    cells
}

fn role(node: &Node) -> Cell {
    let fence = if node.fenced { ", fenced" } else { "" };
    match (node.role, &node.fault) {
        (_, Some(fault)) => {
            let word = serde_json::to_value(fault)
                .ok()
                .and_then(|word| word.as_str().map(str::to_owned));
            Cell::new(word.unwrap_or_else(|| "unreachable".to_owned()), Tone::Bad)
        }
        (Role::Master, None) => {
            let tone = if node.writable { Tone::Good } else { Tone::Bad };
            Cell::new(format!("master{fence}"), tone)
        }
        (Role::Replica, None) => Cell::plain(format!("replica{fence}")),
        (Role::Chained, None) => Cell::plain(format!("chained{fence}")),
        (Role::Unknown, None) => Cell::new("unknown", Tone::Warning),
    }
}

fn link(node: &Node) -> Cell {
    match node.link {
        Link::Up => Cell::plain("up"),
        Link::Down => Cell::new("down", Tone::Bad),
        Link::Syncing => Cell::new("syncing", Tone::Warning),
        Link::Error => Cell::new("error", Tone::Bad),
        Link::None => nothing(),
    }
}

fn lag(node: &Node) -> Cell {
    match (node.role, node.lag_bytes) {
        (Role::Master, _) => nothing(),
        (_, Some(bytes)) => Cell::number(human::bytes(bytes), Tone::Plain),
        (_, None) if node.reachable => Cell::new("?", Tone::Warning),
        (_, None) => nothing(),
    }
}

fn promotable(node: &Node) -> Cell {
    match node.promotable.code.as_str() {
        "ok" => Cell::new("ok", Tone::Good),
        "is_master" => nothing(),
        code => Cell::new(code, Tone::Warning),
    }
}

fn optional(value: Option<impl ToString>) -> Cell {
    value.map_or_else(nothing, |value| Cell::plain(value.to_string()))
}

fn nothing() -> Cell {
    Cell::new("-", Tone::Faint)
}

/// A replica that has replicas, or one that follows such a replica.
fn is_chained(cluster: &Cluster, node: &Node) -> bool {
    node.role == Role::Chained
        || cluster
            .nodes
            .iter()
            .any(|other| node.master.as_ref() == Some(&other.addr) && other.role.is_replica())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::FaultKind;
    use crate::decide::health::Limits;
    use crate::decide::health::assess;
    use crate::decide::sample;
    use crate::decide::view::ClusterView;

    fn show(view: &ClusterView, wide: bool) -> String {
        let assessment = assess(view, &Limits { max_lag: 100_000 });
        let model = Report::new("", vec![Cluster::new(view, assessment)]);
        report(
            &model,
            wide,
            &Look {
                header: true,
                ..Look::default()
            },
        )
    }

    #[test]
    fn a_healthy_cluster_at_a_glance() {
        insta::assert_snapshot!(show(&sample::healthy(), false), @r"
        orders: ok, master a (10.0.0.1:9221)
        NODE  ADDRESS        ROLE     LINK  LAG  POSITION  PRIORITY  PROMOTABLE  RTT
        a     10.0.0.1:9221  master   -     -    12:284    -         -           210 µs
        b     10.0.0.2:9221  replica  up    0 B  12:284    100       ok          210 µs
        c     10.0.0.3:9221  replica  up    0 B  12:284    100       ok          210 µs
        ");
    }

    #[test]
    fn wide_says_more() {
        insta::assert_snapshot!(show(&sample::redis(), true), @r"
        orders: ok, master a (10.0.0.1:9221)
        NODE  ADDRESS        ROLE     LINK  LAG  POSITION  PRIORITY  PROMOTABLE  RTT     SERVER        FOLLOWS  ZONE  HISTORY  UPTIME
        a     10.0.0.1:9221  master   -     -    1000      -         -           210 µs  redis 7.0.15  -        -     94e8     1 d
        b     10.0.0.2:9221  replica  up    0 B  1000      100       ok          210 µs  redis 7.0.15  a        -     94e8     1 d
        c     10.0.0.3:9221  replica  up    0 B  1000      100       ok          210 µs  redis 7.0.15  a        -     94e8     1 d
        ");
    }

    #[test]
    fn what_is_wrong_stands_below() {
        let mut view = sample::healthy();
        sample::of(&mut view, "a").replication.position = Some(sample::at(12, 4096));
        sample::lose(&mut view, "c", FaultKind::Hung);
        insta::assert_snapshot!(show(&view, false), @r"
        orders: degraded, master a (10.0.0.1:9221)
        NODE  ADDRESS        ROLE     LINK  LAG      POSITION  PRIORITY  PROMOTABLE   RTT
        a     10.0.0.1:9221  master   -     -        12:4096   -         -            210 µs
        b     10.0.0.2:9221  replica  up    3.7 KiB  12:284    100       ok           210 µs
        c     10.0.0.3:9221  hung     -     -        -         -         unreachable  -

        critical [node.unreachable] c: hung
          hint: look whether the process runs and whether the network lets this host through
        ");
    }

    #[test]
    fn a_chain_is_drawn_as_a_tree() {
        let mut view = sample::healthy();
        sample::of(&mut view, "b").replication.role = Role::Chained;
        sample::of(&mut view, "c").replication.master = Some(sample::addr(2));
        insta::assert_snapshot!(show(&view, false), @r"
        orders: ok, master a (10.0.0.1:9221)
        NODE  ADDRESS        ROLE     LINK  LAG  POSITION  PRIORITY  PROMOTABLE  RTT
        a     10.0.0.1:9221  master   -     -    12:284    -         -           210 µs
        b     10.0.0.2:9221  chained  up    0 B  12:284    100       ok          210 µs
        c     10.0.0.3:9221  replica  up    0 B  12:284    100       chained     210 µs

        a 10.0.0.1:9221  master
        └─ b 10.0.0.2:9221  up, 0 B behind
           └─ c 10.0.0.3:9221  up, 0 B behind

        info [master.ghost_replica] a: it still lists c, which follows somebody else
          hint: Pika drops it within minutes; until then the node refuses SLAVEOF
        info [replica.chained] c: it follows b, a replica
          hint: it is never promoted, and lags by two links; run `pikafo repoint NODE` to attach it to the master
        ");
    }
}
