//! Where things are on the screen: for drawing, and for knowing what the mouse points at.

use ratatui::layout::{Constraint, Layout, Rect};

/// The smallest screen that works.
pub(crate) const SMALLEST: (u16, u16) = (60, 15);
/// Columns from which there is a rooms pane.
const ROOMS_FROM: u16 = 72;
/// Columns from which there is a members pane.
const MEMBERS_FROM: u16 = 100;
/// Rows that the composer may take at most.
pub(crate) const COMPOSER_ROWS_MAX: usize = 8;
/// Rows that alarms may take at most.
pub(crate) const ALARM_ROWS_MAX: usize = 4;

/// What is wanted on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Columns and rows there are.
    pub size: (u16, u16),
    /// The rooms pane.
    pub rooms: bool,
    /// The members pane.
    pub members: bool,
    /// Rows of the alarm bar.
    pub alarm_rows: usize,
    /// Rows of the composer.
    pub composer_rows: usize,
}

/// Where things are. Panes carry their frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Areas {
    /// Team, connection, room.
    pub header: Rect,
    /// Alarms; empty if there are none.
    pub alarm: Rect,
    /// Rooms, if there is room for them.
    pub rooms: Option<Rect>,
    /// Messages.
    pub timeline: Rect,
    /// Members, if there is room for them.
    pub members: Option<Rect>,
    /// Notices and what waits.
    pub status: Rect,
    /// The text being written.
    pub composer: Rect,
    /// Keys.
    pub hint: Rect,
}

/// Whether everything fits at all.
pub(crate) fn is_too_small(size: (u16, u16)) -> bool {
    size.0 < SMALLEST.0 || size.1 < SMALLEST.1
}

/// Shares the screen out.
pub(crate) fn areas(wanted: &Wanted) -> Areas {
    let (columns, rows) = wanted.size;
    let tight = usize::from(rows / 4).max(1);
    let height = |rows: usize, most: usize| {
        Constraint::Length(u16::try_from(rows.min(most).min(tight)).unwrap_or(u16::MAX))
    };
    let [header, alarm, body, status, composer, hint] = Layout::vertical([
        Constraint::Length(1),
        height(wanted.alarm_rows, ALARM_ROWS_MAX),
        Constraint::Fill(1),
        Constraint::Length(1),
        height(wanted.composer_rows.max(1), COMPOSER_ROWS_MAX),
        Constraint::Length(1),
    ])
    .areas(Rect::new(0, 0, columns, rows));
    let rooms_width = if wanted.rooms && columns >= ROOMS_FROM { 22 } else { 0 };
    let members_width = if wanted.members && columns >= MEMBERS_FROM { 20 } else { 0 };
    let [rooms, timeline, members] = Layout::horizontal([
        Constraint::Length(rooms_width),
        Constraint::Fill(1),
        Constraint::Length(members_width),
    ])
    .areas(body);
    Areas {
        header,
        alarm,
        rooms: (rooms_width > 0).then_some(rooms),
        timeline,
        members: (members_width > 0).then_some(members),
        status,
        composer,
        hint,
    }
}

/// What is inside a pane's frame.
pub(crate) fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(1),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    }
}

/// A box over the middle of the screen.
pub(crate) fn middle(size: (u16, u16), width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(size.0), height.min(size.1));
    Rect { x: (size.0 - width) / 2, y: (size.1 - height) / 2, width, height }
}

/// The box for something to choose from.
pub(crate) fn choice_box(size: (u16, u16)) -> Rect {
    middle(size, size.0.saturating_sub(8).min(90), size.1.saturating_sub(4).min(22))
}

/// Where its choices are: below the line being typed, above the hint.
pub(crate) fn choices(size: (u16, u16)) -> Rect {
    let inside = inside(choice_box(size));
    Rect { y: inside.y.saturating_add(1), height: inside.height.saturating_sub(2), ..inside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(columns: u16, rows: u16) -> Areas {
        areas(&Wanted { size: (columns, rows), rooms: true, members: true, alarm_rows: 0, composer_rows: 1 })
    }

    #[test]
    fn narrow_screens_lose_members_first_and_rooms_next() {
        assert!(at(120, 28).rooms.is_some() && at(120, 28).members.is_some());
        assert!(at(80, 24).rooms.is_some() && at(80, 24).members.is_none());
        assert!(at(60, 15).rooms.is_none() && at(60, 15).members.is_none());
        assert_eq!(at(60, 15).timeline.width, 60);
        assert_eq!(at(60, 15).timeline.height, 11);
    }

    #[test]
    fn a_long_text_never_takes_the_messages_away() {
        let wanted = Wanted { size: (60, 15), rooms: true, members: true, alarm_rows: 9, composer_rows: 99 };
        assert!(areas(&wanted).timeline.height >= 6);
    }
}
