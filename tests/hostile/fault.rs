//! What befalls a master, and how it comes back.

use super::kit::fleet::Fleet;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// SIGKILL; it comes back with what it has on disk, as what it was.
    Killed,
    /// SIGSTOP; it comes back with its connections and believes that nothing has happened.
    Frozen,
    /// Its host reaches nobody, clients among them; it goes on all the while.
    Isolated,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Killed, Self::Frozen, Self::Isolated];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Frozen => "frozen",
            Self::Isolated => "isolated",
        }
    }

    pub(crate) fn strikes(self, fleet: &mut Fleet, node: usize) {
        match self {
            Self::Killed => fleet.nodes[node].sigkill(),
            Self::Frozen => fleet.nodes[node].sigstop(),
            Self::Isolated => fleet.network().isolate(node),
        }
    }

    pub(crate) async fn ends(self, fleet: &mut Fleet, node: usize) {
        match self {
            Self::Killed => fleet.nodes[node].restart().await,
            Self::Frozen => fleet.nodes[node].sigcont(),
            Self::Isolated => fleet.network().rejoin(node),
        }
    }
}
