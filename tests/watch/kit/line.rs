//! A connection that is opened anew after a fault.

use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::node::fault::Fault;
use pikafo::node::fault::FaultKind;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Tcp;
use pikafo::node::tls::Tls;
use redis::Value;

/// To one server, without password.
#[derive(Debug)]
pub(crate) struct Line {
    spec: LinkSpec,
    link: Option<Link>,
}

impl Line {
    /// Dials with the first question. Neither dialling nor an answer takes longer than `deadline`.
    pub(crate) fn to(addr: &Addr, deadline: Duration) -> Self {
        Self::over(addr, deadline, None)
    }

    /// The same in TLS, where it is given.
    pub(crate) fn over(addr: &Addr, deadline: Duration, tls: Option<Tls>) -> Self {
        let mut spec = LinkSpec::plain(addr, deadline);
        spec.tls = tls;
        Self { spec, link: None }
    }

    /// The same, over a connection that outlives an error reply: for whoever wants to know what becomes of it.
    pub(crate) async fn ask_on(&mut self, words: &[&str]) -> Result<Value, Fault> {
        let mut link = self.open().await?;
        let answer = link.ask(words).await;
        let spoilt = answer
            .as_ref()
            .is_err_and(|fault| fault.kind != FaultKind::Error);
        self.link = (!spoilt).then_some(link);
        answer
    }

    /// One question. A server's error reply is a fault whose text is the server's own words.
    pub(crate) async fn ask(&mut self, words: &[&str]) -> Result<Value, Fault> {
        let mut link = self.open().await?;
        let answer = link.ask(words).await;
        // An error reply leaves the link usable, but whoever refused once may have become somebody else.
        if answer.is_ok() {
            self.link = Some(link);
        }
        answer
    }
    async fn open(&mut self) -> Result<Link, Fault> {
        match self.link.take() {
            Some(link) => Ok(link),
            None => Link::open(&self.spec, &(Arc::new(Tcp) as _)).await,
        }
    }
}
