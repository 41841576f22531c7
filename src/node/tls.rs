//! TLS over a dialled stream: private CA, client certificate, and a name to check or none.

use std::path::Path;
use std::sync::Arc;

use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::SupportedProtocolVersion;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::ParsedCertificate;
use tokio_rustls::TlsConnector;

use super::fault;
use super::fault::Fault;
use super::fault::FaultKind;
use super::net::Stream;
use crate::config::model;
use crate::decide::name::Addr;

/// How to speak TLS with the nodes of one cluster. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls {
    pub config: Arc<ClientConfig>,
    /// The name to check the certificate against; the node's host where absent.
    pub server_name: Option<String>,
}

impl Tls {
    /// Reads the files that the configuration names. Any mistake in them is a [`FaultKind::Tls`].
    pub fn load(model: &model::Tls) -> Result<Self, Fault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = Arc::new(match &model.ca {
            Some(ca) => private_roots(ca)?,
            None => system_roots()?,
        });
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions(model.versions))
            .map_err(|e| mistake(&e.to_string()))?;
        let builder = if model.verify_name {
            builder.with_root_certificates(roots)
        } else {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyName { roots, provider }))
        };
        let config = match &model.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let secret = PrivateKeyDer::from_pem_file(key)
                    .map_err(|e| mistake(&format!("{}: {e}", key.display())))?;
                builder.with_client_auth_cert(chain, secret).map_err(|e| {
                    mistake(&format!(
                        "{} with {}: {e}",
                        certificate.display(),
                        key.display()
                    ))
                })?
            }
        };
        Ok(Self {
            config: Arc::new(config),
            server_name: model.server_name.clone(),
        })
    }

    /// The handshake, over a stream to `addr`. The caller bounds the wait.
    pub(super) async fn wrap(
        &self,
        addr: &Addr,
        stream: Box<dyn Stream>,
    ) -> Result<Box<dyn Stream>, Fault> {
        let host = self.server_name.as_deref().unwrap_or(addr.host());
        let name = ServerName::try_from(host.to_owned()).map_err(|e| {
            mistake(&format!(
                "{host} cannot stand in a certificate: {e}; set tls.server_name"
            ))
        })?;
        match TlsConnector::from(Arc::clone(&self.config))
            .connect(name, stream)
            .await
        {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(fault::from_handshake(addr, &error)),
        }
    }
}

/// As they are asked for.
pub fn versions(asked: model::TlsVersions) -> Vec<&'static SupportedProtocolVersion> {
    let of = |yes: bool, version| Some(version).filter(|_| yes);
    let both = [
        of(asked.v1_2, &rustls::version::TLS12),
        of(asked.v1_3, &rustls::version::TLS13),
    ];
    both.into_iter().flatten().collect()
}

/// Accepts a certificate of the right authority whatever name it bears, as Sentinel does.
#[derive(Debug)]
struct AnyName {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The authorities of a file, or of every file of a folder that holds any.
pub(crate) fn private_roots(ca: &Path) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    if ca.is_dir() {
        let failed = |e: std::io::Error| mistake(&format!("{}: {e}", ca.display()));
        for entry in ca.read_dir().map_err(failed)? {
            let found = certificates(&entry.map_err(failed)?.path());
            roots.add_parsable_certificates(found.unwrap_or_default());
        }
        if roots.is_empty() {
            let text = format!("{}: no file in it holds a certificate", ca.display());
            return Err(mistake(&text));
        }
        return Ok(roots);
    }
    for certificate in certificates(ca)? {
        roots
            .add(certificate)
            .map_err(|e| mistake(&format!("{}: {e}", ca.display())))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    // A system's bundle may hold certificates that we cannot read; the others still count.
    let (usable, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if usable == 0 {
        Err(mistake("this system has no root certificates; set tls.ca"))
    } else {
        Ok(roots)
    }
}

/// Every certificate in a PEM file; none at all is a mistake too.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let fail = |e: &dyn std::fmt::Display| mistake(&format!("{}: {e}", path.display()));
    let chain = CertificateDer::pem_file_iter(path)
        .map_err(|e| fail(&e))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| fail(&e))?;
    if chain.is_empty() {
        Err(fail(&CertificateError::BadEncoding))
    } else {
        Ok(chain)
    }
}

fn mistake(text: &str) -> Fault {
    Fault::new(FaultKind::Tls, format!("tls: {text}"))
}
