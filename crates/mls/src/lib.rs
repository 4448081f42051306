//! Our MLS profile and the public validation of commits; holds no private key.
