//! The server's mind: room log, commit gate, inboxes, accounts, invites, fairness.
