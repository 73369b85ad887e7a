//! The benchmark record that the repository keeps, `benchmarks/results.json`.
//!
//! Clauses about speed read it; they never measure time themselves.

use std::path::{Path, PathBuf};

/// Where the record lies.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benchmarks/results.json")
}

/// Why there is no record.
pub fn missing() -> Option<String> {
    (!path().is_file()).then(|| "there is no benchmark record yet".to_owned())
}

/// Why a record is of no use for what needs so many cores; also where it cannot be read.
pub fn too_few_cores(wanted: u64) -> Option<String> {
    let cores = read().and_then(|text| cores(&text));
    match cores {
        Ok(cores) if cores >= wanted => None,
        Ok(cores) => Some(format!("the benchmark record was made with {cores} cores")),
        Err(reason) => Some(reason),
    }
}

/// A number of an entry of the record.
///
/// # Errors
/// A record, an entry or a field that does not exist.
pub fn number(entry: &str, field: &str) -> Result<f64, String> {
    find(&read()?, entry, field)
}

fn read() -> Result<String, String> {
    let path = path();
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Cores of the machine that the record was made on.
fn cores(text: &str) -> Result<u64, String> {
    let root: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let cores = root.pointer("/environment/cores").and_then(serde_json::Value::as_u64);
    cores.ok_or_else(|| "the record does not say how many cores it was made with".to_owned())
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
    use super::{cores, find};

    #[test]
    fn numbers_are_found_by_entry_and_field() {
        let text = r#"{"entries": [{"name": "plain/1024", "warm_seconds": 0.5}]}"#;
        assert_eq!(find(text, "plain/1024", "warm_seconds"), Ok(0.5));
        assert!(find(text, "plain/1024", "cold_seconds").is_err());
        assert!(find(text, "plain/2048", "warm_seconds").is_err());
    }

    #[test]
    fn the_record_tells_its_cores() {
        assert_eq!(cores(r#"{"environment": {"cores": 8}}"#), Ok(8));
        assert!(cores(r#"{"environment": {}}"#).is_err());
    }
}
