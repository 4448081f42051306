//! The terminal face: one event at a time changes the state, the state is drawn, and what is wanted outside is an action.

mod command;
mod composer;
mod draw;
mod keymap;
mod layout;
mod run;
mod state;

pub use run::run;
