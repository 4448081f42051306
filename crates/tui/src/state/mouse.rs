//! The mouse: rooms, lines and choices are clicked, the wheel scrolls.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::sidebar::first_shown;
use super::whole::{Focus, State};
use crate::areas::{choices, inside};
use crate::widgets::Row;

/// Rows that a notch of the wheel moves.
const WHEEL_ROWS: isize = 3;

impl State {
    pub(super) fn on_mouse(&mut self, mouse: MouseEvent) {
        let at = Position { x: mouse.column, y: mouse.row };
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(-1),
            MouseEventKind::ScrollDown => self.wheel(1),
            MouseEventKind::Down(MouseButton::Left) if self.overlay.is_some() => self.click_overlay(at),
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            _ => {}
        }
    }

    fn wheel(&mut self, way: isize) {
        match &mut self.overlay {
            Some(overlay) => overlay.move_by(way),
            None => self.scroll_rows(way * WHEEL_ROWS),
        }
    }

    fn click_overlay(&mut self, at: Position) {
        let area = choices(self.size);
        let Some((count, chosen)) = self.overlay.as_mut().and_then(|overlay| overlay.choice()) else {
            return;
        };
        let Some(row) = row_in(area, at) else { return };
        let hit = first_shown(*chosen, count, usize::from(area.height)) + row;
        if hit < count {
            *chosen = hit;
            self.accept();
        }
    }

    fn click(&mut self, at: Position) {
        let areas = self.areas();
        if let Some(rooms) = areas.rooms.filter(|rooms| rooms.contains(at)) {
            self.click_room(inside(rooms), at);
        } else if areas.timeline.contains(at) {
            self.click_line(inside(areas.timeline), at);
        } else if areas.composer.contains(at) {
            self.focus = Focus::Writing;
        } else if areas.status.contains(at) && self.open.as_ref().is_some_and(|open| open.new_below() > 0) {
            self.scroll_to_end();
        }
    }

    fn click_room(&mut self, area: Rect, at: Position) {
        let Some(row) = row_in(area, at) else { return };
        let here = self.open.as_ref().map(|open| open.room);
        let chosen = self.rooms.iter().position(|room| Some(room.room) == here).unwrap_or(0);
        let number = first_shown(chosen, self.rooms.len(), usize::from(area.height)) + row;
        if let Some(room) = self.rooms.get(number) {
            self.open_room(room.room, None);
        }
    }

    fn click_line(&mut self, area: Rect, at: Position) {
        let height = usize::from(area.height);
        let (Some(row), Some(open)) = (row_in(area, at), &mut self.open) else { return };
        let top = open.top(height);
        let pointed_at = match open.rows.range(top + row, 1).next() {
            Some(Row::Text { line, .. }) => Some(*line),
            Some(Row::Day(_) | Row::Unread(_)) | None => None,
        };
        if let Some(line) = pointed_at {
            open.select(line, height);
            self.focus = Focus::Reading;
        }
    }
}

/// Which row of an area was pointed at.
fn row_in(area: Rect, at: Position) -> Option<usize> {
    area.contains(at).then(|| usize::from(at.y - area.y))
}
