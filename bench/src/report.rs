//! What a run leaves: a table on the terminal, a JSON file, and on demand a page of the documentation.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::figure::{Figure, Goal};

/// Says what is being done, beside the table.
#[expect(clippy::print_stderr, reason = "the bench is a face")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Says what went wrong.
pub(crate) fn trouble(text: &str) {
    say(text);
}

#[expect(clippy::print_stdout, reason = "the bench is a face")]
fn line(text: &str) {
    println!("{text}");
}

/// The figures as columns.
pub(crate) fn table(figures: &[Figure]) {
    for figure in figures {
        let (goal, spread) = (goal_of(figure), spread_of(figure));
        line(&format!(
            "{:<9} {:<52} {:>10} {:<11} {goal:<22} {spread:<20} load {:.1}",
            figure.scenario,
            figure.what,
            shown(figure.value),
            figure.unit,
            figure.load
        ));
    }
}

/// The figures for machines.
pub(crate) fn json(figures: &[Figure], path: &Path) -> Result<()> {
    let list: Vec<_> = figures
        .iter()
        .map(|figure| {
            json!({
                "scenario": figure.scenario,
                "what": figure.what,
                "value": figure.value,
                "unit": figure.unit,
                "least": figure.spread.map(|(least, _)| least),
                "greatest": figure.spread.map(|(_, greatest)| greatest),
                "goal": figure.goal.map(|goal| match goal {
                    Goal::AtMost(bound) => json!({ "at_most": bound }),
                    Goal::AtLeast(bound) => json!({ "at_least": bound }),
                }),
                "load": figure.load,
            })
        })
        .collect();
    fs::write(path, serde_json::to_vec_pretty(&list)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Puts each scenario's figures into its part of the page; parts of scenarios that were not run stay as they are.
pub(crate) fn record(figures: &[Figure], path: &Path) -> Result<()> {
    let mut page = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut names: Vec<&str> = figures.iter().map(|figure| figure.scenario.as_str()).collect();
    names.dedup();
    for name in names {
        let rows = rows(figures.iter().filter(|figure| figure.scenario == name));
        page = with_part(&page, name, &rows)
            .with_context(|| format!("{} has no part for {name}", path.display()))?;
    }
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

/// The page with other rows between the marks of a scenario; `None` if it has none.
fn with_part(page: &str, name: &str, rows: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- bench {name} -->\n"), "<!-- end -->");
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{rows}{end}{after}"))
}

fn rows<'a>(figures: impl Iterator<Item = &'a Figure>) -> String {
    let mut text = String::from("| what | measured | goal | least – most | load |\n|---|---|---|---|---|\n");
    for figure in figures {
        writeln!(
            text,
            "| {} | {} {} | {} | {} | {:.1} |",
            figure.what,
            shown(figure.value),
            figure.unit,
            goal_of(figure),
            spread_of(figure),
            figure.load
        )
        .expect("a string takes any text");
    }
    text
}

fn goal_of(figure: &Figure) -> String {
    let Some(goal) = figure.goal else { return String::new() };
    let word = if goal.is_met(figure.value) { "met" } else { "MISSED" };
    match goal {
        Goal::AtMost(bound) => format!("≤ {}: {word}", shown(bound)),
        Goal::AtLeast(bound) => format!("≥ {}: {word}", shown(bound)),
    }
}

fn spread_of(figure: &Figure) -> String {
    figure.spread.map_or_else(String::new, |(least, most)| format!("{} – {}", shown(least), shown(most)))
}

/// Three figures, which is more than any of this is good for; large numbers in groups of thousands.
pub(crate) fn shown(value: f64) -> String {
    if value.abs() < 9.995 {
        return format!("{value:.2}");
    }
    if value.abs() < 99.95 {
        return format!("{value:.1}");
    }
    let whole = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_three_figures_or_in_groups() {
        assert_eq!(
            [0.123, 9.999, 12.34, 123.4, 20_000.0, 1e6].map(shown),
            ["0.12", "10.0", "12.3", "123", "20,000", "1,000,000"]
        );
    }

    #[test]
    fn a_part_of_the_page_is_replaced_and_the_rest_stays() {
        let page =
            "# Title\n<!-- bench a -->\nold\n<!-- end -->\nwords\n<!-- bench b -->\nkept\n<!-- end -->\n";
        let new = with_part(page, "a", "new\n").expect("the part is there");
        assert_eq!(new, page.replace("old", "new"));
        assert_eq!(with_part(page, "c", "new\n"), None);
    }

    #[test]
    fn a_missed_goal_is_said_aloud() {
        let figure = Figure::new("a", "b", 3.0, "s").with_goal(Goal::AtMost(2.0));
        assert_eq!(goal_of(&figure), "≤ 2.00: MISSED");
    }
}
