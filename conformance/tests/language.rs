//! The clause language refuses whatever could make a test say less, and shows where.

use std::sync::Arc;

use nanobragg_conformance::cases;
use nanobragg_conformance::clause::document::Suite;
use nanobragg_conformance::clause::records::Records;
use nanobragg_conformance::clause::session::Session;
use nanobragg_conformance::clause::source::Problem;

const ARGS: &str = "args -cell 100 100 100 90 90 90 -N 5 -default_F 100 -detpixels 8 -seed 1";

/// A clause around the body of a block.
fn clause(body: &str) -> String {
    format!(
        "# T\n\n### AT-TST-001 A title\n\nThe image SHALL be bright.\n\n```acceptance one\n{ARGS}\n{body}\n```\n"
    )
}

fn read(text: &str) -> (Suite, Vec<Problem>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("test.md"), text).expect("a file");
    let inputs = cases::default_folder().join("inputs");
    Suite::read(folder.path(), &inputs).expect("a readable folder")
}

/// Asserts that a text is refused with this title, at the last line that holds the marker.
fn refused(text: &str, title: &str, marker: &str) {
    let (_, problems) = read(text);
    let Some(problem) = problems.first() else { panic!("accepted, expected '{title}':\n{text}") };
    assert!(
        problem.title().contains(title),
        "'{}' instead of '{title}'\n{problem}",
        problem.title()
    );
    let lines: Vec<&str> = text.lines().collect();
    let line = lines.iter().rposition(|line| line.contains(marker)).expect("the marker") + 1;
    let place = format!("test.md:{line}:");
    assert!(
        problem.location().contains(&place),
        "{} instead of {place}\n{problem}",
        problem.location()
    );
    let shown = problem.to_string();
    assert!(shown.contains('^'), "nothing is underlined:\n{shown}");
}

#[test]
fn a_sound_clause_is_accepted() {
    let (suite, problems) = read(&clause("run A: -xds\nexpect max(A) > 0"));
    assert!(problems.is_empty(), "{}", problems[0]);
    assert_eq!(suite.clauses[0].id, "AT-TST-001");
    assert_eq!(suite.clauses[0].title, "A title");
    assert_eq!(suite.clauses[0].sentences, ["The image SHALL be bright."]);
    assert_eq!(suite.trials().len(), 8, "five engines, two kernels on the processor, C");
}

