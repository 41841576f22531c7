//! `pikafo discover`.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use super::Context;
use crate::config::model::Auth;
use crate::config::model::Tls as TlsModel;
use crate::config::model::TlsVersions;
use crate::config::outside::Machine;
use crate::config::outside::Outside as _;
use crate::config::write;
use crate::config::write::Draft;
use crate::config::write::DraftAuth;
use crate::config::write::DraftCluster;
use crate::config::write::DraftNode;
use crate::config::write::DraftTls;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::sense;
use crate::host::sense::Found;
use crate::node::link::LinkSpec;
use crate::node::tls::Tls;

/// Find a cluster from any one of its nodes, and print its configuration
///
/// Goes up to the master and down to every replica, chains included, and prints a YAML that
/// `pikafo check` accepts. Look through it before you use it: zones, `promote:` wishes and hooks cannot
/// be discovered, and behind NAT the addresses that nodes print may need an `address_map:`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Any node, master or replica
    #[arg(value_name = "HOST:PORT")]
    pub start: Addr,

    /// What to call the cluster
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub name: String,

    /// The user to log in as
    #[arg(long, value_name = "USER", requires = "password_file")]
    pub username: Option<String>,

    /// The file whose only line is the password
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub password_file: Option<PathBuf>,

    /// Use TLS and the system's certificate authorities
    #[arg(long)]
    pub tls: bool,

    /// Use TLS and this certificate authority
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub tls_ca: Option<PathBuf>,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let spec = spec(ctx, &args)?;
    let found = ctx
        .interrupt
        .or(sense::discover(&args.start, &spec, &ctx.net))
        .await?;
    let found = found.map_err(|fault| unanswered(&args.start, &fault))?;
    let masters = found
        .iter()
        .filter(|node| role(node) == Some(Role::Master))
        .count();
    if masters != 1 {
        ctx.ui.warn(&format!(
            "{masters} of the {} nodes found are masters",
            found.len()
        ));
    }
    let yaml = write::yaml(&draft(&args, &found)?);
    // What is printed must be accepted; a name that is not allowed is the only way to fail here.
    crate::config::parse(&yaml, Path::new("discovered.yaml"), &Machine).map_err(Failure::from)?;
    Ok(ctx.ui.data(&yaml)?)
}

fn spec(ctx: &Context, args: &Args) -> anyhow::Result<LinkSpec> {
    let mut spec = LinkSpec::plain(&args.start, ctx.global.timeout);
    if let Some(file) = &args.password_file {
        let (password, _) = Machine.secret(file).map_err(|why| {
            Failure::new(
                Exit::Config,
                format!("cannot read the password: {} {why}", file.display()),
            )
        })?;
        spec.auth = Some(Arc::new(Auth {
            username: args.username.clone(),
            password,
        }));
    }
    if args.tls || args.tls_ca.is_some() {
        let model = TlsModel {
            ca: args.tls_ca.clone(),
            identity: None,
            server_name: None,
            verify_name: true,
            versions: TlsVersions::default(),
        };
        let tls = Tls::load(&model).map_err(|fault| Failure::new(Exit::Config, fault.text))?;
        spec.tls = Some(tls);
    }
    Ok(spec)
}

fn unanswered(start: &Addr, fault: &Fault) -> Failure {
    let failure = Failure::new(
        Exit::NoQuorum,
        format!("cannot discover from {start}: {}", words(start, fault)),
    );
    match fault.kind {
        FaultKind::Auth => {
            failure.hint("log in with --password-file, and --username where users have names")
        }
        FaultKind::NotResp | FaultKind::Tls => {
            failure.hint("check the port; for TLS add --tls or --tls-ca")
        }
        FaultKind::Unsupported => failure.hint("give a node that holds data"),
        FaultKind::Refused
        | FaultKind::Timeout
        | FaultKind::Hung
        | FaultKind::Dropped
        | FaultKind::Unreachable
        | FaultKind::Protocol
        | FaultKind::Overtaken
        | FaultKind::Error => {
            failure.hint("give a node that runs; any other of the cluster will do")
        }
    }
}

fn draft(args: &Args, found: &[Found]) -> anyhow::Result<Draft> {
    let nodes = found.iter().map(|node| DraftNode {
        comment: Some(comment(node)),
        ..DraftNode::at(node.addr.clone())
    });
    // Relative paths in the YAML start at its own folder, which is not known here.
    let absolute = |path: &PathBuf| std::path::absolute(path).context("cannot resolve a path");
    let auth = match &args.password_file {
        Some(file) => Some(DraftAuth {
            username: args.username.clone(),
            password_file: Some(absolute(file)?),
            ..DraftAuth::default()
        }),
        None => None,
    };
    let ca = args.tls_ca.as_ref().map(absolute).transpose()?;
    let tls = (args.tls || ca.is_some()).then(|| DraftTls {
        ca,
        ..DraftTls::default()
    });
    let cluster = DraftCluster {
        name: args.name.clone(),
        nodes: nodes.collect(),
        auth,
        tls,
        ..DraftCluster::default()
    };
    Ok(Draft {
        comments: vec![format!(
            "Found from {} by pikafo {}.",
            args.start,
            env!("CARGO_PKG_VERSION")
        )],
        clusters: vec![cluster],
        ..Draft::default()
    })
}

/// `replica, pika 3.5.5`, or why the node could not be asked.
fn comment(node: &Found) -> String {
    match &node.answer {
        Ok(seen) => format!(
            "{:?}, {:?} {}",
            seen.replication.role, seen.server.flavor, seen.server.version
        )
        .to_lowercase(),
        Err(fault) => words(&node.addr, fault).to_owned(),
    }
}

/// The fault without the address that it begins with.
fn words<'f>(addr: &Addr, fault: &'f Fault) -> &'f str {
    fault
        .text
        .strip_prefix(&format!("{addr} "))
        .unwrap_or(&fault.text)
}

fn role(node: &Found) -> Option<Role> {
    node.answer.as_ref().ok().map(|seen| seen.replication.role)
}

const EXAMPLES: &str = "\
Examples:
  pikafo discover 10.0.0.1:9221 --name orders > pikafo.yaml
  pikafo discover 10.0.0.1:9221 --password-file orders.pw";
