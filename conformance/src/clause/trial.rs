//! The tests of the suite: one for each clause, case and engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agree;
use super::case::{Case, Planned, Step};
use super::document::{Clause, Suite};
use super::evaluate::{self, Finding, Names, Strictness};
use super::ran::Ran;
use super::session::Session;
use super::syntax::Tool;
use super::value::Value;
use crate::bench_record;
use crate::engines::{self, C};
use crate::execute::{CommandLine, Outcome};

/// One test.
pub struct Trial<'s> {
    /// The clause.
    pub clause: &'s Clause,
    /// The case.
    pub case: &'s Case,
    /// The engine.
    pub label: &'static str,
}

/// What came out of a test.
#[derive(Clone, Default)]
pub struct Verdict {
    /// Every run that happened, as far as it could be had.
    pub runs: Vec<Arc<Ran>>,
    /// Every expectation that was judged.
    pub findings: Vec<Finding>,
    /// What failed, for people; empty where the test passes.
    pub failures: Vec<String>,
}

/// Why a test does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// The clause says that it is not for this engine.
    Excluded(String),
    /// What it needs is not here.
    Missing(String),
}

/// Says why something is not here.
type Missing = fn() -> Option<String>;

/// What blocks may need, and what tells why it is not here.
const NEEDS: [(&str, Missing); 3] = [
    ("nb-compare", || None),
    ("benchmark-record", bench_record::missing),
    ("benchmark-of-8-cores", || bench_record::missing().or_else(|| bench_record::too_few_cores(8))),
];

impl Suite {
    /// All tests, in the order of the files.
    pub fn trials(&self) -> Vec<Trial<'_>> {
        let mut trials = Vec::new();
        for clause in &self.clauses {
            for case in &clause.cases {
                trials.extend(engines::tested().map(|label| Trial { clause, case, label }));
            }
        }
        trials
    }
}

