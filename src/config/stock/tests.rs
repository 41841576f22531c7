use secrecy::ExposeSecret as _;

use super::*;

const FULL: &str = r#"port 0
tls-port 26380
bind 10.0.1.1 -::1
dir /var/lib/redis
logfile s.log
loglevel Warning
pidfile /run/s.pid
daemonize yes
protected-mode yes
maxclients 77
timeout 300
requirepass mine
aclfile users.acl
user ops on >open #00ff ~* +@all
tls-replication yes
tls-cert-file s.crt
tls-key-file s.key
tls-ca-cert-file /etc/ca.pem
tls-auth-clients optional
tls-protocols "TLSv1.3"
io-threads 4
unixsocket s.sock
unixsocketperm 700
bind-source-addr 10.0.1.1
acllog-max-len 7
sentinel monitor orders 10.0.0.1 6379 2
sentinel known-replica orders 10.0.0.2 6379
sentinel down-after-milliseconds orders 400
sentinel notification-script orders /opt/n.sh
sentinel client-reconfig-script orders /opt/r.sh
sentinel master-reboot-down-after-period orders 700
sentinel sentinel-user w
sentinel sentinel-pass theirs
sentinel announce-ip 1.2.3.4
sentinel deny-scripts-reconfig no
"#;

#[test]
fn a_whole_file_means_what_it_means_to_sentinel() {
    let (_, config) = read(FULL, Path::new("s.conf")).unwrap();
    let Watch {
        listen,
        announce,
        auth,
        tls,
        server,
        ..
    } = config.watch;
    assert_eq!(listen, Addr::new("10.0.1.1", 26380));
    assert_eq!(announce, Some(Addr::new("1.2.3.4", 26380)));
    let auth = auth.unwrap();
    assert_eq!(auth.username.as_deref(), Some("w"));
    assert_eq!(auth.password.expose_secret(), "theirs");
    assert!(tls.is_some_and(
        |tls| !tls.verify_name && tls.identity.unwrap().0 == Path::new("/var/lib/redis/s.crt")
    ));
    assert!(server.plain.is_empty());
    assert_eq!(server.secure.len(), 2);
    assert!(server.secure[1].optional && server.secure[1].addr.host() == "::1");
    let own = server.tls.unwrap();
    assert_eq!(own.clients, ClientCertificates::Optional);
    assert!(own.versions.v1_3 && !own.versions.v1_2);
    assert_eq!(own.ca.as_deref(), Some(Path::new("/etc/ca.pem")));
    assert_eq!(server.password.unwrap().expose_secret(), "mine");
    assert_eq!(
        server.logfile.as_deref(),
        Some(Path::new("/var/lib/redis/s.log"))
    );
    assert_eq!(server.loglevel.as_deref(), Some("warning"));
    assert_eq!((server.max_clients, server.idle_s), (Some(77), Some(300)));
    let socket = server.socket.unwrap();
    assert_eq!(socket.path, Path::new("/var/lib/redis/s.sock"));
    assert_eq!((socket.mode, server.denials), (Some(0o700), Some(7)));
    assert_eq!(server.source, Some([10, 0, 1, 1].into()));
    assert!(server.protected && server.daemonize && server.scripts_may_be_set);
    let [user] = server.users.as_slice() else {
        panic!("{:?}", server.users)
    };
    assert_eq!(user.name, "ops");
    let rules: Vec<&str> = user
        .rules
        .iter()
        .map(secrecy::SecretString::expose_secret)
        .collect();
    assert_eq!(rules, ["on", ">open", "#00ff", "~*", "+@all"]);
    let warned: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warned,
        [
            "s.conf:8:1: daemonize has no effect here",
            "s.conf:21:1: io-threads has no effect here"
        ]
    );
    let [orders] = config.clusters.as_slice() else {
        panic!("{:?}", config.clusters)
    };
    assert_eq!(orders.nodes.len(), 2);
    assert_eq!(orders.detect.down_after, Duration::from_millis(400));
    assert_eq!(orders.detect.refused_after, Duration::from_millis(400));
    assert_eq!(orders.failover.block_for, Duration::from_secs(360));
    assert_eq!(
        orders.scripts.reconfig.as_deref(),
        Some(Path::new("/opt/r.sh"))
    );
    assert_eq!(orders.reboot_down_after, Some(Duration::from_millis(700)));
}

#[test]
fn an_empty_file_is_a_sentinel_that_watches_nothing_yet() {
    let (conf, config) = read("", Path::new("s.conf")).unwrap();
    assert!(config.clusters.is_empty() && config.watch.auth.is_none());
    let hosts: Vec<&str> = config
        .watch
        .server
        .plain
        .iter()
        .map(|listen| listen.addr.host())
        .collect();
    assert_eq!(
        (hosts.as_slice(), config.watch.listen.port()),
        (&["0.0.0.0", "::"][..], 26_379)
    );
    assert_eq!(conf.heritage().0, None);
}

#[test]
fn tls_that_cannot_be_served_is_said() {
    let problems = read("tls-port 1\n", Path::new("s.conf")).unwrap_err();
    insta::assert_snapshot!(problems, @r"
    s.conf: tls-port needs a certificate and its key (hint: add tls-cert-file and tls-key-file)
    s.conf: tls-port asks clients for certificates and names no authority (hint: add tls-ca-cert-file or tls-ca-cert-dir, or tls-auth-clients no)
    ");
}

#[test]
fn without_a_password_for_others_ones_own_is_used() {
    let (_, config) = read("requirepass mine\n", Path::new("s.conf")).unwrap();
    let auth = config.watch.auth.unwrap();
    assert_eq!(auth.username, None);
    assert_eq!(auth.password.expose_secret(), "mine");
}
