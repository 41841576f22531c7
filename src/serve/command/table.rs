//! The commands, by name.

use super::Command;
use super::Kind;
use super::Kind::Admin;
use super::Kind::Any;
use super::Kind::Connection;
use super::Kind::Others;
use super::Kind::Own;
use super::Kind::PubSub;

const fn command(
    name: &'static str,
    arity: i8,
    kind: Kind,
    summary: &'static str,
    subs: &'static [Command],
) -> Command {
    Command {
        name,
        arity,
        kind,
        summary,
        subs,
    }
}

/// A subcommand for administrators.
const fn admin(name: &'static str, arity: i8, summary: &'static str) -> Command {
    command(name, arity, Admin, summary, &[])
}

/// A subcommand about the connection itself.
const fn own(name: &'static str, arity: i8, summary: &'static str) -> Command {
    command(name, arity, Own, summary, &[])
}

/// A subcommand about other connections.
const fn others(name: &'static str, arity: i8, summary: &'static str) -> Command {
    command(name, arity, Others, summary, &[])
}

const fn any(name: &'static str, arity: i8, summary: &'static str) -> Command {
    command(name, arity, Any, summary, &[])
}

pub(super) const TABLE: &[Command] = &[
    command(
        "acl",
        -2,
        Any,
        "A container for Access List Control commands.",
        ACL,
    ),
    command("auth", -2, Connection, "Authenticates the connection.", &[]),
    command(
        "client",
        -2,
        Any,
        "A container for client connection commands.",
        CLIENT,
    ),
    command(
        "command",
        -1,
        Own,
        "Returns detailed information about all commands.",
        COMMAND,
    ),
    command("echo", 2, Connection, "Returns the given string.", &[]),
    command("hello", -1, Connection, "Handshakes with the server.", &[]),
    command(
        "info",
        -1,
        Kind::Info,
        "Returns information and statistics about the server.",
        &[],
    ),
    command(
        "pikafo",
        -2,
        Admin,
        "A container for pikafo's own commands.",
        PIKAFO,
    ),
    command(
        "ping",
        -1,
        Connection,
        "Returns the server's liveliness response.",
        &[],
    ),
    command(
        "psubscribe",
        -2,
        PubSub,
        "Listens for events whose channel fits one of the patterns.",
        &[],
    ),
    command(
        "publish",
        3,
        Kind::Publish,
        "Takes another watcher's hello.",
        &[],
    ),
    command(
        "punsubscribe",
        -1,
        PubSub,
        "Stops listening by patterns.",
        &[],
    ),
    command("quit", -1, Connection, "Closes the connection.", &[]),
    command("reset", 1, Connection, "Resets the connection.", &[]),
    command(
        "role",
        1,
        Kind::Role,
        "Returns the role: sentinel, and the clusters that are watched.",
        &[],
    ),
    command(
        "sentinel",
        -2,
        Admin,
        "A container for Sentinel commands.",
        SENTINEL,
    ),
    command(
        "shutdown",
        -1,
        Admin,
        "Ends the process in good order.",
        &[],
    ),
    command(
        "subscribe",
        -2,
        PubSub,
        "Listens for events by their names.",
        &[],
    ),
    command("unsubscribe", -1, PubSub, "Stops listening.", &[]),
];

pub(super) const ACL: &[Command] = &[
    any(
        "cat",
        -2,
        "Lists the ACL categories, or the commands inside one.",
    ),
    admin("deluser", -3, "Takes users away."),
    admin(
        "dryrun",
        -4,
        "Simulates the execution of a command by a user.",
    ),
    any("genpass", -2, "Not supported."),
    admin("getuser", 3, "Lists the ACL rules of a user."),
    any(
        "help",
        2,
        "Returns helpful text about the different subcommands.",
    ),
    admin("list", 2, "Dumps the users in ACL file format."),
    admin("load", 2, "Reads the ACL file again."),
    admin("log", -2, "Lists recent security events: none are kept."),
    admin("save", 2, "Writes the ACL file."),
    admin("setuser", -3, "Makes a user, or changes one."),
    admin("users", 2, "Lists all users."),
    any("whoami", 2, "Returns the user of the current connection."),
];

