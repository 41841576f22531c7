//! What the service manager is told: ready, alive, stopping. Without one, nothing.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// The line to the service manager.
#[derive(Debug, Default)]
pub struct Manager {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Manager {
    /// `socket` and `watchdog` are what `NOTIFY_SOCKET` and `WATCHDOG_USEC` say. A socket that cannot be reached is
    /// an error: the manager would wait for nothing and then end the service.
    pub fn new(socket: Option<&Path>, watchdog: Option<Duration>) -> io::Result<Self> {
        let socket = socket.map(connect).transpose()?;
        Ok(Self { socket, watchdog })
    }

    /// How often [`Self::alive`] is to be called: twice as often as the manager asks for.
    pub fn period(&self) -> Option<Duration> {
        let watchdog = self.watchdog.filter(|_| self.socket.is_some())?;
        Some(watchdog / 2).filter(|period| !period.is_zero())
    }

    /// The service does its work; `status` is one line for people.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", one_line(status)));
    }

    /// A sign of life.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The configuration is being read again; `now_us` on the monotonic clock of the system. To be followed by
    /// [`Self::ready`].
    pub fn reloading(&self, now_us: u64) {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={now_us}"));
    }

    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, text: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(text.as_bytes())
        {
            tracing::debug!(%error, "the service manager does not listen");
        }
    }
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    // A manager that does not read must not hold anything up.
    socket.set_nonblocking(true)?;
    match path.as_os_str().as_bytes().strip_prefix(b"@") {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        None => socket.connect(path)?,
    }
    Ok(socket)
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 200];
        let read = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    #[test]
    fn the_manager_hears_on_a_file_and_on_an_abstract_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let name = format!("pikafo-test-{}", std::process::id());
        let abstracted = SocketAddr::from_abstract_name(&name).unwrap();
        for (heard, told) in [
            (UnixDatagram::bind(&path).unwrap(), path.clone()),
            (
                UnixDatagram::bind_addr(&abstracted).unwrap(),
                format!("@{name}").into(),
            ),
        ] {
            let manager = Manager::new(Some(&told), Some(Duration::from_secs(10))).unwrap();
            assert_eq!(manager.period(), Some(Duration::from_secs(5)));
            manager.ready("watching 2 clusters\nand more");
            manager.alive();
            manager.reloading(7);
            manager.stopping();
            let texts = [next(&heard), next(&heard), next(&heard), next(&heard)];
            assert_eq!(
                texts,
                [
                    "READY=1\nSTATUS=watching 2 clusters and more",
                    "WATCHDOG=1",
                    "RELOADING=1\nMONOTONIC_USEC=7",
                    "STOPPING=1"
                ]
            );
        }
    }

    #[test]
    fn without_a_manager_nothing_is_told() {
        let manager = Manager::new(None, Some(Duration::from_secs(10))).unwrap();
        manager.ready("");
        assert_eq!(manager.period(), None);
        assert!(Manager::new(Some(Path::new("/nonexistent/notify")), None).is_err());
    }
}
