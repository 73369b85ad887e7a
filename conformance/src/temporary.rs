//! Temporary folders that become results.

use std::io;
use std::path::Path;

use tempfile::{Builder, TempDir};

/// A temporary folder whose name begins with `prefix`, with the permissions of one that a user makes.
///
/// # Errors
/// What the operating system says, in its words and without the temporary name, which means nothing
/// to the user.
pub fn folder(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    let mut builder = Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent).map_err(|error| plain(&error))
}

/// An error of tempfile, which hides that of the system in a text: `TEXT at path "NAME"`.
fn plain(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), said)
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::fs::{self, File};

    #[test]
    fn an_error_has_the_words_of_the_system() {
        let home = tempfile::tempdir().expect("a directory");
        let none = home.path().join("none");
        let expected = fs::create_dir(none.join("x")).expect_err("no directory");
        let told = folder(&none, ".nb-").expect_err("no directory");
        assert_eq!((told.to_string(), told.kind()), (expected.to_string(), expected.kind()));
        assert!(told.to_string().contains("os error"), "{told}");
        File::create(&none).expect("a file");
        let expected = fs::create_dir(none.join("x")).expect_err("a file");
        assert_eq!(folder(&none, ".nb-").expect_err("a file").to_string(), expected.to_string());
        let long = "x".repeat(300);
        let expected = fs::create_dir(home.path().join(&long)).expect_err("a long name");
        let told = folder(home.path(), &long).expect_err("a long name");
        assert_eq!(told.to_string(), expected.to_string());
    }

    #[test]
    fn it_is_gone_where_nobody_keeps_it() {
        let home = tempfile::tempdir().expect("a directory");
        let made = folder(home.path(), ".nb-").expect("a folder");
        let name = made.path().file_name().expect("a name").to_string_lossy().into_owned();
        assert!(name.starts_with(".nb-") && made.path().is_dir(), "{name}");
        drop(made);
        assert_eq!(fs::read_dir(home.path()).expect("a directory").count(), 0);
    }
}
