//! Line mode: append-only, no colours, no boxes; greets as the old clients did and works through pipes and screen readers.

mod command;
mod greet;
mod talk;

pub(crate) use greet::enter;
pub(crate) use talk::talk;

/// Whether the environment asks for plain lines.
pub(crate) fn wanted_by_environment() -> bool {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|given| given == value);
    is("TERM", "dumb") || is("ACCESSIBLE", "1")
}