impl Trial<'_> {
    /// `geometry::AT-GEO-001::mosflm::reference`
    pub fn name(&self) -> String {
        let Trial { clause, case, label } = self;
        format!("{}::{}::{}::{label}", clause.source.stem(), clause.id, case.name)
    }

    /// What its runs take, bytes: a measure of how long they are.
    pub fn cost(&self) -> usize {
        let arguments = self.case.runs.iter().flat_map(Planned::arguments);
        arguments.map(|arguments| super::session::cost(&arguments)).sum()
    }

    /// Why the test does not run, where it does not.
    pub fn skipped(&self, session: &Session) -> Option<Skipped> {
        if let Some(why) = self.case.excluded.get(engines::public(self.label)) {
            return Some(Skipped::Excluded(why.clone()));
        }
        let reads_record = self.case.needs.iter().any(|need| need.value.starts_with("benchmark"));
        if reads_record && engines::ON_HOST.contains(&self.label) {
            return Some(Skipped::Missing("kernels on the processor are not timed".to_owned()));
        }
        let needs = self.case.needs.iter().find_map(|need| {
            let (_, missing) = NEEDS.iter().find(|(name, _)| *name == need.value)?;
            missing()
        });
        needs.or_else(|| session.missing(self.label).map(str::to_owned)).map(Skipped::Missing)
    }

    /// Runs the test.
    pub fn run(&self, session: &Arc<Session>) -> Verdict {
        let mut verdict = Verdict::default();
        let mut names = Names::new();
        if let Some((name, value)) = &self.case.constant {
            names.insert(name.clone(), Value::word(value));
        }
        let mut complete = true;
        for planned in &self.case.runs {
            complete &= self.execute(planned, session, &mut names, &mut verdict);
        }
        // Also where an image is not the C program's: the expectations say what is wrong with it.
        if complete {
            self.steps(&names, &mut verdict);
        }
        verdict
    }

    /// Makes the runs of a name; whether each ended as it should.
    fn execute(
        &self,
        planned: &Planned,
        session: &Arc<Session>,
        names: &mut Names,
        verdict: &mut Verdict,
    ) -> bool {
        let mut members = Vec::new();
        let lines = planned.arguments();
        let count = lines.len();
        for (place, arguments) in lines.into_iter().enumerate() {
            let value = planned.over.as_ref().map(|(_, values)| values[place].as_str());
            let name = match value {
                Some(value) => format!("{}[{value}]", planned.name),
                None => planned.name.clone(),
            };
            let mut fail = |why: String| {
                let place = self.clause.source.locate(planned.span.start);
                verdict.failures.push(format!("{place}: the run {name}: {why}"));
            };
            match self.one(planned, &name, arguments, session) {
                Ok(ran) => {
                    let ran = Arc::new(ran);
                    match self.ended(planned, &ran) {
                        Ok(()) => members.push(Value::Run(Arc::clone(&ran))),
                        Err(why) => fail(why),
                    }
                    if let Err(why) = self.compare(planned, &ran, session) {
                        fail(why);
                    }
                    verdict.runs.push(ran);
                }
                Err(why) => fail(why),
            }
        }
        let complete = members.len() == count;
        match &planned.over {
            Some((variable, values)) => {
                names.insert(planned.name.clone(), Value::Family(members));
                let values = values.iter().map(|value| Value::word(value)).collect();
                names.insert(variable.clone(), Value::Family(values));
            }
            None => drop(members.pop().map(|run| names.insert(planned.name.clone(), run))),
        }
        complete
    }

    /// Runs one command line.
    fn one(
        &self,
        planned: &Planned,
        name: &str,
        arguments: Vec<String>,
        session: &Arc<Session>,
    ) -> Result<Ran, String> {
        let arguments = arguments.into_iter().map(|word| word.replace("{engine}", self.label));
        let line = CommandLine { arguments: arguments.collect(), inputs: planned.inputs.clone() };
        let outcome = match planned.tool {
            Tool::Nanobragg => session.run(self.label, &line)?,
            Tool::Compare => {
                Arc::new(super::tool::compare(&line).map_err(|error| error.to_string())?)
            }
        };
        Ok(Ran::new(name.to_owned(), line, outcome, Arc::clone(session)))
    }

    /// The command that makes a run again.
    fn again(&self, planned: &Planned, line: &CommandLine) -> String {
        match planned.tool {
            Tool::Nanobragg => agree::command(self.label, line),
            Tool::Compare => format!("nb-compare {}", line.arguments.join(" ")),
        }
    }

    /// Whether a run ended as its block says.
    fn ended(&self, planned: &Planned, ran: &Ran) -> Result<(), String> {
        let Outcome { status, stderr, .. } = &*ran.outcome;
        if planned.fails == (*status != 0) {
            return Ok(());
        }
        let wanted = if planned.fails { "not 0, for it should fail" } else { "0" };
        Err(format!(
            "exit status {status}, expected {wanted}\n    {}\n    run it: {}",
            stderr.trim(),
            self.again(planned, &ran.line)
        ))
    }

    /// Compares what a run left with the C program's.
    fn compare(&self, planned: &Planned, ran: &Ran, session: &Arc<Session>) -> Result<(), String> {
        let Ran { line, outcome, .. } = ran;
        if planned.tool == Tool::Compare || planned.fails || outcome.status != 0 {
            return Ok(());
        }
        let differences = agree::differences(session, self.label, line, outcome)?;
        if differences.is_empty() {
            return Ok(());
        }
        let place = super::trace::first_divergence(session, self.label, line, outcome);
        Err(format!(
            "{}{}\n    run it: {}",
            differences.join("\n    "),
            place.map(|text| format!("\n{text}")).unwrap_or_default(),
            self.again(planned, line)
        ))
    }

    fn steps(&self, runs: &Names, verdict: &mut Verdict) {
        let mut names = runs.clone();
        let strictness = match self.label {
            C => Strictness::Stated,
            label if label.ends_with("-mixed") => Strictness::Mixed,
            _ => Strictness::Ours,
        };
        for step in &self.case.steps {
            let result = match step {
                Step::Let(name, expression) => evaluate::value(expression, &names)
                    .map(|value| drop(names.insert(name.value.clone(), value))),
                Step::Expect(expect) => evaluate::judge(expect, &names, strictness)
                    .map(|finding| self.judged(finding, true, verdict)),
                Step::Upstream(expect) => evaluate::judge(expect, &names, Strictness::Stated)
                    .map(|finding| self.judged(finding, false, verdict)),
            };
            if let Err(undefined) = result {
                let place = self.clause.source.locate(undefined.span.start);
                let text = &self.clause.source.text[undefined.span.clone()];
                verdict.failures.push(format!("{place}: {text}\n    {}", undefined.why));
            }
        }
    }

    fn judged(&self, mut finding: Finding, wanted: bool, verdict: &mut Verdict) {
        if finding.holds != wanted {
            let place = self.clause.source.locate(finding.span.start);
            let comment = if wanted {
                ""
            } else {
                "\n    this deviation is no longer needed: what the upstream text says holds"
            };
            verdict.failures.push(format!(
                "{place}: {}\n    measured: {}\n    bound:    {}{comment}",
                finding.text, finding.measured, finding.bound
            ));
        }
        if !wanted {
            finding.holds = !finding.holds;
            finding.used = None;
        }
        verdict.findings.push(finding);
    }

    /// The text of a failure.
    pub fn explain(&self, verdict: &Verdict) -> String {
        let clause = self.clause;
        let mut text = format!(
            "{} {}\n{}\n",
            clause.id,
            clause.title,
            clause.source.locate(self.case.span.start)
        );
        for sentence in &clause.sentences {
            text.push_str(&format!("  {sentence}\n"));
        }
        for failure in &verdict.failures {
            text.push_str(&format!("\n  {failure}\n"));
        }
        text.push_str(&format!("\nagain: cargo test --release -- --exact {}\n", self.name()));
        text
    }
}

/// Whether a word is something that blocks may need.
pub(super) fn is_need(word: &str) -> bool {
    NEEDS.iter().any(|(name, _)| *name == word)
}

/// All command lines of the suite that are expected to succeed, with what they are recorded from:
/// those that the C program understands, from it.
pub fn command_lines(suite: &Suite) -> BTreeMap<String, (crate::cases::Origin, CommandLine)> {
    let mut lines = BTreeMap::new();
    for case in suite.clauses.iter().flat_map(|clause| &clause.cases) {
        for planned in case.runs.iter().filter(|run| run.tool == Tool::Nanobragg && !run.fails) {
            for arguments in planned.arguments() {
                let line = CommandLine { arguments, inputs: planned.inputs.clone() };
                let origin = if case.excluded.contains_key(C) {
                    crate::cases::Origin::Reference
                } else {
                    crate::cases::Origin::C
                };
                let entry = lines.entry(super::records::key(&line)).or_insert((origin, line));
                if origin == crate::cases::Origin::C {
                    entry.0 = origin;
                }
            }
        }
    }
    lines
}
