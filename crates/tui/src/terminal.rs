//! The terminal taken over and given back, whatever happens.

use std::io::{self, stdout};
use std::panic;
use std::sync::Once;

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// The terminal while it is ours; dropping it gives it back.
pub(crate) struct Screen {
    /// What is drawn on.
    pub terminal: Terminal<CrosstermBackend<io::Stdout>>,
}

impl Screen {
    /// Takes the terminal over; a panic gives it back before it is told.
    ///
    /// # Errors
    /// Whatever the terminal says.
    pub(crate) fn take() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let told = panic::take_hook();
            panic::set_hook(Box::new(move |panicked| {
                give_back();
                told(panicked);
            }));
        });
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))? };
        enter()?;
        Ok(screen)
    }

    /// Gives the terminal to somebody else for a while.
    pub(crate) fn lend(&mut self) {
        give_back();
    }

    /// Takes it back.
    ///
    /// # Errors
    /// Whatever the terminal says.
    pub(crate) fn take_back(&mut self) -> io::Result<()> {
        enter()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, EnableFocusChange)?;
    if speaks_kitty() {
        // Terminals that do not know it pass over it, and keep Alt+Enter and Ctrl+J for new lines.
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(stdout(), PushKeyboardEnhancementFlags(flags))?;
    }
    Ok(())
}

/// Gives the terminal back as far as it can be; nobody can do anything about the rest.
fn give_back() {
    if speaks_kitty() {
        let _given_back = execute!(stdout(), PopKeyboardEnhancementFlags);
    }
    let _given_back = execute!(
        stdout(),
        DisableFocusChange,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let _given_back = disable_raw_mode();
}

/// The Linux console prints what it does not know.
fn speaks_kitty() -> bool {
    cfg!(unix) && !matches!(std::env::var("TERM").as_deref(), Ok("linux" | "dumb") | Err(_))
}

/// Into the background until called back.
#[cfg(unix)]
pub(crate) fn stop_here() {
    use rustix::process::{Signal, kill_current_process_group};
    // The whole pipeline stops, as the shell's Ctrl+Z would have it.
    let _stopped = kill_current_process_group(Signal::TSTP);
}

/// There is no background here.
#[cfg(not(unix))]
pub(crate) fn stop_here() {}
