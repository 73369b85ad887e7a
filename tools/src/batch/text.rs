//! Batch files of one command line a line.

use super::words;

/// Something at a line, counted from 1.
pub type At<T> = (usize, T);

/// The command lines of a text, each with the number of its (first) line.
///
/// Words are split as a shell does: blanks, quotes, backslashes, `#` comments. A backslash at the
/// end continues a line. Variables, globs and everything else of a shell are plain text.
///
/// # Errors
/// Lines whose quotes do not close, each with its number.
pub fn read(text: &str) -> Result<Vec<At<Vec<String>>>, Vec<At<String>>> {
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let mut whole = line.to_owned();
        while continues(&whole) {
            let Some((_, next)) = lines.next() else { break };
            whole.pop();
            whole.push_str(next);
        }
        match words::split(&whole) {
            Ok(words) if words.is_empty() => {}
            Ok(words) => runs.push((number + 1, words)),
            Err(reason) => problems.push((number + 1, reason)),
        }
    }
    if problems.is_empty() { Ok(runs) } else { Err(problems) }
}

/// Whether a line ends with a backslash that is not itself behind one.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_are_split_as_a_shell_does() {
        let text = "# a comment\n\n-a 'b c' \"d\\\"e\" f\\ g # more\n  \nnanobragg -x \\\n  1 \\\r\n 2\r\n-y {z} $H *\n# no \\\n-last \\\\";
        let runs = read(text).expect("runs");
        let expected: [(usize, &[&str]); 4] = [
            (3, &["-a", "b c", "d\"e", "f g"]),
            (5, &["-x", "1", "2"]),
            (8, &["-y", "{z}", "$H", "*"]),
            (10, &["-last", "\\"]),
        ];
        assert_eq!(runs.len(), expected.len());
        for ((line, words), (number, expected)) in runs.iter().zip(expected) {
            assert_eq!(
                (*line, words.iter().map(String::as_str).collect::<Vec<_>>()),
                (number, expected.to_vec())
            );
        }
    }

    #[test]
    fn quotes_that_do_not_close_are_told_together() {
        let problems = read("-a 'b\n-c d\n-e \"f\n-g \\").expect_err("wrong");
        assert_eq!(problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3, 4]);
    }
}
