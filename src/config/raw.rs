//! The file as typed: every key, with its documentation, and nothing resolved.
//!
//! Each section is declared once with [`section!`], which gives it its reader, its layering over
//! `defaults` and its JSON schema.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde_json::Map;
use serde_json::Value;

use super::complaint::Complaints;
use super::leaf::Size;
use super::leaf::Span;
use super::leaf::Words;
use super::model::ClientCertificates;
use super::model::HookEvent;
use super::model::Rejoin;
use super::model::Zones;
use super::shape::Cursor;
use super::shape::Entries;
use super::shape::OrOff;
use super::shape::Shape;
use super::shape::Spot;
use super::shape::Table;
use super::shape::over;
use super::tree::Tree;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// Declares a section: a struct of keys that may all be absent.
macro_rules! section {
    ($(#[doc = $doc:literal])+ $name:ident requires [$($required:literal),*] {
        $($(#[doc = $key_doc:literal])+ $key:ident: $shape:ty,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default)]
        pub(super) struct $name {
            $($(#[doc = $key_doc])+ pub(super) $key: Option<Spot<$shape>>,)+
        }

        impl Shape for $name {
            fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
                let mut entries = Entries::of(&from, complaints)?;
                let section = Self { $($key: entries.take(stringify!($key), complaints),)+ };
                entries.finish(&[$(stringify!($key)),+], complaints);
                Some(section)
            }

            fn over(self, base: Self) -> Self {
                Self { $($key: over(self.$key, base.$key),)+ }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut properties = Map::new();
                $(properties.insert(
                    stringify!($key).to_owned(),
                    described(generator.subschema_for::<$shape>(), concat!($($key_doc),+)),
                );)+
                let required: &[&str] = &[$($required),*];
                json_schema!({
                    "type": "object",
                    "description": concat!($($doc),+).trim(),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }
        }
    };
}

section! {
    /// A configuration of pikafo.
    Root requires ["version", "clusters"] {
        /// The version of this format: 1.
        version: u32,
        /// What `pikafo watch` is, and where other watchers are.
        watch: Watch,
        /// Any key of a cluster but `nodes`; a cluster's own key wins.
        defaults: Defaults,
        /// The clusters by name.
        clusters: Table<Cluster>,
    }
}

section! {
    /// One watcher, and the others.
    Watch requires [] {
        /// Where the Sentinel API and peers are served. Default 0.0.0.0:26379.
        listen: Addr,
        /// What peers and clients should dial, where that is not the address of the listening socket.
        announce: Addr,
        /// Health, metrics and the dashboard; none where absent.
        http: Addr,
        /// Where journal, votes and the like are kept.
        state_dir: PathBuf,
        /// The other watchers or stock Sentinels; others are found through hello messages.
        peers: Vec<Spot<Addr>>,
        /// What watchers say to each other to be let in.
        auth: Auth,
        /// Serve the Sentinel API in TLS, and speak TLS with the other watchers.
        tls: WatchTls,
    }
}

section! {
    /// TLS of the Sentinel API. Names in certificates are not checked, as with Sentinel; who signed them is.
    WatchTls requires ["cert", "key"] {
        /// This watcher's certificate and those that lead to its authority, PEM. It is shown to other watchers, too.
        cert: PathBuf,
        /// The certificate's key, PEM.
        key: PathBuf,
        /// The private CA of clients and other watchers, PEM.
        ca: PathBuf,
        /// Whether clients must show a certificate of that CA. Default required.
        clients: ClientCertificates,
        /// Where TLS is served, beside plain TCP on `watch.listen`. Without it, `watch.listen` itself is in TLS.
        listen: Addr,
        /// Whether other watchers are spoken to in TLS, which they must then all serve. Default true.
        peers: bool,
    }
}

/// Declares `Cluster` and `Defaults` with the same keys, but for `nodes`.
macro_rules! cluster {
    ($($(#[doc = $key_doc:literal])+ $key:ident: $shape:ty,)+) => {
        section! {
            /// One master and its replicas.
            Cluster requires ["nodes"] {
                /// The servers, each `host:port` or with keys of its own.
                nodes: Vec<Spot<Node>>,
                $($(#[doc = $key_doc])+ $key: $shape,)+
            }
        }

        section! {
            /// What holds for every cluster that does not say otherwise.
            Defaults requires [] {
                $($(#[doc = $key_doc])+ $key: $shape,)+
            }
        }

        impl Cluster {
            /// Fills in from `defaults` what is not said here.
            #[must_use]
            pub(super) fn over_defaults(self, defaults: Defaults) -> Self {
                Self { nodes: self.nodes, $($key: over(self.$key, defaults.$key),)+ }
            }
        }
    };
}

cluster! {
    /// Whether replicas that the master lists are accepted too. Default true.
    discover: bool,
    /// From addresses that nodes print (a container's own) to those that can be dialled.
    address_map: Table<Addr>,
    /// How to log in to the nodes; `false` where they ask for nothing.
    auth: OrOff<Auth>,
    /// Speak TLS; `{}` trusts the system's roots, `false` speaks plain TCP.
    tls: OrOff<Tls>,
    /// What renamed commands are called: `slaveof: MY-SLAVEOF`.
    commands: Table<String>,
    /// When a node is held for dead.
    detect: Detect,
    /// What happens when the master is dead.
    failover: Failover,
    /// What a planned change of master may cost.
    switchover: Switchover,
    /// What becomes of nodes that return.
    rejoin: RejoinRules,
    /// How to keep writes from a node that cannot be fenced by its own means.
    fence: Fence,
    /// Programs to run when something happened.
    hooks: Vec<Spot<Hook>>,
}

section! {
    /// A server with keys of its own.
    NodeKeys requires ["addr"] {
        /// Where it listens.
        addr: Addr,
        /// What people call it; its address where absent.
        name: String,
        /// Where it stands.
        zone: String,
        /// Whether it should become master. Default allow.
        promote: Wish,
    }
}

section! {
    /// Credentials. The password is in a file, in the environment or printed by a command, never here.
    Auth requires [] {
        /// The user; servers without users take the password alone.
        username: String,
        /// A file that holds the password and nothing else.
        password_file: PathBuf,
        /// The environment variable that holds the password.
        password_env: String,
        /// A program that prints the password on its first line within 10 s. No shell is involved.
        password_command: Words,
    }
}

section! {
    /// TLS towards the nodes.
    Tls requires [] {
        /// A private CA, PEM; the system's roots where absent.
        ca: PathBuf,
        /// A client certificate, PEM; needs `key`.
        cert: PathBuf,
        /// The client certificate's key, PEM; needs `cert`.
        key: PathBuf,
        /// The name to expect in certificates; the node's host where absent.
        server_name: String,
        /// Whether the name in certificates is checked; the chain always is. Default true.
        verify_name: bool,
    }
}

section! {
    /// When a node is held for dead.
    Detect requires [] {
        /// Silence for this long is death. Default 5s.
        down_after: Span,
        /// A refused connection for this long is death. Default 1s; at most `down_after`.
        refused_after: Span,
        /// Watchers that must agree that a master is down. Default: a majority of those named.
        quorum: u32,
        /// Whether the replicas, too, must have lost the master. Default true.
        replicas_must_agree: bool,
    }
}

section! {
    /// What happens when the master is dead.
    Failover requires [] {
        /// Whether watchers act by themselves. Default true.
        automatic: bool,
        /// The most data that may be lost without asking. Default 1MiB.
        max_loss: Size,
        /// How long a failover may take. Default 60s.
        timeout: Span,
        /// Replicas that may be moved to the new master at a time. Default 1.
        parallel_syncs: u32,
        /// How long after an automatic failover no other one starts. Default 10m.
        block_for: Span,
        /// What zones mean for the choice of the new master. Default ignore.
        zones: Zones,
    }
}

section! {
    /// What a planned change of master may cost.
    Switchover requires [] {
        /// How long to wait for the candidate before anything is paused. Default 10s.
        catch_up: Span,
        /// The longest time without a writable master; past it the change is undone. Default 2s.
        max_blackout: Span,
    }
}

section! {
    /// What becomes of nodes that return.
    RejoinRules requires [] {
        /// What to do with a node whose data diverged. Default quarantine.
        diverged: Rejoin,
    }
}

section! {
    /// How to keep writes from a node that cannot be fenced by its own means.
    Fence requires [] {
        /// A program that fences and unfences.
        hook: PathBuf,
        /// How long it may take. Default 10s.
        hook_timeout: Span,
    }
}

section! {
    /// A program to run when something happened.
    Hook requires ["on", "run"] {
        /// The events.
        on: Vec<Spot<HookEvent>>,
        /// The program.
        run: PathBuf,
        /// How long it may take. Default 30s.
        timeout: Span,
        /// Whether its failure makes the operation incomplete. Default false.
        required: bool,
    }
}

/// A node: `host:port`, or keys.
#[derive(Clone, Debug)]
pub(super) struct Node(pub(super) NodeKeys);

impl Shape for Node {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        if !matches!(from.value, Tree::Map(_)) {
            let place = from.place.clone();
            let addr = Some(Spot {
                value: Addr::read(from, complaints)?,
                place,
            });
            return Some(Self(NodeKeys {
                addr,
                ..NodeKeys::default()
            }));
        }
        NodeKeys::read(from, complaints).map(Self)
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<Addr>(), generator.subschema_for::<NodeKeys>()] })
    }
}

/// A schema with the words of a key beside it.
fn described(mut schema: Schema, doc: &str) -> Value {
    schema.insert("description".to_owned(), doc.trim().into());
    schema.to_value()
}
