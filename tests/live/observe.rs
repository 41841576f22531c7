//! What a probe says of a real `redis-server`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pikafo::config::model::Auth;
use pikafo::config::model::Commands;
use pikafo::config::model::Tls as TlsModel;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Flavor;
use pikafo::decide::facts::Link as LinkState;
use pikafo::decide::facts::Observation;
use pikafo::decide::facts::Role;
use pikafo::decide::position::Position;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::observe::Depth;
use pikafo::node::observe::observe;
use pikafo::node::tls::Tls;
use secrecy::SecretString;

use super::certs::Certs;
use super::redis::RedisServer;
use super::redis::tcp;
use super::until::until;

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of the field that it fills"
)]
fn auth(username: Option<&str>, password: &str) -> Option<Arc<Auth>> {
    Some(Arc::new(Auth {
        username: username.map(str::to_owned),
        password: SecretString::from(password.to_owned()),
    }))
}

async fn full(spec: &LinkSpec) -> Observation {
    observe(spec, Depth::Full, &tcp())
        .await
        .expect("it can be observed")
}

fn position(seen: &Observation) -> u64 {
    match seen.replication.position {
        Some(Position::Redis { repl }) => repl,
        ref other => panic!("no Redis position: {other:?}"),
    }
}

#[tokio::test]
async fn a_master_and_its_replica() {
    let master = RedisServer::start(&[]);
    let replica = RedisServer::start(&["replica-priority 7"]);
    replica.follow(&master).await;
    let seen = until(
        async || full(&replica.spec()).await,
        |seen| seen.replication.link == LinkState::Up,
    )
    .await;
    assert_eq!(
        (seen.server.flavor, seen.replication.role),
        (Flavor::Redis, Role::Replica)
    );
    assert_eq!(seen.server.version.split('.').next(), Some("7"));
    assert_eq!(seen.replication.master.as_ref(), Some(master.addr()));
    assert_eq!(
        (seen.replication.priority, seen.replication.read_only),
        (Some(7), Some(true))
    );
    assert!(seen.features.acl && seen.features.pause_write && seen.features.kill_type);
    assert!(!seen.fence.any() && !seen.server.loading);
    let settings = seen.settings.expect("a full probe reads settings");
    assert_eq!(
        (settings.databases, settings.requirepass_set),
        (Some(16), Some(false))
    );
    assert_eq!(
        (settings.min_replicas_to_write, settings.slave_priority),
        (Some(0), Some(7))
    );

    master.call(&["SET", "pikafo:lock", "me"]).await;
    let top = full(&master.spec()).await;
    assert_eq!(
        (top.replication.role, top.replication.link),
        (Role::Master, LinkState::None)
    );
    assert_eq!(top.lock.as_deref(), Some("me"));
    assert_eq!(top.replication.replicas.len(), 1);
    assert_eq!(&top.replication.replicas[0].addr, replica.addr());
    assert_eq!(top.replication.history_id, seen.replication.history_id);
    assert_eq!(top.server.tcp_port, Some(master.addr().port()));
    let reached = position(&top);
    until(
        async || position(&full(&replica.spec()).await),
        |at| *at >= reached,
    )
    .await;
}

#[tokio::test]
async fn a_quick_probe_asks_for_nothing_more() {
    let server = RedisServer::start(&[]);
    let seen = observe(&server.spec(), Depth::Quick, &tcp()).await.unwrap();
    assert_eq!(seen.replication.role, Role::Master);
    assert_eq!((seen.settings, seen.lock), (None, None));
    assert!(seen.at_ms > 0);
}

