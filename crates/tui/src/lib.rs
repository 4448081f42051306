//! The terminal face: one event at a time changes the state, the state is drawn, and what it asks for is done outside.
//!
//! `Event → Cmd → State::on → Action`, and `screens::draw(&State)`; nothing here parses ciphertext or the wire.

mod action;
mod areas;
mod clock;
mod cmd;
mod command;
mod editor;
mod event;
mod fuzzy;
mod keymap;
mod look;
mod run;
mod screens;
mod secret;
mod shell;
mod state;
mod terminal;
mod widgets;

pub use run::run;
