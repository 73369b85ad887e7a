//! Where the outcomes of two runs of one command line differ, to the last byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::cases::Kind;
use crate::compare::difference;
use crate::execute::{Outcome, normalized};

/// What differs, for people; empty where nothing does. `names` tells the kinds of the files.
///
/// Two runs that fail agree, whatever they say and leave: only one that succeeds promises
/// anything.
pub fn differences(
    expected: &Outcome,
    found: &Outcome,
    names: &BTreeMap<Kind, PathBuf>,
) -> Vec<String> {
    if (expected.status == 0) != (found.status == 0) {
        let said = [expected, found].map(|outcome| outcome.stderr.trim().to_owned()).concat();
        return vec![format!(
            "exit status {} instead of {}: {said}",
            found.status, expected.status
        )];
    }
    if expected.status != 0 {
        return Vec::new();
    }
    let mut differences = Vec::new();
    let files: BTreeSet<&String> = expected.files.keys().chain(found.files.keys()).collect();
    for name in files {
        let said = match (expected.files.get(name), found.files.get(name)) {
            (Some(_), None) => Some("is missing".to_owned()),
            (None, Some(_)) => Some("should not be there".to_owned()),
            (Some(a), Some(b)) => difference(kind(name, names), a, b),
            (None, None) => None,
        };
        differences.extend(said.map(|said| format!("{name}: {said}")));
    }
    let said = difference(Kind::Stdout, &normalized(&expected.stdout), &normalized(&found.stdout));
    differences.extend(said.map(|said| format!("report: {said}")));
    differences
}

/// The kind of a file; what no option names is compared as plain bytes.
fn kind(name: &str, names: &BTreeMap<Kind, PathBuf>) -> Kind {
    let found = names.iter().find(|(_, path)| path.as_os_str() == name);
    found.map_or(Kind::Fdump, |(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::differences;
    use crate::cases::Kind;
    use crate::execute::Outcome;

    fn outcome(status: i32, pixels: [f32; 3], report: &str) -> Outcome {
        Outcome {
            status,
            stdout: report.into(),
            stderr: String::new(),
            files: BTreeMap::from([("f".into(), pixels.map(f32::to_ne_bytes).concat())]),
            elapsed: Duration::ZERO,
        }
    }

    fn compare(a: &Outcome, b: &Outcome) -> Vec<String> {
        differences(a, b, &BTreeMap::from([(Kind::Float, "f".into())]))
    }

    #[test]
    fn the_same_bytes() {
        let a = outcome(0, [1.0, 2.0, 3.0], "max_I = 3  at 0.1 0.2\n");
        let b = outcome(0, [1.0, 2.000_001, 3.0], "max_I = 3.00001  at 0.1 0.2\n");
        assert!(compare(&a, &a).is_empty());
        assert_eq!(compare(&a, &b).len(), 2);
    }

    #[test]
    fn only_the_class_of_the_status_counts() {
        let a = outcome(0, [1.0; 3], "");
        let (b, c) = (outcome(1, [2.0; 3], "x"), outcome(139, [3.0; 3], "y"));
        assert!(compare(&b, &c).is_empty());
        assert_eq!(compare(&a, &b).len(), 1);
    }

    #[test]
    fn files_that_one_run_alone_left() {
        let a = outcome(0, [1.0; 3], "");
        let mut b = a.clone();
        b.files.insert("g".into(), Vec::new());
        assert_eq!(compare(&a, &b), ["g: should not be there"]);
        assert_eq!(compare(&b, &a), ["g: is missing"]);
    }
}
