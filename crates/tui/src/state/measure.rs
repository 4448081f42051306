//! What the state takes up on the screen: bars, prompt, panes.

use super::whole::State;
use crate::areas::{Areas, Wanted, areas, inside};
use crate::widgets::{fit, width, wrap};

impl State {
    /// What stands before the text being written.
    pub(crate) fn prompt(&self) -> String {
        let label = self.open_view().map_or("", |room| room.label.as_str());
        format!(" {} › ", fit(label, usize::from(self.size.0 / 4)))
    }

    /// Cells for the text being written.
    pub(crate) fn composer_cells(&self) -> usize {
        usize::from(self.size.0).saturating_sub(width(&self.prompt()))
    }

    /// The bars on top: what ended or is alarming.
    pub(crate) fn bars(&self) -> Option<String> {
        if let Some(why) = &self.ended {
            return Some(format!("! {why}"));
        }
        let first = self.alarms.first()?;
        let more = match self.alarms.len() - 1 {
            0 => String::new(),
            more => format!(", {more} more behind it"),
        };
        Some(format!("! {first} (Esc dismisses{more})"))
    }

    /// Where things are on the screen.
    pub(crate) fn areas(&self) -> Areas {
        let columns = usize::from(self.size.0);
        let alarm_rows = self.bars().map_or(0, |words| wrap(&words, columns.saturating_sub(2)).len());
        let (rows, _) = self.composer.rows(self.composer_cells());
        areas(&Wanted {
            size: self.size,
            rooms: self.rooms_pane,
            members: self.members_pane,
            alarm_rows,
            composer_rows: rows.len(),
        })
    }

    /// Columns and rows for messages.
    pub(crate) fn timeline_cells(&self) -> (usize, usize) {
        let inside = inside(self.areas().timeline);
        (usize::from(inside.width), usize::from(inside.height))
    }
}
