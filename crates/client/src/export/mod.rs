//! An export: one folder with everything that was said, for people (HTML) and for programs (JSON lines).

mod folder;
mod format;
mod page;

pub use folder::{Folder, Sheet, Source};
pub use format::{ExportError, FileEntry, Line, Manifest, RoomEntry, VERSION};
pub use page::{Page, index};