#[test]
fn near_misses_of_statements_are_refused() {
    for (body, title, marker) in [
        ("run A: -xds\nexpct max(A) > 0", "'expct' does not belong here", "expct"),
        ("run A: -xds\nexpect mx(A) > 0", "no function is called mx", "mx(A)"),
        ("run A: -xds\nexpect max(B) > 0", "nothing is called B", "max(B)"),
        ("run A: -xds\nexpect max(A) > ", "the statement ends too early", "max(A) >"),
        ("run A: -xds\nexpect max(A > 0", "'>' does not belong here", "max(A"),
        ("run A: -xds\nexpect max(A, A) > 0", "max is called in another way", "max(A, A)"),
        ("run A: -xds\nexpect max(A) > 0 within 1", "a tolerance without '='", "within"),
        ("run A: -xds\nexpect max(A) > 0 mine 1", "'mine' does not belong here", "mine"),
        ("run A: -xds\nexpect max(A) = max(A)", "both sides are the same", "= max(A)"),
        ("run A: -xds\nexpect 1 < 2", "an assertion that no run takes part in", "1 < 2"),
        (
            "run A: -xds\nexpect max(A) > 0.9 ours 0.8",
            "a bound of ours that is not tighter",
            "ours",
        ),
        ("run A: -xds\nexpect max(A) = 1 within 1 ours 2", "not tighter", "ours"),
        ("run A: -xds\nexpect max(A) = 1 ours 2", "without a bound to tighten", "ours"),
        ("run A: -xds\nlet x = max(A)\nexpect sum(A) > 0", "x is never used", "let x"),
        ("run A: -xds\nlet A = 3\nexpect max(A) > 0", "the name A stands twice", "let A"),
        ("run A: -xds\nrun A: -adxv\nexpect max(A) > 0", "the name A stands twice", "-adxv"),
        (
            "run A: -xds\nrun B: -adxv\nexpect max(A) > 0",
            "nothing is asserted of the run B",
            "-adxv",
        ),
        ("run A: -xds\nargs -N 3\nexpect max(A) > 0", "arguments behind a run", "args -N 3"),
        (
            "run A over N in 1 2: -N 3\nexpect max(A) > 0",
            "a sweep with the same run twice",
            "over N",
        ),
        ("run A over N in 1 2: -N {M}\nexpect max(A) > 0", "nothing stands for {M}", "{M}"),
        ("run A -xds\nexpect max(A) > 0", "does not belong here", "run A -xds"),
        ("run A: -quirks none\nexpect max(A) > 0", "the C program does not know", "-quirks none"),
        ("run A: -xds\nexpect resolved(A, \"x\") = 1", "does not tell", "resolved"),
        ("not d: \"so\"\nrun A: -xds\nexpect max(A) > 0", "'d' matches no engine", "not d"),
        ("not c\nrun A: -xds\nexpect max(A) > 0", "does not belong here", "not c"),
        ("not c: \"\"\nrun A: -xds\nexpect max(A) > 0", "does not belong here", "not c"),
        ("needs magic\nrun A: -xds\nexpect max(A) > 0", "nothing is called 'magic'", "magic"),
        (
            "input a.hkl = p1.hkl\nrun A: -xds\nexpect max(A) > 0",
            "no run of this block reads",
            "run A",
        ),
        ("input a.hkl = none.hkl\nrun A: -hkl a.hkl\nexpect max(A) > 0", "none.hkl", "none.hkl"),
        ("run A over N in fails: -N {N}\nexpect max(A) > 0", "ends too early", "in fails"),
        ("run A:\n  expect max(A) > 0", "part of the statement above", "  expect"),
        ("run A:\nrun B over A in 3 4: -N {A}\nexpect max(B) > max(A)", "stands twice", "over A"),
        ("run pi: -xds\nexpect max(pi) > 0", "stands twice", "run pi"),
        ("run A: --quirks none\nexpect max(A) > 0", "the C program does not know", "--quirks"),
        ("run A: -xds\nexpect max(A) < 5 ours 2*3", "not tighter", "ours"),
        ("run A fails: -lamda 1\nexpect status(A) != 0", "for another reason", "-lamda"),
        ("run A: -xds", "a block that asserts nothing", "```acceptance"),
        ("expect max(A) > 0", "a block without a run", "```acceptance"),
        ("run A: -floatfile \"x\nexpect max(A) > 0", "does not belong here", "-floatfile"),
    ] {
        refused(&clause(body), title, marker);
    }
}

#[test]
fn a_block_for_no_engine_is_refused() {
    let body = "engines c: \"x\"\nnot c: \"y\"\nrun A: -xds\nexpect max(A) > 0";
    refused(&clause(body), "a block for no engine", "```acceptance");
}

