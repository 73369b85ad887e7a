//! The benchmark record that the repository keeps, `benchmarks/results.json`.
//!
//! Clauses about speed read it; they never measure time themselves.

use std::path::{Path, PathBuf};

/// Where the record lies.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benchmarks/results.json")
}

/// A number of an entry of the record.
///
/// # Errors
/// A record, an entry or a field that does not exist.
pub fn number(entry: &str, field: &str) -> Result<f64, String> {
    let path = path();
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    find(&text, entry, field)
}

fn find(text: &str, entry: &str, field: &str) -> Result<f64, String> {
    let root: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let entries = root.get("entries").and_then(|list| list.as_array());
    let found = entries
        .into_iter()
        .flatten()
        .find(|item| item.get("name").and_then(|name| name.as_str()) == Some(entry))
        .ok_or_else(|| format!("the record has no entry {entry}"))?;
    found
        .get(field)
        .and_then(serde_json::Value::as_f64)
        .ok_or_else(|| format!("the entry {entry} has no number {field}"))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn numbers_are_found_by_entry_and_field() {
        let text = r#"{"entries": [{"name": "plain/1024", "warm_seconds": 0.5}]}"#;
        assert_eq!(find(text, "plain/1024", "warm_seconds"), Ok(0.5));
        assert!(find(text, "plain/1024", "cold_seconds").is_err());
        assert!(find(text, "plain/2048", "warm_seconds").is_err());
    }
}
