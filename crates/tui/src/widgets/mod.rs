//! Parts of screens that know nothing of chat rooms.

mod composer;
mod rows;
mod text;

pub(crate) use composer::Composer;
pub(crate) use rows::{LineKey, Mark, Row, RowKey, Rows, Words};
pub(crate) use text::{fit, width, wrap};