#[tokio::test]
async fn passwords_and_users() {
    let server = RedisServer::start(&[
        "requirepass secret",
        "masterauth secret",
        "user op on >word ~* &* +@all",
    ]);
    let plain = server.spec();
    let fault = observe(&plain, Depth::Full, &tcp()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Auth);
    assert!(
        fault.text.contains("NOAUTH Authentication required."),
        "{}",
        fault.text
    );

    let fault = Link::open(
        &LinkSpec {
            auth: auth(None, "wrong"),
            ..plain.clone()
        },
        &tcp(),
    )
    .await
    .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Auth);
    assert!(fault.text.contains("WRONGPASS"), "{}", fault.text);
    assert!(!fault.text.contains("wrong "), "{}", fault.text);

    for login in [
        auth(None, "secret"),
        auth(Some("op"), "word"),
        auth(Some("default"), "secret"),
    ] {
        let seen = full(&LinkSpec {
            auth: login,
            ..plain.clone()
        })
        .await;
        let settings = seen.settings.unwrap();
        assert_eq!(
            (settings.requirepass_set, settings.masterauth_set),
            (Some(true), Some(true))
        );
        assert_eq!(settings.requirepass_token, settings.masterauth_token);
    }
}

#[tokio::test]
async fn a_password_that_nobody_asked_for_does_no_harm() {
    let server = RedisServer::start(&[]);
    full(&LinkSpec {
        auth: auth(None, "secret"),
        ..server.spec()
    })
    .await;
}

#[tokio::test]
async fn a_user_who_may_only_look_leaves_the_rest_unknown() {
    let server = RedisServer::start(&["user eye on >word +info"]);
    let seen = full(&LinkSpec {
        auth: auth(Some("eye"), "word"),
        ..server.spec()
    })
    .await;
    assert_eq!(seen.settings.unwrap().requirepass_set, None);
    assert!(seen.features.acl);
    assert_eq!(seen.lock, None);

    let blind = RedisServer::start(&["user eye on >word +ping"]);
    let spec = LinkSpec {
        auth: auth(Some("eye"), "word"),
        ..blind.spec()
    };
    let fault = observe(&spec, Depth::Full, &tcp()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Auth);
    assert!(fault.text.contains("NOPERM"), "{}", fault.text);
}

#[tokio::test]
async fn a_fence_is_seen_and_a_pause_is_not_touched() {
    let server = RedisServer::start(&[]);
    server.call(&["ACL", "SETUSER", "default", "-@write"]).await;
    assert_eq!(full(&server.spec()).await.fence.acl_users, ["default"]);
    server.call(&["ACL", "SETUSER", "default", "+@all"]).await;
    assert!(!full(&server.spec()).await.fence.any());
    server
        .call(&["CONFIG", "SET", "min-replicas-to-write", "1000000"])
        .await;
    assert!(full(&server.spec()).await.fence.min_replicas);
    server
        .call(&["CONFIG", "SET", "min-replicas-to-write", "0"])
        .await;

    server.call(&["CLIENT", "PAUSE", "600000", "WRITE"]).await;
    assert!(full(&server.spec()).await.features.pause_write);
    let short = server.spec().within(Duration::from_millis(200));
    let mut link = Link::open(&short, &tcp()).await.unwrap();
    assert_eq!(
        link.ask(&["SET", "a", "1"]).await.unwrap_err().kind,
        FaultKind::Hung
    );
    server.call(&["CLIENT", "UNPAUSE"]).await;
}

#[tokio::test]
async fn renamed_commands() {
    let server = RedisServer::start(&["rename-command CONFIG hidden", "rename-command ACL \"\""]);
    let commands = Arc::new(Commands(BTreeMap::from([(
        "config".to_owned(),
        "hidden".to_owned(),
    )])));
    let seen = full(&LinkSpec {
        commands,
        ..server.spec()
    })
    .await;
    assert_eq!(seen.settings.unwrap().databases, Some(16));
    assert!(!seen.features.acl);
    assert_eq!(full(&server.spec()).await.settings.unwrap().databases, None);
}

