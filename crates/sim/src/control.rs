//! Switches that break a promise on purpose, in the simulated world alone: a run that does not notice is worth nothing.

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Control {
    /// The server forgets the writes of its last moments when it dies: it acknowledged before they were kept.
    AckBeforeKept,
    /// The server takes each repeated request for a new one.
    ForgetRequests,
    /// The server takes a new message for a repeated one, and answers with the place of another.
    WrongRepeat,
    /// A device forgets what waits to be sent when it dies.
    DropOutbox,
    /// A device comes up again with an older disk, whose keys are used up already.
    OldDisk,
    /// The server loses the Welcomes of some devices.
    LoseWelcome,
    /// The server goes on giving events to those who were removed.
    KeepGiving,
    /// Words of each message stand in a file of the server's.
    PlainText,
    /// Nobody comes back after the faults.
    NeverReturn,
}
