//! The embedded server in each of its versions: a probe sees what the real one would show.

use pikafo::decide::facts::Flavor;
use pikafo::decide::facts::Link as LinkState;
use pikafo::decide::facts::Observation;
use pikafo::decide::facts::Role;
use pikafo::host::sense;
use pikafo::lab::node::LabNode;
use pikafo::lab::node::NodeOptions;
use pikafo::lab::ports::free_base;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::observe::Depth;
use pikafo::node::observe::observe;
use tempfile::TempDir;

use crate::live::redis::tcp;
use crate::live::until::PATIENCE;
use crate::live::until::until;

pub(super) async fn start(version: Version) -> (TempDir, LabNode) {
    let dir = TempDir::new().unwrap();
    let options = NodeOptions::new(free_base().unwrap(), dir.path(), version);
    (dir, LabNode::start(options).await.unwrap())
}

pub(super) async fn full(node: &LabNode) -> Observation {
    observe(
        &LinkSpec::plain(&node.addr(), PATIENCE),
        Depth::Full,
        &tcp(),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn a_linked_pair_of_every_version() {
    for version in Version::ALL {
        let (_a, master) = start(version).await;
        let (_b, replica) = start(version).await;
        let mut link = Link::open(&LinkSpec::plain(&replica.addr(), PATIENCE), &tcp())
            .await
            .unwrap();
        let (host, port) = (
            master.addr().host().to_owned(),
            master.addr().port().to_string(),
        );
        link.ask(&["SLAVEOF", &host, &port]).await.unwrap();
        let seen = until(
            async || full(&replica).await,
            |seen| seen.replication.link == LinkState::Up,
        )
        .await;
        let top = full(&master).await;

        assert_eq!(
            (seen.server.flavor, seen.replication.role),
            (Flavor::Pika, Role::Replica),
            "{version:?}"
        );
        assert_eq!(
            seen.replication.master.as_ref(),
            Some(&master.addr()),
            "{version:?}"
        );
        assert_eq!(
            seen.replication.position, top.replication.position,
            "{version:?}"
        );
        assert_eq!(top.replication.role, Role::Master, "{version:?}");
        assert_eq!(
            top.replication.replicas[0].addr,
            replica.addr(),
            "{version:?}"
        );

        let knows_users = matches!(version, Version::V3_5_5 | Version::V4_0_1);
        assert_eq!(
            (top.features.acl, top.features.kill_type),
            (knows_users, knows_users),
            "{version:?}"
        );
        assert_eq!(top.acl.is_some(), knows_users, "{version:?}");
        let settings = top.settings.unwrap();
        assert_eq!(
            (settings.databases, settings.write_binlog),
            (Some(1), Some(true)),
            "{version:?}"
        );
        assert!(
            settings.binlog_file_size.is_some_and(|size| size > 0),
            "{version:?}"
        );
        assert_eq!(settings.requirepass_set, Some(false), "{version:?}");
        let slaveof = seen.settings.unwrap().slaveof;
        assert_eq!(slaveof, Some(master.addr().to_string()), "{version:?}");

        // Replication's own port, and from 3.5 on the one for full syncs.
        let ports: Vec<bool> = top.side_ports.values().copied().collect();
        assert!(
            !ports.is_empty() && ports.iter().all(|reached| *reached),
            "{version:?}: {:?}",
            top.side_ports
        );

        let found = sense::discover(
            &replica.addr(),
            &LinkSpec::plain(&replica.addr(), PATIENCE),
            &tcp(),
        )
        .await;
        let addrs: Vec<_> = found.unwrap().into_iter().map(|node| node.addr).collect();
        assert_eq!(addrs, [master.addr(), replica.addr()], "{version:?}");
    }
}
