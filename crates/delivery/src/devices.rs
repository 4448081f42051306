//! What the chains say of devices.
