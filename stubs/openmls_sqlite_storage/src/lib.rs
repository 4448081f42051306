//! Deliberately empty: see the `patch` section of the workspace manifest.
