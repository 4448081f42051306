//! Keys of the server that are not in its database.

/// What the shell keeps in its key file.
#[derive(Clone)]
pub struct Secrets {
    /// Makes up password parameters for names that do not exist.
    pub parameters_key: [u8; 32],
}