#[tokio::test]
async fn tls_with_a_private_authority_and_a_client_certificate() {
    let certs = Certs::new(&["127.0.0.1", "node.test"]);
    let server = RedisServer::start_tls(certs.dir(), &["tls-auth-clients yes"]);
    let model = TlsModel {
        ca: Some(certs.file("ca.pem")),
        identity: Some((certs.file("client.pem"), certs.file("client.key"))),
        server_name: None,
        verify_name: true,
        versions: pikafo::config::model::TlsVersions::default(),
    };
    let with = |model: &TlsModel| LinkSpec {
        tls: Some(Tls::load(model).unwrap()),
        ..server.spec()
    };
    assert_eq!(full(&with(&model)).await.replication.role, Role::Master);
    full(&with(&TlsModel {
        server_name: Some("node.test".to_owned()),
        ..model.clone()
    }))
    .await;

    let kind = async |model: &TlsModel| {
        let fault = observe(&with(model), Depth::Quick, &tcp())
            .await
            .unwrap_err();
        (fault.kind, fault.text)
    };
    let (fault, text) = kind(&TlsModel {
        server_name: Some("other.test".to_owned()),
        ..model.clone()
    })
    .await;
    assert_eq!(fault, FaultKind::Tls, "{text}");
    let nameless = TlsModel {
        server_name: Some("other.test".to_owned()),
        verify_name: false,
        versions: pikafo::config::model::TlsVersions::default(),
        ..model.clone()
    };
    full(&with(&nameless)).await;

    // The chain is checked even where the name is not.
    let strangers = Certs::new(&["127.0.0.1"]);
    let (fault, text) = kind(&TlsModel {
        ca: Some(strangers.file("ca.pem")),
        ..nameless
    })
    .await;
    assert_eq!(fault, FaultKind::Tls, "{text}");
    let (fault, text) = kind(&TlsModel {
        identity: None,
        ..model.clone()
    })
    .await;
    assert_eq!(fault, FaultKind::Tls, "{text}");

    // TLS on one side only.
    let fault = observe(&server.spec(), Depth::Quick, &tcp())
        .await
        .unwrap_err();
    assert!(
        matches!(fault.kind, FaultKind::NotResp | FaultKind::Dropped),
        "{fault:?}"
    );
    // A plain server waits for the end of the line that it takes the handshake for.
    let plain = RedisServer::start(&[]);
    let mut spec = plain.spec().within(Duration::from_millis(300));
    spec.tls = Some(Tls::load(&model).unwrap());
    let fault = observe(&spec, Depth::Quick, &tcp()).await.unwrap_err();
    assert!(
        fault.kind == FaultKind::Hung && fault.text.contains("does it speak TLS?"),
        "{fault:?}"
    );

    let missing = TlsModel {
        ca: Some(certs.file("none.pem")),
        ..model
    };
    let fault = Tls::load(&missing).unwrap_err();
    assert!(
        fault.kind == FaultKind::Tls && fault.text.contains("none.pem"),
        "{fault:?}"
    );
}

#[tokio::test]
async fn a_killed_server_refuses_and_a_frozen_one_hangs() {
    let mut server = RedisServer::start(&[]);
    let spec = server.spec().within(Duration::from_millis(300));
    server.sigstop();
    assert_eq!(
        observe(&spec, Depth::Quick, &tcp()).await.unwrap_err().kind,
        FaultKind::Hung
    );
    server.sigcont();
    full(&server.spec()).await;
    server.sigkill();
    assert_eq!(
        observe(&spec, Depth::Quick, &tcp()).await.unwrap_err().kind,
        FaultKind::Refused
    );
    server.restart();
    full(&server.spec()).await;
    server.call(&["CONFIG", "SET", "maxclients", "321"]).await;
    server.call(&["CONFIG", "REWRITE"]).await;
    let conf = std::fs::read_to_string(server.conf()).unwrap();
    assert!(conf.contains("maxclients 321"), "{conf}");
}

#[tokio::test]
async fn a_redis_cluster_node_is_refused() {
    let server = RedisServer::start(&["cluster-enabled yes"]);
    let fault = observe(&server.spec(), Depth::Quick, &tcp())
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unsupported);
    assert!(fault.text.contains("Redis Cluster"), "{}", fault.text);
}

/// Otherwise it would seem to have lost something by being promoted.
#[tokio::test]
async fn who_never_heard_a_master_stands_at_nothing_before_and_after_a_promotion() {
    let server = RedisServer::start(&["replicaof 127.0.0.1 1"]);
    let seen = full(&server.spec()).await;
    assert_eq!((seen.replication.role, position(&seen)), (Role::Replica, 0));
    server.call(&["SLAVEOF", "NO", "ONE"]).await;
    let seen = full(&server.spec()).await;
    assert_eq!((seen.replication.role, position(&seen)), (Role::Master, 0));
}