#[test]
fn near_misses_of_the_document_are_refused() {
    let good = clause("run A: -xds\nexpect max(A) > 0");
    for (text, title, marker) in [
        (good.replace("acceptance one", "acceptence one"), "unknown kind of block", "acceptence"),
        (good.replace("acceptance one", "acceptance"), "without a name", "```acceptance"),
        (good.replace("acceptance one", "acceptance One"), "no name of a case", "One"),
        (good.replace("acceptance one", " "), "unknown kind of block", "``` "),
        (good.trim_end().trim_end_matches('`').to_owned(), "a fence that does not end", "```acc"),
        (good.replace("AT-TST-001", "AT-TST-01"), "almost the id of a clause", "AT-TST-01"),
        (good.replace("AT-TST-001", "at-tst-001"), "almost the id of a clause", "at-tst"),
        (good.replace("### AT-TST-001 A title", "### A title"), "that no clause holds", "SHALL"),
        (good.replace("SHALL be", "is"), "requires nothing", "AT-TST"),
        (format!("# T\n\nAll MUST hold.\n\n{good}"), "that no clause holds", "MUST"),
        (format!("{good}\n#### AT-TST-002 Inner\n"), "a clause within a clause", "AT-TST-002"),
        (
            format!("{good}\n### AT-TST-001 Again\n\nIt SHALL be.\n\n{}", block("a")),
            "stands twice",
            "Again",
        ),
        (format!("{good}\n{}", block("one")), "the case one stands twice", "```acceptance one"),
        (
            format!("{good}\n### AT-TST-002 Empty\n\nIt SHALL be.\n"),
            "has no acceptance block",
            "Empty",
        ),
        (format!("{good}\n<!-- hidden -->\n"), "HTML could hide a clause", "hidden"),
        (format!("{good}\n###AT-TST-002 Stuck\n"), "without a space", "Stuck"),
        (format!("{good}\n### AT\u{2011}TST-002 Odd\n"), "almost the id", "Odd"),
        (format!("{good}\n#### It SHALL be\n"), "a requirement in a heading", "#### It"),
        (format!("{good}\n```text\nopen\n\n{}", block("two")), "a fence within a block", "two"),
        (good.replace("A title", "A title\r"), "a carriage return", "A title"),
        (format!("{good}\n    indented code\n"), "code without a fence", "indented"),
        (
            format!("{good}\n- item\n\n  ```acceptance two\n  run A: -xds\n  ```\n"),
            "an indented fence",
            "two",
        ),
        (format!("# T\n\n```setup\nrun B: -xds\n```\n{good}"), "only sets up", "run B: -xds"),
        (format!("# T\n\n```file a.hkl\n```\n{good}"), "is empty", "a.hkl"),
        (
            format!("# T\n\n```smv a.img\nfill 1\n```\n{good}"),
            "an image without its size",
            "fill 1",
        ),
        (
            good.replace("run A", "each x in 1 1\nrun A").replace("-xds", "-N {x}"),
            "give the same runs",
            "each x",
        ),
    ] {
        refused(&text, title, marker);
    }
}

/// What shows only when a clause runs.
#[test]
fn comparisons_that_show_nothing_fail() {
    for (body, why) in [
        ("run A: -xds\nexpect 0*max(A)/0 != 5", "cannot be compared"),
        ("run A: -xds\nexpect max(A) = 5 within 1/0", "is no tolerance"),
        ("run A: -xds\nexpect max(A) = 5 within -1", "is no tolerance"),
        ("run A: -xds\nexpect stdout(A) contains \"\"", "the empty one"),
        ("run A: -xds\nrun B: -xds\nexpect identical(A, B)", "compared with itself"),
        ("run A: -xds\nrun B: -xds\nexpect A = B", "compared with itself"),
        ("run A: -xds\nrun B: -adxv\nexpect correlation(0*A, B) > 0", "nothing can be seen"),
        ("run A: -xds\nexpect identical(0*A, 0*A*2)", "nothing can be seen"),
        ("run A: -xds\nexpect argmax(0*A/0) != [0, 0]", "no number"),
        ("run A: -xds\nexpect clamp(0*max(A)/0, 1, 2) = 1", "cannot be compared"),
        (
            "run A over n in 1 2: -N {n}\nexpect largest(0*max(A)/(n - 1)) >= 0",
            "cannot be compared",
        ),
        (
            "run A over n in 1 2: -N {n}\nrun B over m in 1 2 3: -N {m}\nexpect sum(A) = sum(B)",
            "sweeps of 2 and of 3 runs",
        ),
    ] {
        let (suite, problems) = read(&clause(body));
        assert!(problems.is_empty(), "{}", problems[0]);
        let session = Arc::new(Session::new(Records::default()));
        let verdict = suite.trials()[0].run(&session);
        let text = verdict.failures.join("\n");
        assert!(text.contains(why), "{body}\n{text}");
    }
}

fn block(name: &str) -> String {
    format!("```acceptance {name}\n{ARGS}\nrun A: -xds\nexpect max(A) > 0\n```\n")
}
