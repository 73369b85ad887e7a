//! What is measured: the workloads, by suite.
//!
//! The first part of an entry's name is the name of its workload, which begins with that of its
//! suite or stands in it. spec/performance.md fixes the arguments of those that clauses read.

use std::sync::Arc;

use nanobragg_conformance::execute::CommandLine;
use nanobragg_reference::experiment::StructureFactors;
use nanobragg_reference::files::fdump;
use nanobragg_reference::host::Host;

use super::names::Threads;
use super::{Error, Result};

mod grid;
mod list;
mod region;

pub use list::SUITES;
pub use region::region;

/// A group of workloads that one `--suite` names.
#[derive(Debug)]
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// What is in it.
    pub templates: &'static [Template],
}

/// A workload of any size.
#[derive(Debug)]
pub struct Template {
    /// Its name, the first part of the names of its entries.
    pub name: &'static str,
    /// Arguments, beside [`COMMON`] and the number of pixels.
    pub arguments: &'static str,
    /// Its sizes, with the numbers of threads for each.
    pub sizes: &'static [(usize, &'static [Threads])],
    /// Sizes for `--quick`.
    pub quick: &'static [usize],
    /// What is done with it.
    pub kind: Kind,
    /// Renderings that are counted at least, for engines that are fast enough.
    pub repeats: usize,
    /// Whether whole processes of our engines are of interest.
    pub processes: bool,
}

/// What is done with a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is rendered. The C program renders the whole detector where `whole`; else the C program,
    /// as the reference engine always, a strip of it that takes a part of a second.
    Render {
        /// Whether the C program renders all pixels.
        whole: bool,
    },
    /// It is rendered, as a whole also by the C program, and the time of its stages is taken.
    Profile,
    /// It is rendered with the vector instructions that every processor of its kind has.
    Portable,
    /// Only whole processes are run, of all pixels.
    Processes,
    /// Calls of sin(πNh)/sin(πh).
    Interference,
    /// Calls of a scalar product.
    Product,
}

/// Arguments of all workloads.
pub const COMMON: &str = "-seed 1 -default_F 100 -distance 100 -mosflm -nonoise -nopgm";

/// A workload of one size.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its suite.
    pub suite: &'static str,
    /// Its template.
    pub template: &'static Template,
    /// Pixels along each edge, or the length of the vectors.
    pub size: usize,
    /// Numbers of threads.
    pub threads: Vec<Threads>,
    /// What the programs are given.
    pub line: CommandLine,
}

/// What the user selects.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of suites or workloads; all where empty.
    pub suites: Vec<String>,
    /// Sizes in the place of the suites' own.
    pub sizes: Vec<usize>,
    /// Numbers of threads in the place of the suites' own.
    pub threads: Vec<Threads>,
    /// Only what takes a moment.
    pub quick: bool,
}

/// The workloads that are selected.
///
/// # Errors
/// A suite that does not exist, sizes that are none.
pub fn select(selection: &Selection) -> Result<Vec<Workload>> {
    for name in &selection.suites {
        let known = |suite: &Suite| {
            suite.name == name || suite.templates.iter().any(|template| template.name == name)
        };
        if !SUITES.iter().any(known) {
            let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
            let text = format!("no suite is named '{name}'; there are {}", names.join(", "));
            return Err(Error::Usage(text));
        }
    }
    let mut workloads = Vec::new();
    for suite in SUITES {
        for template in suite.templates {
            let named = |name: &String| name == suite.name || name == template.name;
            let selected = selection.suites.is_empty() || selection.suites.iter().any(named);
            if selected {
                workloads.extend(expand(suite.name, template, selection)?);
            }
        }
    }
    if workloads.is_empty() {
        let text = "nothing is left to measure: --quick leaves out what is selected";
        return Err(Error::Usage(text.into()));
    }
    Ok(workloads)
}

fn expand(
    suite: &'static str,
    template: &'static Template,
    selection: &Selection,
) -> Result<Vec<Workload>> {
    let own: Vec<usize> = template.sizes.iter().map(|(size, _)| *size).collect();
    let sizes = match (selection.sizes.is_empty(), selection.quick) {
        (false, _) => selection.sizes.clone(),
        (true, true) => template.quick.to_vec(),
        (true, false) => own,
    };
    let threads_of = |size: usize| {
        let place = template.sizes.iter().find(|(own, _)| *own == size);
        place.or(template.sizes.first()).map_or(&[][..], |(_, threads)| *threads)
    };
    sizes
        .into_iter()
        .map(|size| {
            let threads = if selection.threads.is_empty() {
                threads_of(size).to_vec()
            } else {
                selection.threads.clone()
            };
            let line = command_line(template, size)?;
            Ok(Workload { suite, template, size, threads, line })
        })
        .collect()
}

/// The command line of a template, with the table of structure factors where it needs one.
fn command_line(template: &Template, size: usize) -> Result<CommandLine> {
    let text = format!("{} -detpixels {size} {COMMON}", template.arguments);
    let mut line = CommandLine::new(&text);
    if line.arguments.iter().any(|argument| argument == "-dump") {
        line.inputs.insert("Fdump.bin".into(), table()?);
    }
    Ok(line)
}

/// A table of 81³ structure factors, all of them different, as a dump.
fn table() -> Result<Arc<[u8]>> {
    let mut factors = StructureFactors::allocate([-40; 3], [40; 3], &Host::at(0))
        .map_err(|error| Error::Run(error.to_string()))?;
    for ((h, k, l), value) in factors.values.indexed_iter_mut() {
        // Neighbours differ much, as in a protein; the sequence repeats nowhere in the table.
        *value = 10.0 + ((h * 7919 + k * 104_729 + l * 1_299_709) % 1009) as f64;
    }
    let mut bytes = Vec::new();
    fdump::write_dump(&factors, &mut bytes).map_err(Error::run)?;
    Ok(Arc::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::{SUITES, Selection, select};
    use crate::bench::names::Threads;

    #[test]
    fn every_command_line_is_accepted() {
        let mut all = select(&Selection::default()).expect("suites");
        all.sort_by_key(|workload| (workload.template.name, workload.size));
        all.dedup_by_key(|workload| workload.template.name);
        for workload in all {
            // Four pixels: the number decides nothing but the time.
            let mut line = workload.line;
            line.arguments.extend(["-detpixels".into(), "2".into()]);
            if let Err(error) = line.resolve() {
                panic!("{}: {error}", workload.template.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_quick_sizes_are_sizes() {
        let mut seen = std::collections::BTreeSet::new();
        for template in SUITES.iter().flat_map(|suite| suite.templates) {
            assert!(seen.insert(template.name), "{} is there twice", template.name);
            for size in template.quick {
                assert!(template.sizes.iter().any(|(own, _)| own == size), "{}", template.name);
            }
        }
    }

    #[test]
    fn a_selection_takes_suites_and_workloads_by_name() {
        let of = |names: &[&str]| {
            let suites = names.iter().map(|name| (*name).to_owned()).collect();
            let threads = vec![Threads::Count(2)];
            select(&Selection { suites, sizes: vec![32], threads, ..Selection::default() })
        };
        let plain = of(&["plain"]).expect("a suite");
        assert_eq!((plain.len(), plain[0].size), (1, 32));
        assert_eq!(plain[0].threads, [Threads::Count(2)]);
        assert!(of(&["grid"]).expect("a suite").len() > 9);
        assert_eq!(of(&["grid-N20"]).expect("a workload").len(), 1);
        assert!(of(&["gird"]).is_err_and(|error| error.to_string().contains("'gird'")));
    }
}
