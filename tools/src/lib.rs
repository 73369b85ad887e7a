//! What the programs share: the machine they run on, the engines they have, progress on the
//! terminal.

pub mod engines;
pub mod machine;
pub mod progress;
