//! `nanobragg batch`: what it refuses, that its images are those of single runs, and that a campaign
//! survives whatever ends it.

#[path = "batch/bench.rs"]
mod bench;
#[path = "batch/images.rs"]
mod images;
#[path = "batch/refusals.rs"]
mod refusals;
#[path = "batch/resume.rs"]
mod resume;
mod support;
