//! Spelling suggestions.

/// The candidate nearest to `given`, if any is near enough to be what was meant.
pub(crate) fn nearest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given = given.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|name| {
            let score = strsim::jaro_winkler(&given, &name.to_ascii_lowercase());
            let edits = strsim::damerau_levenshtein(&given, &name.to_ascii_lowercase());
            (name, score, edits)
        })
        .filter(|(name, score, edits)| *score > 0.8 || *edits * 3 <= name.len())
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(name, ..)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_not() {
        let names = ["detpixels", "detsize", "distance"];
        assert_eq!(nearest("detpixel", names), Some("detpixels"));
        assert_eq!(nearest("distence", names), Some("distance"));
        assert_eq!(nearest("xyzzy", names), None);
    }
}
