//! The nodes of a cluster: every address and every name stands for one server only.

use std::collections::BTreeMap;

use super::complaint::Complaint;
use super::model::NodeSpec;
use super::place::Place;
use super::raw;
use super::resolve::Resolver;
use super::shape::Spot;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// Where each address was named first, over all clusters.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<Addr, (String, Place)>);

impl Resolver<'_> {
    /// Resolves `nodes:` of the cluster called `name` at `place`.
    pub(super) fn nodes(
        &mut self,
        name: &Spot<String>,
        place: &Place,
        raw: Option<Spot<Vec<Spot<raw::Node>>>>,
        owners: &mut Owners,
    ) -> Vec<NodeSpec> {
        let Some(list) = raw else {
            // Where `nodes:` is there but unreadable, that was said already.
            if !self.complaints.about(place, "nodes") {
                let complaint = Complaint::at(&name.place, "the cluster has no nodes");
                self.error(complaint.hint(
                    "add nodes: [host:port, …]; pikafo discover HOST:PORT writes it for you",
                ));
            }
            return Vec::new();
        };
        if list.value.is_empty() && !self.complaints.has_within(&list.place) {
            let complaint = Complaint::at(&list.place, "the cluster has no nodes");
            self.error(
                complaint
                    .hint("add nodes: [host:port, …]; pikafo discover HOST:PORT writes it for you"),
            );
        }
        let mut nodes = Vec::with_capacity(list.value.len());
        let mut places = Vec::with_capacity(list.value.len());
        for node in list.value {
            if let Some((addr, spec)) = self.node(node) {
                self.own(&addr, &name.value, owners);
                places.push(spec.place);
                nodes.push(spec.value);
            }
        }
        self.unique_names(&nodes, &places);
        if !nodes.is_empty() && nodes.iter().all(|node| node.promote == Wish::Never) {
            let complaint = Complaint::at(
                &list.place,
                "promote: never on every node leaves none to promote",
            );
            self.complaints.warning(complaint);
        }
        nodes
    }

    /// The address where it is written, and the node where its name is.
    fn node(&mut self, node: Spot<raw::Node>) -> Option<(Spot<Addr>, Spot<NodeSpec>)> {
        let Spot {
            value: raw::Node(keys),
            place,
        } = node;
        let Some(addr) = keys.addr else {
            if !self.complaints.about(&place, "addr") {
                self.error(Complaint::at(&place, "addr is missing").hint("write addr: host:port"));
            }
            return None;
        };
        self.dialable(&addr);
        let name = match keys.name {
            None => Spot {
                value: addr.value.to_string(),
                place: addr.place.clone(),
            },
            Some(name) => {
                self.node_name(&name);
                name
            }
        };
        let spec = NodeSpec {
            addr: addr.value.clone(),
            name: name.value,
            zone: keys.zone.map(|spot| spot.value),
            promote: keys.promote.map(|spot| spot.value).unwrap_or_default(),
        };
        Some((
            addr,
            Spot {
                value: spec,
                place: name.place,
            },
        ))
    }

    fn node_name(&mut self, name: &Spot<String>) {
        if let Some(odd) = name
            .value
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "._-:[]/@".contains(*c)))
        {
            let complaint = Complaint::at(
                &name.place,
                format!("a node's name cannot have {odd:?} in it"),
            );
            self.error(complaint.hint("letters, digits and . _ - : / @ may be used"));
        } else if name.value.starts_with('-') {
            self.error(Complaint::at(
                &name.place,
                "a node's name cannot start with a dash",
            ));
        } else if name.value.len() > 128 {
            self.error(Complaint::at(
                &name.place,
                "a node's name cannot be longer than 128 characters",
            ));
        }
    }

    fn own(
        &mut self,
        Spot { value: addr, place }: &Spot<Addr>,
        cluster: &str,
        owners: &mut Owners,
    ) {
        match owners.0.get(addr) {
            None => {
                owners
                    .0
                    .insert(addr.clone(), (cluster.to_owned(), place.clone()));
            }
            Some((owner, _)) if owner == cluster => {
                self.error(
                    Complaint::at(place, format!("{addr} is listed twice"))
                        .hint("remove one of them"),
                );
            }
            Some((owner, _)) => {
                let complaint =
                    Complaint::at(place, format!("{addr} is already a node of {owner}"));
                self.error(complaint.hint("a server belongs to one cluster"));
            }
        }
    }

    fn unique_names(&mut self, nodes: &[NodeSpec], places: &[Place]) {
        let by_addr: BTreeMap<_, _> = nodes
            .iter()
            .map(|node| (node.addr.to_string(), &node.addr))
            .collect();
        let mut seen: BTreeMap<&str, &Addr> = BTreeMap::new();
        for (node, place) in nodes.iter().zip(places) {
            if let Some(other) = by_addr.get(&node.name)
                && **other != node.addr
            {
                self.error(Complaint::at(
                    place,
                    format!("the name {} is the address of another node", node.name),
                ));
            }
            match seen.get(node.name.as_str()) {
                None => {
                    seen.insert(&node.name, &node.addr);
                }
                // The same address twice was said already.
                Some(other) if **other == node.addr => {}
                Some(other) => {
                    self.error(Complaint::at(
                        place,
                        format!("the name {} is taken by {other}", node.name),
                    ));
                }
            }
        }
    }
}
