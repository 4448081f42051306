//! Settings of this device: kept in its encrypted file, told to nobody.

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::setting_rows;
use crate::output::News;

use super::command::CommandError;

/// Longest name of a setting, bytes.
const NAME_BYTES_MAX: usize = 64;
/// Longest value, bytes.
const VALUE_BYTES_MAX: usize = 1024;

impl Engine {
    /// Every setting, by name.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn settings(&self) -> Result<Vec<(String, String)>, EngineError> {
        Ok(setting_rows::all(&self.conn)?)
    }

    /// Sets one, or forgets it.
    ///
    /// # Errors
    /// [`CommandError::TooLong`] above 64 bytes of name or 1,024 of value.
    pub fn set_setting(
        &mut self,
        name: &str,
        value: Option<&str>,
        cx: &mut Cx<'_>,
    ) -> Result<(), CommandError> {
        let longest = name.len().max(value.map_or(0, str::len));
        if name.len() > NAME_BYTES_MAX || longest > VALUE_BYTES_MAX {
            return Err(CommandError::TooLong(longest));
        }
        self.command(cx, |engine, _| {
            setting_rows::set(&engine.conn, name, value)?;
            engine.tell(News::Settings);
            Ok(Ok(()))
        })
    }
}
