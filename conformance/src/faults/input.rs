//! Changing input files, so that a right reader sees what a wrong one would have seen.

/// Edits a text by lines; there is at least one.
pub(super) fn edit_lines(bytes: &mut Vec<u8>, edit: impl FnOnce(&mut Vec<String>)) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if !lines.is_empty() {
        edit(&mut lines);
    }
    *bytes = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"]).collect::<Vec<_>>().concat();
}
