//! What clients change at run time, and what readers see of it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use super::hosts;
use super::shared::Errand;
use super::shared::Settled;
use super::shared::What;
use super::supervisor::Supervisor;
use super::terms;
use super::users;
use crate::config::model::Auth;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::config::model::Detect;
use crate::config::model::Watch;
use crate::config::sentinel_conf::SentinelMaster;
use crate::config::stock;
use crate::decide::engine::Event;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;
use crate::decide::engine::spec::Periods;
use crate::decide::name::Addr;
use crate::host::dice;
use crate::host::machine;
use crate::serve::desk::Done;
use crate::serve::desk::Global;
use crate::serve::desk::Globals;
use crate::serve::desk::Loglevel;
use crate::serve::desk::Monitor;
use crate::serve::desk::Process;
use crate::serve::desk::Refusal;
use crate::serve::desk::Scripts;
use crate::serve::desk::Setting;

impl Settled {
    pub(super) fn of(config: &Config, state_dir: &Path, taken: bool) -> Self {
        let watch = &config.watch;
        let own = machine::process();
        Self {
            globals: globals(watch),
            logins: Arc::new(users::logins(watch, taken)),
            process: Process {
                run_id: dice::hex(20),
                pid: own.id,
                port: watch.listen.port(),
                executable: own.program,
                config_file: config.path.display().to_string(),
                ..Process::default()
            },
            state_dir: state_dir.to_owned(),
            ..Self::default()
        }
    }
}

/// What `SENTINEL CONFIG GET` tells at first.
pub(super) fn globals(watch: &Watch) -> Globals {
    let (server, announce) = (&watch.server, watch.announce.as_ref());
    let auth = watch.auth.as_ref().filter(|_| !server.borrows_password);
    Globals {
        resolve_hostnames: server.resolve_hostnames,
        announce_hostnames: server.announce_hostnames,
        announce_ip: server
            .announce_ip
            .clone()
            .or_else(|| announce.map(|a| a.host().to_owned()))
            .unwrap_or_default(),
        announce_port: server
            .announce_port
            .or_else(|| announce.map(Addr::port))
            .unwrap_or(0),
        sentinel_user: auth
            .and_then(|auth| auth.username.clone())
            .unwrap_or_default(),
        sentinel_pass: auth.map(|auth| auth.password.clone()),
        loglevel: server
            .loglevel
            .as_deref()
            .and_then(Loglevel::of)
            .unwrap_or_default(),
        deny_scripts_reconfig: !server.scripts_may_be_set,
    }
}

impl Supervisor {
    pub(super) async fn run_errand(&mut self, errand: Errand) {
        let done = match errand.what {
            What::Monitor(wanted) => self.monitor(wanted).await,
            What::Remove(cluster) => self.remove(cluster).await,
            What::Set(cluster, settings) => self.set(&cluster, settings).await,
            What::SetGlobals(settings) => self.set_globals(settings).await,
            What::Flush => self.flush().await,
            What::RenewTls => {
                self.hands().renew_tls();
                Ok(())
            }
            What::Infos(cluster, asked) => {
                let infos = self.hands_ref().infos(&cluster);
                // Whoever has hung up does not want to know.
                drop(asked.send(infos));
                Ok(())
            }
            What::Tune => {
                let timing = self.timing();
                self.hands().limit_scripts(&timing);
                self.hands().tune(&timing);
                let periods = Periods {
                    ask_ms: timing.ask_period,
                    tilt_ms: timing.tilt_period,
                    election_ms: timing.election_timeout,
                };
                if self.periods() != periods {
                    self.turn(Event::Periods { periods }).await;
                }
                Ok(())
            }
            What::KeepUsers => {
                self.keep_users();
                Ok(())
            }
            What::ReadUsers => self.read_users(),
            What::WriteUsers => self.write_users().await,
            What::Reload(config) => {
                self.reload(*config).await;
                Ok(())
            }
            What::StandBack { cluster, ms } => self.stand_back(cluster, ms).await,
        };
        // Whoever has hung up does not want to know.
        errand.done.send(done).unwrap_or_default();
    }

    async fn monitor(&mut self, mut wanted: Monitor) -> Done {
        if self.hands().clusters.contains_key(&wanted.name) {
            return Err(Refusal::duplicate_name());
        }
        let globals = self.shared().settled().globals.clone();
        let (by_name, said) = (globals.resolve_hostnames, globals.announce_hostnames);
        wanted.master = hosts::found(&wanted.master, by_name, said)
            .await
            .ok_or_else(Refusal::bad_host)?;
        let timing = self.timing();
        let mut master = SentinelMaster::new(&wanted.name, wanted.master.clone(), wanted.quorum);
        master.down_after = Some(Duration::from_millis(timing.default_down_after));
        master.failover_timeout = Some(Duration::from_millis(timing.default_failover_timeout));
        let book = self.hands().book();
        book.conf.masters.push(master);
        let cluster = stock::resolve(&book.conf, Path::new("runtime.conf"))
            .clusters
            .pop();
        let Some(cluster) = cluster else {
            return Err(Refusal("ERR nothing to monitor".to_owned()));
        };
        self.watch(cluster, Some(wanted.master))
            .await
            .map_err(|error| Refusal(format!("ERR {error}")))?;
        self.flush().await
    }

