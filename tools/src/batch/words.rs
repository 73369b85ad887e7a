//! Command lines as text, in the way of a shell.

/// The words of a command line, without the program's name where one leads.
///
/// # Errors
/// A quote that is not closed, a backslash with nothing behind it.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let words = shlex::split(line)
        .ok_or("a quote is not closed, or a backslash has nothing behind it".to_owned())?;
    Ok(without_program(words))
}

/// Drops the program's name, as lines that were copied from a shell have it.
pub fn without_program(mut words: Vec<String>) -> Vec<String> {
    let named = words.first().is_some_and(|word| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        name.eq_ignore_ascii_case("nanobragg") || name.eq_ignore_ascii_case("nanobragg.exe")
    });
    if named {
        words.remove(0);
    }
    words
}

/// A command line that [`split`] takes apart again.
pub fn join(words: &[String]) -> String {
    let quoted = words.iter().map(|word| shlex::try_quote(word).unwrap_or(word.into()));
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{join, split};

    #[test]
    fn the_name_of_the_program_is_left_out() {
        for line in ["-a b", "nanobragg -a b", "./nanoBragg -a b", "/usr/bin/nanobragg -a b"] {
            assert_eq!(split(line), Ok(vec!["-a".into(), "b".into()]), "{line}");
        }
        assert!(split("'a").is_err());
    }

    #[test]
    fn words_come_back() {
        let words: Vec<String> =
            ["-a", "b c", "", "'", "\\", "#x", "é{y}", "$z"].map(str::to_owned).into();
        assert_eq!(split(&join(&words)), Ok(words));
    }
}
