//! The server's shell: HTTPS, sessions, TLS identity, limits, fan-out.
