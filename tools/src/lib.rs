//! What the programs share: the machine they run on, the engines they have, what they say on
//! standard output, progress on the terminal; and what `nb-bench` does.

pub mod bench;
pub mod console;
pub mod engines;
pub mod machine;
pub mod progress;
