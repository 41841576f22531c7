//! What a hello says of where this watcher is, by whichever link it goes out.
//!
//! Where nothing is set, as with Sentinel, it is the link's own address on this side: on a host with several, whoever
//! reads the hello can dial that one.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::config::model::Watch;

/// Shared by all who say hellos.
#[derive(Debug, Default)]
pub struct Announce(Mutex<Said>);

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Said {
    /// What is set, which goes before everything.
    ip: Option<String>,
    port: Option<u16>,
    /// Addresses that are listened on; empty: every one of this host.
    listening: Vec<IpAddr>,
}

impl Announce {
    pub fn of(watch: &Watch) -> Self {
        let server = &watch.server;
        let doors = server.plain.iter().chain(&server.secure);
        let mut listening: Vec<IpAddr> = Vec::new();
        for host in doors.map(|at| at.addr.host()).chain([watch.door().host()]) {
            match host.parse::<IpAddr>() {
                Ok(ip) if !ip.is_unspecified() => listening.push(ip),
                // A name, or all of them.
                Ok(_) | Err(_) => {
                    listening.clear();
                    break;
                }
            }
        }
        let announced = watch.announce.as_ref();
        Self(Mutex::new(Said {
            ip: server
                .announce_ip
                .clone()
                .or_else(|| announced.map(|addr| addr.host().to_owned())),
            port: server
                .announce_port
                .or_else(|| announced.map(crate::decide::name::Addr::port)),
            listening,
        }))
    }

    /// `SENTINEL CONFIG SET announce-ip`; empty: nothing is set.
    pub fn set_ip(&self, ip: &str) {
        self.change(|said| said.ip = Some(ip.to_owned()).filter(|ip| !ip.is_empty()));
    }

    /// `SENTINEL CONFIG SET announce-port`; 0: nothing is set.
    pub fn set_port(&self, port: u16) {
        self.change(|said| said.port = Some(port).filter(|port| *port != 0));
    }

    /// The hello as it goes out over a link whose own address is `local`.
    pub fn over(&self, hello: &Arc<str>, local: Option<IpAddr>) -> Arc<str> {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Said {
            ip,
            port,
            listening,
        } = &*said;
        let mut fields = hello.splitn(3, ',');
        let (Some(old_ip), Some(old_port), Some(rest)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return Arc::clone(hello);
        };
        let reachable = |local: &IpAddr| listening.is_empty() || listening.contains(local);
        let own = local.filter(reachable).map(|local| local.to_string());
        let ip = ip.clone().or(own).unwrap_or_else(|| old_ip.to_owned());
        let port = port.map_or_else(|| old_port.to_owned(), |port| port.to_string());
        if ip == old_ip && port == old_port {
            return Arc::clone(hello);
        }
        format!("{ip},{port},{rest}").into()
    }

    fn change(&self, change: impl FnOnce(&mut Said)) {
        // Every change is a single assignment; what a panic left is sound.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::stock;

    fn said(conf: &str, local: Option<&str>) -> String {
        let (_, config) = stock::read(conf, Path::new("s.conf")).unwrap();
        let announce = Announce::of(&config.watch);
        let hello = "10.0.0.9,26379,aaaa,1,orders,10.0.0.1,6379,1".into();
        let over = announce.over(&hello, local.map(|ip| ip.parse().unwrap()));
        let here = over.strip_suffix(",aaaa,1,orders,10.0.0.1,6379,1");
        here.unwrap().to_owned()
    }

    #[test]
    fn a_hello_gives_the_address_of_its_own_link_unless_one_is_set() {
        assert_eq!(said("", Some("10.0.1.1")), "10.0.1.1,26379");
        assert_eq!(said("", Some("::1")), "::1,26379");
        assert_eq!(said("", None), "10.0.0.9,26379");
        let ip = "sentinel announce-ip 1.2.3.4\n";
        assert_eq!(said(ip, Some("10.0.1.1")), "1.2.3.4,26379");
        let port = "sentinel announce-port 7\n";
        assert_eq!(said(port, Some("10.0.1.1")), "10.0.1.1,7");
        let bind = "bind 10.0.1.1 10.0.1.2\n";
        assert_eq!(said(bind, Some("10.0.1.2")), "10.0.1.2,26379");
        assert_eq!(said(bind, Some("10.0.2.2")), "10.0.0.9,26379");
    }

    #[test]
    fn what_is_set_at_run_time_holds_until_it_is_unset() {
        let announce = Announce::default();
        let hello: Arc<str> = "10.0.0.9,26379,x".into();
        let over = || announce.over(&hello, Some(IpAddr::from([10, 0, 1, 1])));
        announce.set_ip("1.2.3.4");
        announce.set_port(7);
        assert_eq!(&*over(), "1.2.3.4,7,x");
        announce.set_ip("");
        announce.set_port(0);
        assert_eq!(&*over(), "10.0.1.1,26379,x");
    }
}
