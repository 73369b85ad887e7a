//! Compressed files, told by their first bytes.

/// How compressed files begin. No image of floats is likely to begin so.
const PACKED: [(&str, &[u8]); 6] = [
    ("a zip file", b"PK\x03\x04"),
    ("an xz file", b"\xfd7zXZ\0"),
    ("a zstd file", b"\x28\xb5\x2f\xfd"),
    ("a 7-Zip file", b"7z\xbc\xaf\x27\x1c"),
    ("an lz4 file", b"\x04\x22\x4d\x18"),
    ("a file of compress (.Z)", b"\x1f\x9d\x90"),
];

/// What a compressed file is, by its first bytes. `None` for gzip, which some readers unpack, and for
/// what is not compressed.
pub fn packed(head: &[u8]) -> Option<&'static str> {
    // A digit between the two parts tells how hard bzip2 tried.
    if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
        return Some("a bzip2 file");
    }
    PACKED.into_iter().find(|(_, magic)| head.starts_with(magic)).map(|(what, _)| what)
}
