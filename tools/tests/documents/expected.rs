//! Whether a program printed what a document shows.

use libtest_mimic::Trial;

/// Stands for any text in a line, and alone in a line for any lines.
const ANY: &str = "…";

/// Compares what is shown with what was printed; the error says where they part.
pub(crate) fn compare(shown: &[String], printed: &str) -> Result<(), String> {
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    if lines(shown, &printed) {
        return Ok(());
    }
    Err(format!("shown:\n{}\nprinted:\n{}", shown.join("\n"), printed.join("\n")))
}

fn lines(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == ANY => {
            (0..=printed.len()).any(|skipped| lines(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| matches(first, line) && lines(rest, others)),
    }
}

fn matches(shown: &str, line: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANY) else { return shown == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    ends.any(|at| matches(rest, &line[at..]))
}

/// What differs is noticed, and what may differ is not.
pub(crate) fn trial() -> Trial {
    let printed = "took 3 s\na b\nc\n";
    let good = ["took … s\na b\nc", "…\nc", "took 3 s\n…", "…", "…\na …\n…", "…\ntook 3 s\na b\nc"];
    let bad = ["took … m\na b\nc", "took 3 s\na b", "a b\nc", "…\nd", "took 3 s\n…\na b", ""];
    Trial::test("documents::what-is-shown-is-compared", move || {
        for (text, right) in
            good.map(|text| (text, true)).into_iter().chain(bad.map(|text| (text, false)))
        {
            let shown: Vec<String> = text.lines().map(str::to_owned).collect();
            if compare(&shown, printed).is_ok() != right {
                return Err(format!("{text:?} against {printed:?}").into());
            }
        }
        Ok(())
    })
}
