//! Dumps of structure factors, for `-dump` and as a file left behind.

/// A dump as the C program writes it: one more along each axis than the ranges have.
#[derive(Clone, Debug, PartialEq)]
pub struct Dump {
    /// The smallest h, k, l.
    pub min: [i64; 3],
    /// The numbers of indices along h, k, l.
    pub counts: [usize; 3],
    /// Amplitudes in electrons, `(counts[i] + 1)` along each axis, l the fastest.
    pub values: Vec<f64>,
}

impl Dump {
    /// The file: six integers, a line feed, a form feed, native doubles.
    pub fn bytes(&self) -> Vec<u8> {
        let ends = [0, 1, 2].map(|i| {
            let last = self.min[i] + self.counts[i] as i64 - 1;
            format!("{} {last}", self.min[i])
        });
        let mut bytes = format!("{}\n\x0c", ends.join(" ")).into_bytes();
        bytes.extend(self.values.iter().flat_map(|value| value.to_ne_bytes()));
        bytes
    }

    /// The same with fewer indices along an axis.
    pub fn halved(&self, axis: usize) -> Dump {
        let mut counts = self.counts;
        counts[axis] = counts[axis].div_ceil(2);
        let length = counts.iter().map(|count| count + 1).product();
        Dump { min: self.min, counts, values: self.values[..length].to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::Dump;

    #[test]
    fn the_file_has_what_its_ranges_ask_for() {
        let dump = Dump { min: [0, -1, 2], counts: [1, 4, 1], values: vec![0.5; 20] };
        assert!(dump.bytes().starts_with(b"0 0 -1 2 2 2\n\x0c"));
        assert_eq!(dump.halved(1).bytes().len(), b"0 0 -1 0 2 2\n\x0c".len() + 8 * 12);
    }
}
