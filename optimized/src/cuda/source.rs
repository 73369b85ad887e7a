//! The source of the kernels as one text, and what was made of it.

/// The files of the source, in the order in which they include each other.
const FILES: [&str; 18] = [
    include_str!("kernel/portable.h"),
    include_str!("kernel/parameters.h"),
    include_str!("kernel/vector.h"),
    include_str!("kernel/exact.h"),
    include_str!("kernel/functions.h"),
    include_str!("kernel/lattice.h"),
    include_str!("kernel/factor.h"),
    include_str!("kernel/pixel.h"),
    include_str!("kernel/geometry.h"),
    include_str!("kernel/beam.h"),
    include_str!("kernel/terms.h"),
    include_str!("kernel/blocks.h"),
    include_str!("kernel/single.h"),
    include_str!("kernel/finish.h"),
    include_str!("kernel/sums.h"),
    include_str!("kernel/kernels.h"),
    include_str!("kernel/record.h"),
    include_str!("kernel/trace.h"),
];

/// The files as one, without the lines that include one from another.
pub fn source() -> String {
    let lines = FILES.iter().flat_map(|file| file.lines());
    let mut text = String::new();
    for line in lines.filter(|line| !line.starts_with("#include \"")) {
        text.push_str(line);
        text.push('\n');
    }
    text
}
