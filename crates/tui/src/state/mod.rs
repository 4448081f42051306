//! Everything the face knows. It changes on events only, and asks for the rest by actions.

mod answers;
mod complete;
mod input;
mod keys;
mod measure;
mod mouse;
mod names;
mod notices;
mod open_room;
mod orders;
mod overlay;
mod overlays;
mod sidebar;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod told;
mod whole;
mod writing;

pub(crate) use notices::Tone;
pub(crate) use open_room::OpenRoom;
pub(crate) use overlay::{Form, Overlay, Page, Palette, Search};
pub(crate) use sidebar::first_shown;
pub(crate) use whole::{Focus, Me, State};
