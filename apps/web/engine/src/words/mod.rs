//! What the page and the engine say to each other, as JSON. `asks.rs` lists what can be asked and what comes back; the
//! view's types (`apps/web/view/src/engine/types.ts`) are written from here by `cargo xtask gen`.

mod asks;
mod markdown;
mod shapes;
#[cfg(test)]
mod typescript;

pub use asks::*;
pub use markdown::{Block, Inline, parse};
pub use shapes::*;
