//! Did you mean …?

/// The candidate nearest to `word`, if any is near enough to be what was meant.
///
/// About one slip in three characters is forgiven, and case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distance is quadratic in length; nobody means a name by a page of text.
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(slips, candidate)| *slips <= (word.len().min(candidate.len()) / 3).max(1))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_forgiven_and_a_stranger_is_not() {
        let known = ["down_after", "refused_after", "quorum"];
        assert_eq!(nearest("quroum", known), Some("quorum"));
        assert_eq!(nearest("DownAfter", known), Some("down_after"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest(&"quorum".repeat(1000), known), None);
    }
}