    async fn remove(&mut self, cluster: String) -> Done {
        if !self.hands().clusters.contains_key(&cluster) {
            return Err(Refusal::unknown_master());
        }
        self.hands()
            .book()
            .conf
            .masters
            .retain(|m| m.name != cluster);
        self.turn(Event::Forget { cluster }).await;
        self.flush().await
    }

    async fn set(&mut self, name: &str, settings: Vec<Setting>) -> Done {
        if !self.hands().clusters.contains_key(name) {
            return Err(Refusal::unknown_master());
        }
        let mut done = Ok(());
        // Whoever cuts the links tells clients that the master is gone.
        let relinks = settings.iter().any(Setting::is_of_links);
        for setting in settings {
            let words = setting.words();
            done = self.set_one(name, setting);
            if done.is_err() {
                break;
            }
            self.say_set(name, &words);
        }
        if relinks {
            self.hands().renew(name);
        }
        let Some(charge) = self.hands_ref().clusters.get(name) else {
            return Err(Refusal::unknown_master());
        };
        self.hands_ref().share_scripts(&charge.cluster);
        let spec = terms::spec(&charge.cluster, None);
        let memory = self.memory_of(name);
        self.turn(Event::Configure {
            spec: Box::new(spec),
            memory: Box::new(memory),
            unfinished: None,
        })
        .await;
        self.flush().await?;
        done
    }

    /// Changes one thing, here and in what is kept.
    fn set_one(&mut self, name: &str, setting: Setting) -> Done {
        let hands = self.hands();
        let Some(charge) = hands.clusters.get_mut(name) else {
            return Err(Refusal::unknown_master());
        };
        let cluster = &mut charge.cluster;
        let first = cluster.nodes.first().map(|node| node.addr.clone());
        let quorum = cluster.detect.quorum;
        let book = hands.book();
        if book.conf.master_mut(name).is_none() {
            let addr = first.unwrap_or_else(|| Addr::new("0.0.0.0", 1));
            book.conf
                .masters
                .push(SentinelMaster::new(name, addr, quorum));
        }
        let Some(kept) = book.conf.master_mut(name) else {
            return Err(Refusal::unknown_master());
        };
        match &setting {
            Setting::DownAfterMs(ms) => kept.down_after = Some(Duration::from_millis(*ms)),
            Setting::FailoverTimeoutMs(ms) => {
                kept.failover_timeout = Some(Duration::from_millis(*ms));
            }
            Setting::ParallelSyncs(count) => kept.parallel_syncs = Some(*count),
            Setting::Quorum(count) => kept.quorum = *count,
            Setting::NotificationScript(path) => {
                executable(path.as_deref(), "Notification")?;
                kept.notification_script = path.as_ref().map(PathBuf::from);
            }
            Setting::ReconfigScript(path) => {
                executable(path.as_deref(), "Client reconfiguration")?;
                kept.client_reconfig_script = path.as_ref().map(PathBuf::from);
            }
            Setting::AuthPass(password) => kept.auth_pass.clone_from(password),
            Setting::AuthUser(user) => kept.auth_user.clone_from(user),
            Setting::RenameCommand { command, to } => {
                let command = command.to_ascii_lowercase();
                if command.eq_ignore_ascii_case(to) {
                    kept.rename_command.remove(&command);
                } else {
                    kept.rename_command.insert(command, to.clone());
                }
            }
            Setting::MasterRebootDownAfterMs(ms) => {
                kept.reboot_down_after = Some(Duration::from_millis(*ms));
            }
        }
        let renamed = kept.rename_command.clone();
        let user = kept.auth_user.clone();
        if let Some(charge) = self.hands().clusters.get_mut(name) {
            apply(setting, user, &mut charge.cluster);
            if !renamed.is_empty() {
                charge.cluster.commands.0 = renamed;
            }
        }
        Ok(())
    }

