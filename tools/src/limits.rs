//! Limits that the system sets to files.

/// Makes a write beyond the largest size that a file may have (`ulimit -f`) an error that can be told,
/// with the file's name. Without it the signal SIGXFSZ ends the process, and files that were begun
/// stay behind.
pub fn tell_of_large_files() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // Any handler will do: the system call then fails with EFBIG. Where none can be set, the
        // signal ends the process as usual.
        drop(signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default()));
    }
}
