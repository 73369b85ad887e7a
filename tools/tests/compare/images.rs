//! Images in files of several formats, for comparisons.

use super::*;

pub(super) const NANOBRAGG: &str = env!("CARGO_BIN_EXE_nanobragg");

/// Fields that a side has when it is a file.
pub(super) const FILES_ONLY: [&str; 6] =
    ["c.png", "c_float.bin", "comparison.png", "py.png", "py_float.bin", "summary.json"];

/// An image of 6 x 4 pixels whose rows and columns differ.
pub(super) fn image() -> Vec<f64> {
    (0..24).map(|place| f64::from(place * place) / 4.0).collect()
}

/// The pixels of an image whose first axis is the fast one.
pub(super) fn turned(pixels: &[f64], fast: usize) -> Vec<f64> {
    (0..fast).flat_map(|f| pixels.iter().skip(f).step_by(fast).copied()).collect()
}

pub(super) fn raw(pixels: &[f64]) -> Vec<u8> {
    pixels.iter().flat_map(|&pixel| (pixel as f32).to_ne_bytes()).collect()
}

pub(super) fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

pub(super) fn smv(keys: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{{\nHEADER_BYTES=  512;\nDIM=2;\n{keys}}}").into_bytes();
    bytes.resize(512, b' ');
    bytes.extend(data);
    bytes
}

impl Bench {
    pub(super) fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).expect("a file");
    }

    /// Compares `left` with `right`, which are files or sides.
    pub(super) fn compare(&self, options: &str) -> Value {
        let outcome = self.run(options);
        assert_status(&outcome, 0);
        self.summary()
    }
}

/// A bench with two files of raw floats, `a` and `b`.
pub(super) fn pair(left: &[f64], right: &[f64]) -> Bench {
    let bench = Bench::new();
    bench.put("a", &raw(left));
    bench.put("b", &raw(right));
    bench
}

/// The colours of a picture, and the number of pixels along fast.
pub(super) fn colours(path: &Path) -> (Vec<[u8; 3]>, usize) {
    let file = std::io::BufReader::new(fs::File::open(path).expect("a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    reader.next_frame(&mut pixels).expect("a frame");
    let colours = pixels.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect();
    (colours, reader.info().width as usize)
}
