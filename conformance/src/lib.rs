//! Goldens, comparisons and the tests that run engines on them.
