//! The only crate that holds MLS secrets.