    async fn set_globals(&mut self, settings: Vec<Global>) -> Done {
        let relinks = settings
            .iter()
            .any(|s| matches!(s, Global::SentinelUser(_) | Global::SentinelPass(_)));
        for setting in settings {
            let conf = &mut self.hands().book().conf;
            match &setting {
                Global::ResolveHostnames(yes) => conf.resolve_hostnames = *yes,
                Global::AnnounceHostnames(yes) => conf.announce_hostnames = *yes,
                Global::AnnounceIp(ip) => {
                    conf.announce_ip = Some(ip.clone()).filter(|ip| !ip.is_empty());
                }
                Global::AnnouncePort(port) => conf.announce_port = *port,
                Global::SentinelUser(user) => {
                    conf.sentinel_user = Some(user.clone()).filter(|user| !user.is_empty());
                }
                Global::SentinelPass(password) => conf.sentinel_pass = said(password),
                Global::Loglevel(level) => {
                    conf.server.loglevel = Some(level.word().to_owned());
                }
            }
            let announce = self.hands_ref().announce();
            match &setting {
                Global::AnnounceIp(ip) => announce.set_ip(ip),
                Global::AnnouncePort(port) => announce.set_port(*port),
                Global::ResolveHostnames(_)
                | Global::AnnounceHostnames(_)
                | Global::SentinelUser(_)
                | Global::SentinelPass(_) => {}
                Global::Loglevel(level) => self.set_volume(*level),
            }
            let mut settled = self.shared().settled();
            let globals = &mut settled.globals;
            match setting {
                Global::ResolveHostnames(yes) => globals.resolve_hostnames = yes,
                Global::AnnounceHostnames(yes) => globals.announce_hostnames = yes,
                Global::AnnounceIp(ip) => globals.announce_ip = ip,
                Global::AnnouncePort(port) => globals.announce_port = port,
                Global::SentinelUser(user) => globals.sentinel_user = user,
                Global::SentinelPass(password) => globals.sentinel_pass = said(&password),
                Global::Loglevel(level) => globals.loglevel = level,
            }
        }
        let (user, password) = {
            let settled = self.shared().settled();
            let globals = &settled.globals;
            (globals.sentinel_user.clone(), globals.sentinel_pass.clone())
        };
        let own = &self.hands_ref().config.watch.server.password;
        let borrowed = own.clone().map(|password| (None, password));
        let auth = password
            .map(|password| (Some(user).filter(|user| !user.is_empty()), password))
            .or(borrowed)
            .map(|(username, password)| Auth { username, password });
        if relinks {
            self.hands().greet_anew(auth);
        }
        self.flush().await
    }

    pub(super) async fn flush(&mut self) -> Done {
        let durable = self.durable();
        self.hands().book().flush(&durable).await.map_err(|error| {
            tracing::error!(%error, "the configuration cannot be written");
            Refusal::not_flushed()
        })
    }

    fn say_set(&self, name: &str, words: &str) {
        let snapshot = self.shared().snapshot.borrow().clone();
        let Some(picture) = snapshot.cluster(name) else {
            return;
        };
        let master = &picture.master;
        self.hands_ref().emit(Notice {
            level: Level::Warning,
            channel: "+set".to_owned(),
            payload: format!("master {name} {} {} {words}", master.host(), master.port()),
            cluster: Some(name.to_owned()),
        });
    }
}

/// `user` is the one that is set, perhaps before there was a password.
fn apply(setting: Setting, user: Option<String>, cluster: &mut Cluster) {
    match setting {
        Setting::DownAfterMs(ms) => {
            cluster.detect.down_after = Duration::from_millis(ms);
            cluster.detect.refused_after = Detect::default()
                .refused_after
                .min(cluster.detect.down_after);
        }
        Setting::FailoverTimeoutMs(ms) => cluster.failover.timeout = Duration::from_millis(ms),
        Setting::ParallelSyncs(count) => cluster.failover.parallel_syncs = count,
        Setting::Quorum(count) => cluster.detect.quorum = count,
        Setting::NotificationScript(path) => cluster.scripts.notification = path.map(PathBuf::from),
        Setting::ReconfigScript(path) => cluster.scripts.reconfig = path.map(PathBuf::from),
        Setting::AuthPass(password) => {
            let known = cluster.auth.take().and_then(|auth| auth.username);
            let username = user.or(known);
            cluster.auth = password.map(|password| Auth { username, password });
        }
        Setting::AuthUser(user) => {
            if let Some(auth) = &mut cluster.auth {
                auth.username = user;
            }
        }
        Setting::RenameCommand { command, to } => {
            let command = command.to_ascii_lowercase();
            if command.eq_ignore_ascii_case(&to) {
                cluster.commands.0.remove(&command);
            } else {
                cluster.commands.0.insert(command, to);
            }
        }
        Setting::MasterRebootDownAfterMs(ms) => {
            cluster.reboot_down_after = Some(Duration::from_millis(ms)).filter(|d| !d.is_zero());
        }
    }
}

/// An empty password is none.
fn said(password: &SecretString) -> Option<SecretString> {
    Some(password.clone()).filter(|password| !password.expose_secret().is_empty())
}

/// Sentinel accepts a script only if it could run it.
fn executable(path: Option<&str>, kind: &str) -> Result<(), Refusal> {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(path) = path else { return Ok(()) };
    let runs = std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if runs {
        Ok(())
    } else {
        Err(Refusal::bad_script(kind))
    }
}

/// What `SENTINEL MASTER` shows of a cluster's scripts.
pub(super) fn scripts_of(cluster: &Cluster) -> Scripts {
    let text = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    Scripts {
        notification: text(&cluster.scripts.notification),
        reconfig: text(&cluster.scripts.reconfig),
    }
}
