//! Arrays of NumPy (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

/// What stands in front of the pixels: their type and the shape (slow, fast).
pub(super) fn header([fast, slow]: [usize; 2]) -> Vec<u8> {
    let order = if cfg!(target_endian = "big") { '>' } else { '<' };
    let mut text =
        format!("{{'descr': '{order}f4', 'fortran_order': False, 'shape': ({slow}, {fast}), }}");
    // Magic, version and length take 10 bytes; the pixels begin at a multiple of 64.
    while (text.len() + 11) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn as_numpy_writes_it() {
        let found = header([40, 24]);
        assert_eq!(found.len(), 128);
        assert_eq!(&found[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let text = std::str::from_utf8(&found[10..]).expect("text");
        assert_eq!(
            text.trim_end_matches([' ', '\n']),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (24, 40), }"
        );
        assert_eq!(header([2147483647, 1]).len() % 64, 0);
    }
}
