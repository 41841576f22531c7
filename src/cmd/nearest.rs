//! Did you mean …?

use crate::config::suggest::nearest;

/// `did you mean x?`, or the list of what there is.
pub fn hint<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(typed, candidates.clone()) {
        Some(candidate) => format!("did you mean {candidate}?"),
        None => format!(
            "there are: {}",
            candidates.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_gets_the_list() {
        assert_eq!(hint("ordres", ["orders", "users"]), "did you mean orders?");
        assert_eq!(hint("zzz", ["orders", "users"]), "there are: orders, users");
    }
}
