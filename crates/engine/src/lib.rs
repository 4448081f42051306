//! The client's mind and memory.
