//! Rooms as members and server live them: every act through real bytes, every state through the store.

mod changing;
mod joining;
mod keeping;
mod refusing;
mod stored;
mod talking;
mod world;
