//! One file, a Sentinel's and ours in turn.

use std::fs;

use ::redis::Value;
use pikafo::decide::name::Addr;
use pikafo::host::conf_file::ConfFile;
use pikafo::node::reply;
use tempfile::TempDir;

use super::ring::id;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::live::until::until;

/// A field of `SENTINEL MASTER orders`.
async fn master(sentinel: &Sentinel, field: &str) -> Option<String> {
    reply::paired(
        &sentinel.ask(&["SENTINEL", "MASTER", "orders"]).await?,
        field,
    )
}

async fn my_id(sentinel: &Sentinel) -> Option<String> {
    reply::text(&sentinel.ask(&["SENTINEL", "MYID"]).await?)
}

#[tokio::test]
async fn a_sentinels_file_is_taken_over_and_given_back() {
    let (old, new) = (RedisServer::start(&[]), RedisServer::start(&[]));
    new.follow(&old).await;
    let mut sentinel = Sentinel::with(&format!(
        "# by hand\nsentinel monitor orders {} {} 2\nsentinel auth-pass orders \"p w\"\n\
         sentinel down-after-milliseconds orders 60000\nsentinel rename-command orders SCRIPT \"\"\n",
        old.addr().host(),
        old.addr().port(),
    ))
    .await;
    // What its life leaves in the file: a replica, another Sentinel, an epoch, a setting.
    let hello = format!(
        "127.0.0.1,26379,{},5,orders,{},{},3",
        id('b'),
        old.addr().host(),
        old.addr().port()
    );
    sentinel
        .ask(&["PUBLISH", "__sentinel__:hello", &hello])
        .await;
    sentinel
        .ask(&["SENTINEL", "SET", "orders", "failover-timeout", "70000"])
        .await;
    until(
        async || sentinel.conf(),
        |text| text.contains("known-replica") && text.contains("70000"),
    )
    .await;
    let identity = my_id(&sentinel).await.unwrap();
    sentinel.sigkill();

    let dir = TempDir::new().unwrap();
    let path = dir.path().join("sentinel.conf");
    // Sentinel writes a password with spaces without its quotes, and could not read that again.
    let text = sentinel.conf().replace("orders p w", "orders \"p w\"");
    fs::write(&path, &text).unwrap();
    let (mut file, mut conf, config) = ConfFile::open(&path).unwrap();
    let (me, mut durable) = conf.heritage();
    let me = me.unwrap();
    assert_eq!(me.as_str(), identity);
    assert_eq!(durable.current_epoch, 5);
    let orders = durable.clusters.get_mut("orders").unwrap();
    assert_eq!(orders.master.as_ref(), Some(old.addr()));
    assert_eq!((orders.config_epoch, orders.leader_epoch), (3, 0));
    assert_eq!(orders.replicas, [new.addr().clone()]);
    assert_eq!(
        orders.watchers,
        [(id('b'), Addr::new("127.0.0.1", 26_379))].into()
    );
    assert_eq!(config.clusters[0].failover.timeout.as_secs(), 70);

    // A failover, a vote, a further watcher and a setting, as pikafo writes them.
    orders.master = Some(new.addr().clone());
    orders.replicas = vec![old.addr().clone()];
    (orders.config_epoch, orders.leader_epoch) = (8, 9);
    orders.leader = Some(id('c'));
    orders
        .watchers
        .insert(id('c'), Addr::new("127.0.0.1", 26_380));
    durable.current_epoch = 9;
    conf.learn(&me, &durable);
    conf.master_mut("orders").unwrap().quorum = 3;
    file.save(&conf).await.unwrap();
    drop(file);

    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("# by hand\n"), "{written}");
    let again = Sentinel::on(&written, sentinel.addr().clone()).await;
    assert_eq!(my_id(&again).await.as_deref(), Some(identity.as_str()));
    for (field, value) in [
        ("port", new.addr().port().to_string()),
        ("config-epoch", "8".to_owned()),
        ("quorum", "3".to_owned()),
        ("failover-timeout", "70000".to_owned()),
        ("num-other-sentinels", "2".to_owned()),
        ("num-slaves", "1".to_owned()),
    ] {
        assert_eq!(master(&again, field).await, Some(value), "{field}");
    }
    assert!(again.knows(&id('b')).await && again.knows(&id('c')).await);
    // The vote of epoch 9 is given, and there is no second one.
    let port = new.addr().port().to_string();
    let words = [
        "SENTINEL",
        "IS-MASTER-DOWN-BY-ADDR",
        new.addr().host(),
        &port,
        "9",
        id('d').as_str(),
    ]
    .map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(Value::Array(ballot)) = again.ask(&words).await else {
        panic!("no ballot")
    };
    assert_eq!(ballot.get(2), Some(&Value::Int(9)));
    assert_ne!(
        ballot.get(1).and_then(reply::text),
        Some(id('d').to_string())
    );

    // And back once more: what Sentinel rewrote reads as what it was, the vote included.
    again.ask(&["SENTINEL", "FLUSHCONFIG"]).await;
    assert!(again.conf().contains("orders p w"), "{}", again.conf());
    fs::write(&path, again.conf().replace("orders p w", "orders \"p w\"")).unwrap();
    let (_, conf, _) = ConfFile::open(&path).unwrap();
    let (_, back) = conf.heritage();
    assert_eq!(back, durable);
}
