//! The doors of the Sentinel API: every address that is listened on, in plain TCP or TLS, and a socket in the file
//! system.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use tokio::net::TcpListener;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::config::model::ClientCertificates;
use crate::config::model::Listen;
use crate::config::model::ServerTls;
use crate::config::model::Socket;
use crate::config::model::Watch;
use crate::decide::name::Addr;
use crate::node::tls::certificates;
use crate::node::tls::private_roots;
use crate::node::tls::versions;
use crate::serve::desk::Later;
use crate::serve::server::Accept;
use crate::serve::server::Arrival;
use crate::serve::server::Place;
use crate::serve::server::Stream;

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("cannot listen on {addr}: {error}")]
    Listen { addr: Addr, error: io::Error },
    #[error("cannot listen on the socket {path}: {error}")]
    Socket { path: String, error: io::Error },
    #[error("TLS of the Sentinel API: {0}")]
    Tls(String),
}

/// All of them, open.
#[derive(Debug)]
pub struct Doors {
    pub doors: Vec<Door>,
    pub lock: Lock,
}

/// One of them.
#[derive(Debug)]
pub enum Door {
    Net {
        listener: TcpListener,
        /// `None`: plain TCP.
        secure: Option<watch::Receiver<Option<Arc<ServerConfig>>>>,
    },
    File(FileDoor),
}

/// A socket in the file system, which goes with it.
#[derive(Debug)]
pub struct FileDoor {
    listener: UnixListener,
    path: PathBuf,
}

/// What all doors in TLS go by. Certificates can be renewed while the doors stand open.
#[derive(Debug)]
pub struct Lock(watch::Sender<Option<Arc<ServerConfig>>>);

impl Doors {
    /// Opens them. Nobody comes in before they are served.
    pub async fn open(watch: &Watch) -> Result<Self, DoorError> {
        let server = &watch.server;
        let lock = Lock(watch::channel(None).0);
        lock.renew(watch)?;
        let own = Listen {
            addr: watch.listen.clone(),
            optional: false,
        };
        let others =
            !server.plain.is_empty() || !server.secure.is_empty() || server.socket.is_some();
        let only = Some(&own).filter(|_| !others);
        let plain = server.plain.iter().chain(only).map(|at| (at, None));
        let secure = server
            .secure
            .iter()
            .map(|at| (at, Some(lock.0.subscribe())));
        let mut doors = Vec::new();
        for (at, secure) in plain.chain(secure) {
            match TcpListener::bind((at.addr.host(), at.addr.port())).await {
                Ok(listener) => doors.push(Door::Net { listener, secure }),
                Err(error) if at.optional => {
                    tracing::debug!(addr = %at.addr, %error, "not listened on");
                }
                Err(error) => {
                    let addr = at.addr.clone();
                    return Err(DoorError::Listen { addr, error });
                }
            }
        }
        if let Some(socket) = &server.socket {
            let open = FileDoor::open(socket).map_err(|error| {
                let path = socket.path.display().to_string();
                DoorError::Socket { path, error }
            });
            doors.push(Door::File(open?));
        }
        Ok(Self { doors, lock })
    }
}

impl FileDoor {
    /// What an earlier process has left there is taken away.
    fn open(socket: &Socket) -> io::Result<Self> {
        let is_socket = |path: &Path| {
            let kind = fs::symlink_metadata(path).map(|meta| meta.file_type());
            kind.is_ok_and(|kind| kind.is_socket())
        };
        if is_socket(&socket.path) {
            fs::remove_file(&socket.path)?;
        }
        let door = Self {
            listener: UnixListener::bind(&socket.path)?,
            path: socket.path.clone(),
        };
        if let Some(mode) = socket.mode {
            fs::set_permissions(&socket.path, fs::Permissions::from_mode(mode))?;
        }
        Ok(door)
    }
}

impl Drop for FileDoor {
    fn drop(&mut self) {
        // Somebody may have taken it away.
        fs::remove_file(&self.path).unwrap_or_default();
    }
}

impl Lock {
    /// Reads certificates, key and authorities again, for whoever comes from now on. Where that fails all stays as
    /// it was.
    pub fn renew(&self, watch: &Watch) -> Result<(), DoorError> {
        let tls = watch.server.tls.as_ref();
        let config = match tls.filter(|_| !watch.server.secure.is_empty()) {
            None => None,
            Some(tls) => Some(Arc::new(load(tls).map_err(DoorError::Tls)?)),
        };
        self.0.send_replace(config);
        Ok(())
    }
}

impl Accept for Door {
    fn accept(&mut self) -> Later<'_, io::Result<Arrival>> {
        Box::pin(async move {
            let (listener, secure) = match self {
                Self::File(door) => return door.arrival().await,
                Self::Net { listener, secure } => (listener, secure),
            };
            let arrival = Accept::accept(listener).await?;
            let Some(secure) = secure else {
                return Ok(arrival);
            };
            let config = secure.borrow().clone();
            let open = arrival.open;
            let open = Box::pin(async move {
                let config = config.ok_or_else(|| io::Error::other("no certificate is loaded"))?;
                let stream = TlsAcceptor::from(config).accept(open.await?).await?;
                Ok(Box::new(stream) as Box<dyn Stream>)
            });
            Ok(Arrival { open, ..arrival })
        })
    }
}

impl FileDoor {
    async fn arrival(&self) -> io::Result<Arrival> {
        let (stream, _nameless) = self.listener.accept().await?;
        Ok(Arrival {
            peer: Place::File(self.path.clone()),
            local: Place::File(self.path.clone()),
            open: Box::pin(async move { Ok(Box::new(stream) as Box<dyn Stream>) }),
        })
    }
}

/// Reads the files; an error is a whole sentence.
fn load(tls: &ServerTls) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(tls.versions))
        .map_err(|error| error.to_string())?;
    let builder = match tls.clients {
        ClientCertificates::Ignored => builder.with_no_client_auth(),
        ClientCertificates::Required | ClientCertificates::Optional => {
            let ca = tls
                .ca
                .as_ref()
                .ok_or("clients are asked for certificates and no authority is named")?;
            let roots = Arc::new(private_roots(ca).map_err(|fault| fault.text)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = if tls.clients == ClientCertificates::Optional {
                verifier.allow_unauthenticated()
            } else {
                verifier
            };
            let verifier = verifier.build().map_err(|error| error.to_string())?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = certificates(&tls.certificate).map_err(|fault| fault.text)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|error| format!("{}: {error}; is it encrypted?", tls.key.display()))?;
    builder.with_single_cert(chain, key).map_err(|error| {
        let (certificate, key) = (tls.certificate.display(), tls.key.display());
        format!("{certificate} with {key}: {error}")
    })
}
