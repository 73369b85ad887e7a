//! What this machine offers to an engine.

/// The vector instruction sets that matter here and that this machine has, widest first;
/// `portable` is always among them.
pub fn vector_units() -> Vec<&'static str> {
    let mut units = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            units.push("avx512");
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            units.push("avx2+fma");
        }
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        units.push("neon");
    }
    units.push("portable");
    units
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_portable_path_is_everywhere_and_last() {
        assert_eq!(super::vector_units().last(), Some(&"portable"));
    }
}
