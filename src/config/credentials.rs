//! Fetching passwords: once per source, and never shown.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use super::complaint::Complaint;
use super::model::Auth;
use super::place::Place;
use super::raw;
use super::resolve::Resolver;
use super::shape::Spot;

/// Where a password comes from.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Source {
    File(PathBuf),
    Variable(String),
    Command(Vec<String>),
}

/// What was fetched already: clusters that share `defaults` do not run a command each.
#[derive(Debug, Default)]
pub(super) struct Credentials(BTreeMap<Source, Result<SecretString, String>>);

impl Resolver<'_> {
    /// Resolves an `auth:` section of the cluster at `cluster`.
    pub(super) fn auth(&mut self, auth: Spot<raw::Auth>, cluster: &Place) -> Option<Auth> {
        let Spot {
            value:
                raw::Auth {
                    username,
                    password_file,
                    password_env,
                    password_command,
                },
            place,
        } = auth;
        let mut sources: Vec<Spot<Source>> = [
            password_file.map(|spot| Spot {
                value: Source::File(self.base.join(spot.value)),
                place: spot.place,
            }),
            password_env.map(|spot| Spot {
                value: Source::Variable(spot.value),
                place: spot.place,
            }),
            password_command.map(|spot| Spot {
                value: Source::Command(spot.value.0),
                place: spot.place,
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
        // A cluster's own source replaces that of `defaults`, of whatever kind.
        if sources.iter().any(|source| source.place.is_within(cluster)) {
            sources.retain(|source| source.place.is_within(cluster));
        }
        let mut sources = sources.into_iter();
        let Some(source) = sources.next() else {
            if !self.complaints.has_within(&place) {
                let complaint = Complaint::at(&place, "no password is named");
                self.error(complaint.hint("add password_file, password_env or password_command"));
            }
            return None;
        };
        for extra in sources {
            let complaint = Complaint::at(&extra.place, "the password is named twice");
            self.error(
                complaint.hint("keep one of password_file, password_env and password_command"),
            );
        }
        if let Some(name) = &username
            && name.value.contains(char::is_whitespace)
        {
            self.error(Complaint::at(&name.place, "a user's name has no spaces"));
        }
        Some(Auth {
            username: username.map(|spot| spot.value),
            password: self.secret(source)?,
        })
    }

    fn secret(
        &mut self,
        Spot {
            value: source,
            place,
        }: Spot<Source>,
    ) -> Option<SecretString> {
        let fetched = if let Some(known) = self.credentials.0.get(&source) {
            known.clone()
        } else {
            let fetched = self.fetch(&source, &place);
            self.credentials.0.insert(source, fetched.clone());
            fetched
        };
        fetched
            .map_err(|text| self.error(Complaint::at(&place, text)))
            .ok()
    }

    /// Asks the source; an error is a whole sentence without the secret.
    fn fetch(&mut self, source: &Source, place: &Place) -> Result<SecretString, String> {
        match source {
            Source::File(path) => {
                let shown = path.display().to_string();
                let (secret, exposed) = self
                    .outside
                    .secret(path)
                    .map_err(|why| format!("{shown:?} {why}"))?;
                if exposed {
                    let complaint = Complaint::at(
                        place,
                        format!("every user of this machine can read {shown:?}"),
                    );
                    self.complaints.warning(complaint.hint("chmod o-rwx"));
                }
                Ok(secret)
            }
            Source::Variable(name) => match self.outside.variable(name) {
                None => Err(format!("the environment variable {name} is not set")),
                Some(text) if text.is_empty() => {
                    Err(format!("the environment variable {name} is empty"))
                }
                Some(text) => Ok(text.into()),
            },
            Source::Command(words) => {
                let program = words.first().ok_or("names no program")?;
                let secret = self
                    .outside
                    .run(words)
                    .map_err(|why| format!("{program} {why}"))?;
                // A stray carriage return would make every login fail in a way that nobody sees.
                Ok(secret.expose_secret().trim_end_matches('\r').into())
            }
        }
    }
}
