//! The client's shell: connection, reconnect, timers, drive loop, views.
