//! How things look: the sixteen colours every terminal has, and none of them where the reader says so.

use ratatui::style::{Color, Modifier, Style};
use securechat_client::ids::UserId;

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Sixteen colours.
    Colour,
    /// Bold, dim and reversed only.
    Plain,
}

impl Look {
    /// As the reader's surroundings say (<https://no-color.org>).
    pub(crate) fn from_environment() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if no_colour { Look::Plain } else { Look::Colour }
    }

    fn colour(self, colour: Color) -> Style {
        match self {
            Look::Colour => Style::new().fg(colour),
            Look::Plain => Style::new(),
        }
    }

    /// Header, and whatever stands on a bar.
    pub(crate) fn bar(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// An alarm: bold on a bar, red where there are colours.
    pub(crate) fn alarm(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// What is wrong.
    pub(crate) fn wrong(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// What is there if one looks for it.
    pub(crate) fn quiet(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What counts.
    pub(crate) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A QR code: its light parts are light whatever the terminal's colours.
    pub(crate) fn code(self) -> Style {
        match self {
            Look::Colour => Style::new().fg(Color::White).bg(Color::Black),
            Look::Plain => Style::new(),
        }
    }

    /// What is chosen.
    pub(crate) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is new.
    pub(crate) fn fresh(self) -> Style {
        self.colour(Color::Magenta).add_modifier(Modifier::BOLD)
    }

    /// Frames around panes.
    pub(crate) fn frame(self) -> Style {
        self.quiet()
    }

    /// A person's name: the same person always alike.
    pub(crate) fn person(self, user: &UserId, own: bool) -> Style {
        const COLOURS: [Color; 4] = [Color::Cyan, Color::Magenta, Color::Green, Color::Blue];
        if own {
            return self.strong();
        }
        let sum: usize = user.as_bytes().iter().map(|byte| usize::from(*byte)).sum();
        self.colour(COLOURS[sum % COLOURS.len()]).add_modifier(Modifier::BOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_look_has_no_colour_at_all() {
        let look = Look::Plain;
        let user = UserId::from_bytes([3; 16]);
        for style in
            [look.bar(), look.alarm(), look.wrong(), look.fresh(), look.code(), look.person(&user, false)]
        {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
