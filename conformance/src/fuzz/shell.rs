//! A command line with its files as text to paste into a shell.

use crate::execute::CommandLine;
use crate::{Error, Result};

/// The arguments, quoted for a shell.
///
/// # Errors
/// An argument with a zero byte, which no process can be given.
pub fn quoted(arguments: &[String]) -> Result<String> {
    shlex::try_join(arguments.iter().map(String::as_str))
        .map_err(|error| Error::Run(error.to_string()))
}

/// Commands that make the input files, and then run `program` with the arguments.
///
/// # Errors
/// As [`quoted`].
pub fn script(program: &str, line: &CommandLine) -> Result<String> {
    let mut script = String::new();
    for (name, bytes) in &line.inputs {
        let name = quoted(std::slice::from_ref(name))?;
        script += &match here_document(bytes) {
            Some(text) => format!("cat > {name} <<'EOF'\n{text}EOF\n"),
            None => format!("printf '{}' > {name}\n", escaped(bytes)),
        };
    }
    script += &format!("{program} {}\n", quoted(&line.arguments)?);
    Ok(script)
}

/// The bytes as text, if a shell's here-document can hold them.
fn here_document(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = text.bytes().all(|b| (b' '..0x7f).contains(&b) || b == b'\n' || b == b'\t');
    (plain && text.ends_with('\n') && text.lines().all(|line| line != "EOF")).then_some(text)
}

/// The bytes for `printf`, all but plain characters as octal numbers.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'%' => text.push_str("%%"),
            // A dash at the beginning would make an option of it.
            b'-' if place == 0 => text.push_str("\\055"),
            b' '..0x7f if byte != b'\\' && byte != b'\'' => text.push(char::from(byte)),
            _ => text += &format!("\\{byte:03o}"),
        }
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::script;
    use crate::execute::CommandLine;

    /// Runs a script with a shell in a directory of its own, where the program writes its
    /// arguments down, and takes up arguments and files.
    fn play(script: &str, names: &[&String]) -> (Vec<String>, Vec<Vec<u8>>) {
        let directory = tempfile::tempdir().expect("a directory");
        let program = "note() { for word; do printf '%s\\0' \"$word\"; done; }";
        let output = Command::new("sh")
            .args(["-c", &format!("{program}\n{script}")])
            .current_dir(directory.path())
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let words = text.split_terminator('\0').map(str::to_owned).collect();
        let file = |name: &&String| std::fs::read(directory.path().join(name)).expect("a file");
        (words, names.iter().map(file).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 64,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]
        #[test]
        fn a_shell_reads_back_what_was_printed(
            arguments in proptest::collection::vec("-?[ -~µ\n]{0,12}", 1..6),
            text in "-?[ -~\n]{0,40}",
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let inputs = [("a text".to_owned(), text.into_bytes()), ("b.img".to_owned(), bytes)];
            let inputs = inputs.map(|(name, bytes)| (name, Arc::from(bytes)));
            let line = CommandLine { arguments, inputs: inputs.into_iter().collect() };
            let names: Vec<&String> = line.inputs.keys().collect();
            let (words, files) = play(&script("note", &line).expect("no zero byte"), &names);
            prop_assert_eq!(&words, &line.arguments);
            for (found, expected) in files.iter().zip(line.inputs.values()) {
                prop_assert_eq!(&found[..], &expected[..]);
            }
        }
    }
}