pub(super) const CLIENT: &[Command] = &[
    own("caching", 3, "Has no effect without tracking."),
    own("getname", 2, "Returns the name of the connection."),
    own("getredir", 2, "Returns where invalidations go: nowhere."),
    own(
        "help",
        2,
        "Returns helpful text about the different subcommands.",
    ),
    own("id", 2, "Returns the unique client ID of the connection."),
    own("info", 2, "Returns information about the connection."),
    others("kill", -3, "Terminates open connections."),
    others("list", -2, "Lists open connections."),
    others("no-evict", 3, "Has no effect: clients are not evicted."),
    own("no-touch", 3, "Has no effect: there are no keys."),
    others("pause", -3, "Not supported: watchers must be heard."),
    own(
        "reply",
        3,
        "Instructs the server whether to reply to commands.",
    ),
    own(
        "setinfo",
        4,
        "Sets information specific to the client or connection.",
    ),
    own("setname", 3, "Sets the connection name."),
    own("tracking", -3, "Has no effect: there are no keys."),
    own("trackinginfo", 2, "Returns that tracking is off."),
    others("unblock", -3, "Unblocks a client: none is ever blocked."),
    others(
        "unpause",
        2,
        "Resumes the processing of commands: it is never paused.",
    ),
];

pub(super) const COMMAND: &[Command] = &[
    own("count", 2, "Returns a count of commands."),
    own(
        "docs",
        -2,
        "Returns documentary information about commands.",
    ),
    own(
        "getkeys",
        -3,
        "Extracts the key names from a command: none has any.",
    ),
    own(
        "getkeysandflags",
        -3,
        "Extracts the key names and access flags from a command: none has any.",
    ),
    own(
        "help",
        2,
        "Returns helpful text about the different subcommands.",
    ),
    own(
        "info",
        -2,
        "Returns information about one, multiple or all commands.",
    ),
    own("list", -2, "Returns a list of command names."),
];

pub(super) const SENTINEL: &[Command] = &[
    admin(
        "ckquorum",
        3,
        "Checks whether enough watchers are there to fail over.",
    ),
    admin("config", -3, "Configures what holds for all masters."),
    admin("debug", -2, "Lists or updates the timing parameters."),
    admin(
        "failover",
        -3,
        "Fails over without asking the other watchers.",
    ),
    admin("flushconfig", 2, "Rewrites the configuration."),
    admin(
        "get-master-addr-by-name",
        3,
        "Returns the address of a master.",
    ),
    admin(
        "get-primary-addr-by-name",
        3,
        "Returns the address of a master.",
    ),
    any(
        "help",
        2,
        "Returns helpful text about the different subcommands.",
    ),
    admin(
        "info-cache",
        -3,
        "Returns the last INFO replies of a master and its replicas.",
    ),
    admin(
        "is-master-down-by-addr",
        6,
        "Tells whether a master is down, and votes.",
    ),
    admin(
        "is-primary-down-by-addr",
        6,
        "Tells whether a master is down, and votes.",
    ),
    admin("master", 3, "Returns the state of a master."),
    admin("masters", 2, "Returns the masters and their states."),
    admin("monitor", 6, "Begins to watch a master."),
    admin("myid", 2, "Returns the watcher's ID."),
    admin(
        "pending-scripts",
        2,
        "Returns the scripts that run or wait.",
    ),
    admin("primaries", 2, "Returns the masters and their states."),
    admin("primary", 3, "Returns the state of a master."),
    admin("remove", 3, "Stops watching a master."),
    admin("replicas", 3, "Returns the replicas of a master."),
    admin(
        "reset",
        3,
        "Forgets what is known of the masters whose names fit a pattern.",
    ),
    admin("sentinels", 3, "Returns the other watchers of a master."),
    admin("set", -5, "Changes the settings of a master."),
    admin("simulate-failure", -3, "Rehearses crashes in a failover."),
    admin("slaves", 3, "Returns the replicas of a master."),
];

pub(super) const PIKAFO: &[Command] = &[
    admin(
        "help",
        2,
        "Returns helpful text about the different subcommands.",
    ),
    admin(
        "history",
        4,
        "Returns the newest entries of a cluster's history as JSON.",
    ),
    admin("interrupt", 3, "Stops the operation under way."),
    admin(
        "operate",
        4,
        "Carries out an operation and tells its progress.",
    ),
    admin("pause", 4, "Holds automatic failover."),
    admin("remember", 3, "Returns a cluster's promotions as JSON."),
    admin("resume", -3, "Releases automatic failover."),
    admin(
        "standback",
        4,
        "Starts no automatic failover for some milliseconds.",
    ),
    admin(
        "status",
        -2,
        "Returns what is believed of one or all clusters as JSON.",
    ),
    any("version", 2, "Returns pikafo's version."),
];
