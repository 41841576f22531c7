//! What clients change at run time, and what readers see of it.

use std::path::Path;
use std::sync::Arc;

use super::shared::Errand;
use super::shared::Settled;
use super::shared::What;
use super::supervisor::Supervisor;
use super::terms;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::config::model::Detect;
use crate::config::model::Failover;
use crate::config::model::Fence;
use crate::config::model::Rejoin;
use crate::config::model::Switchover;
use crate::decide::engine::Event;
use crate::decide::name::Addr;
use crate::host::dice;
use crate::serve::auth::Logins;
use crate::serve::desk::Done;
use crate::serve::desk::Globals;
use crate::serve::desk::Monitor;
use crate::serve::desk::Process;
use crate::serve::desk::Refusal;
use crate::serve::desk::Setting;

impl Settled {
    pub(super) fn of(config: &Config, state_dir: &Path) -> Self {
        let watch = &config.watch;
        let password = watch.auth.as_ref().map(|auth| auth.password.clone());
        let user = watch.auth.as_ref().and_then(|auth| auth.username.clone());
        let mut logins = Logins {
            password: password.clone(),
            ..Logins::default()
        };
        if let (Some(user), Some(password)) = (&user, &password) {
            logins.users.insert(user.clone(), password.clone());
        }
        Self {
            globals: Globals {
                announce_ip: watch
                    .announce
                    .as_ref()
                    .map(|a| a.host().to_owned())
                    .unwrap_or_default(),
                announce_port: watch.announce.as_ref().map_or(0, Addr::port),
                sentinel_user: user.unwrap_or_default(),
                sentinel_pass: password,
                deny_scripts_reconfig: true,
                ..Globals::default()
            },
            logins: Arc::new(logins),
            process: Process {
                run_id: dice::hex(20),
                pid: std::process::id(),
                port: watch.listen.port(),
                executable: std::env::current_exe()
                    .map(|path| path.display().to_string())
                    .unwrap_or_default(),
                config_file: config.path.display().to_string(),
                ..Process::default()
            },
            state_dir: state_dir.to_owned(),
            ..Self::default()
        }
    }
}

impl Supervisor {
    pub(super) async fn run_errand(&mut self, errand: Errand) {
        let done = match errand.what {
            What::Monitor(wanted) => self.monitor(wanted).await,
            What::Remove(cluster) => self.remove(cluster).await,
            What::Set(cluster, settings) => self.set(&cluster, settings).await,
            What::SetGlobals(_) => Ok(()),
            What::Flush => Ok(()),
            What::StandBack { cluster, ms } => {
                let _wanted = (cluster, ms);
                Ok(())
            }
        };
        // Whoever has hung up does not want to know.
        errand.done.send(done).unwrap_or_default();
    }

    async fn monitor(&mut self, wanted: Monitor) -> Done {
        if self.hands().clusters.contains_key(&wanted.name) {
            return Err(Refusal::duplicate_name());
        }
        let cluster = Cluster {
            name: wanted.name,
            nodes: Vec::new(),
            discover: true,
            address_map: std::collections::BTreeMap::new(),
            auth: None,
            tls: None,
            commands: crate::config::model::Commands::default(),
            detect: Detect {
                quorum: wanted.quorum,
                ..Detect::default()
            },
            failover: Failover::default(),
            switchover: Switchover::default(),
            rejoin: Rejoin::default(),
            fence: Fence::default(),
            hooks: Vec::new(),
            scripts: crate::config::model::Scripts::default(),
            reboot_down_after: None,
        };
        self.watch(cluster, Some(wanted.master))
            .await
            .map_err(|error| Refusal(format!("ERR {error}")))
    }

    async fn remove(&mut self, cluster: String) -> Done {
        if !self.hands().clusters.contains_key(&cluster) {
            return Err(Refusal::unknown_master());
        }
        self.turn(Event::Forget { cluster }).await;
        Ok(())
    }

    async fn set(&mut self, name: &str, settings: Vec<Setting>) -> Done {
        let Some(charge) = self.hands().clusters.get_mut(name) else {
            return Err(Refusal::unknown_master());
        };
        let cluster = &mut charge.cluster;
        for setting in settings {
            match setting {
                Setting::DownAfterMs(ms) => {
                    cluster.detect.down_after = std::time::Duration::from_millis(ms);
                }
                Setting::FailoverTimeoutMs(ms) => {
                    cluster.failover.timeout = std::time::Duration::from_millis(ms);
                }
                Setting::ParallelSyncs(count) => cluster.failover.parallel_syncs = count,
                Setting::Quorum(count) => cluster.detect.quorum = count,
                Setting::NotificationScript(_)
                | Setting::ReconfigScript(_)
                | Setting::AuthPass(_)
                | Setting::AuthUser(_)
                | Setting::RenameCommand { .. }
                | Setting::MasterRebootDownAfterMs(_) => {
                    return Err(Refusal("ERR not supported yet".to_owned()));
                }
            }
        }
        let spec = terms::spec(cluster, None);
        let memory = self.memory_of(name);
        self.turn(Event::Configure {
            spec: Box::new(spec),
            memory: Box::new(memory),
            unfinished: None,
        })
        .await;
        Ok(())
    }
}
