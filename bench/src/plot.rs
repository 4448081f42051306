//! A scenario's figures as bars: an SVG by hand, small enough to be read in a diff.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::figure::{Figure, Goal};
use crate::report::shown;

const WIDTH: f64 = 860.0;
const ROW: f64 = 22.0;
/// Where bars begin and how long the longest is.
const BARS: (f64, f64) = (440.0, 260.0);

/// Writes one file for each scenario into a folder.
pub(crate) fn write(figures: &[Figure], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut names: Vec<&str> = figures.iter().map(|figure| figure.scenario.as_str()).collect();
    names.dedup();
    for name in names {
        let own: Vec<&Figure> = figures.iter().filter(|figure| figure.scenario == name).collect();
        let file = folder.join(format!("{name}.svg"));
        fs::write(&file, svg(&own)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// One bar a figure; those of one unit are to one scale. A line in a bar's way is its goal.
fn svg(figures: &[&Figure]) -> String {
    let height = ROW * float(figures.len()) + 8.0;
    // Colours that can be told apart on a light and on a dark page.
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#808080\">\n"
    );
    for (row, figure) in figures.iter().enumerate() {
        let y = ROW * float(row) + 4.0;
        let middle = y + 14.0;
        let bar = figure.value / scale(figures, figure.unit) * BARS.1;
        let colour = match figure.goal {
            Some(goal) if !goal.is_met(figure.value) => "#c4572e",
            Some(_) => "#2e8b57",
            None if figure.what.contains("floor") => "#909090",
            None => "#4a7ab5",
        };
        let (what, unit) = (escaped(&figure.what), escaped(figure.unit));
        writeln!(text, "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{what}</text>", BARS.0 - 8.0)
            .expect("a string takes any text");
        writeln!(
            text,
            "<rect x=\"{}\" y=\"{}\" width=\"{bar:.1}\" height=\"14\" fill=\"{colour}\"/>",
            BARS.0,
            y + 3.0
        )
        .expect("a string takes any text");
        if let Some(goal) = figure.goal {
            let x = BARS.0 + goal.bound() / scale(figures, figure.unit) * BARS.1;
            writeln!(text, "<path d=\"M{x:.1} {y}v20\" stroke=\"#808080\" stroke-dasharray=\"3 2\"/>")
                .expect("a string takes any text");
        }
        writeln!(
            text,
            "<text x=\"{}\" y=\"{middle}\">{} {unit}</text>",
            BARS.0 + BARS.1 + 16.0,
            shown(figure.value)
        )
        .expect("a string takes any text");
    }
    text.push_str("</svg>\n");
    text
}

/// The greatest value or goal of a unit.
fn scale(figures: &[&Figure], unit: &str) -> f64 {
    let of_unit = figures.iter().filter(|figure| figure.unit == unit);
    let ends = of_unit.flat_map(|figure| {
        let goal = figure.goal.map(Goal::bound);
        [Some(figure.value), goal].into_iter().flatten()
    });
    ends.filter(|value| value.is_finite()).fold(f64::MIN_POSITIVE, f64::max)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_one_unit_are_to_one_scale_that_goals_fit_into() {
        let short = Figure::new("a", "x < y", 5.0, "ms").with_goal(Goal::AtMost(10.0));
        let other = Figure::new("a", "floor", 700.0, "s");
        let svg = svg(&[&short, &other]);
        assert!(svg.contains("width=\"130.0\"") && svg.contains("width=\"260.0\""), "{svg}");
        assert!(svg.contains("x &lt; y") && svg.contains("M700.0 "), "{svg}");
    }
}
