//! A throwaway certificate authority with a server's and a client's certificate.

use std::fs;
use std::path::PathBuf;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::KeyPair;
use tempfile::TempDir;

/// A folder with `ca.pem`, `server.pem`, `server.key`, `client.pem` and `client.key`.
pub(crate) struct Certs {
    dir: TempDir,
}

impl Certs {
    /// The server's certificate bears `names` (host names or addresses).
    pub(crate) fn new(names: &[&str]) -> Self {
        let dir = TempDir::new().expect("a temporary folder can be made");
        let mut params = CertificateParams::new(Vec::new()).expect("no names are fine names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        let ca = CertifiedIssuer::self_signed(params, key).expect("a CA can be made");
        let write = |name: &str, text: String| {
            fs::write(dir.path().join(name), text).expect("a file can be written");
        };
        write("ca.pem", ca.pem());
        for (who, names) in [("server", names), ("client", &["client.test"])] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let key = KeyPair::generate().expect("a key can be made");
            let mut params = CertificateParams::new(names).expect("the names are valid");
            // OpenSSL takes a certificate with its issuer's name for a self-signed one.
            params.distinguished_name.push(DnType::CommonName, who);
            let certificate = params.signed_by(&key, &ca).expect("the CA can sign");
            write(&format!("{who}.pem"), certificate.pem());
            write(&format!("{who}.key"), key.serialize_pem());
        }
        Self { dir }
    }

    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}
