//! Pictures in words, for those who do not see them: what is where, what moved, with numbers.
//!
//! A few sentences each, the most telling first. What a control does is said by the control.

use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::playground::{Force, Panel, PhraseId, Picture, Place};
use crate::space::HISTOGRAM_BINS;
use crate::train::{Measure, Run};

/// Groups that are named, and phrases.
const MOST_NAMED: usize = 8;

/// Letters of a phrase that are said.
const SAID_LETTERS: usize = 60;

/// The map: the axes, the groups and how far they spread, what moved most in the last steps, the selected phrase and
/// its neighbours on the map, the strongest forces.
pub fn spoken_map(picture: &Picture, groups: &[std::sync::Arc<str>], selected: Option<PhraseId>, forces: &[Force]) -> String {
    let n = picture.places.iter().filter(|place| !place.is_random).count();
    let step = picture.step.map_or(String::new(), |step| format!(" at step {step}"));
    let mut sentences = vec![format!("Map of {n} phrases{step}. {}.", picture.axes_sentence().trim_end_matches('.'))];
    sentences.extend(spoken_groups(picture, groups));
    sentences.extend(spoken_motion(picture));
    sentences.extend(selected.and_then(|id| spoken_selected(picture, id)));
    sentences.extend(spoken_forces(picture, forces));
    let n_random = picture.places.len() - n;
    if n_random > 0 {
        sentences.push(format!("{n_random} phrases in no pair stand apart: their places mean nothing."));
    }
    sentences.join(" ")
}

/// A small map beside others.
pub fn spoken_panel(panel: &Panel, groups: &[std::sync::Arc<str>]) -> String {
    let sentences = spoken_groups(&panel.picture, groups).unwrap_or_default();
    format!("{}: map of {} phrases. {sentences}", panel.title, panel.picture.places.len()).trim_end().to_owned()
}

/// Curves of a run at `step`: what each is now, where it began, its least and most, and where it ends;
/// as far as step `until`.
pub fn spoken_curves(run: &Run, curves: &[Measure], [step, until]: [usize; 2]) -> String {
    let of = |measure: &Measure| {
        let shown = run.measures.iter().take_while(|at| at.step <= until);
        let values: Vec<(usize, f64)> =
            shown.filter_map(|at| Some((at.step, at.get(*measure).filter(|value| value.is_finite())?))).collect();
        let now = run.measures_at(step).and_then(|at| at.get(*measure));
        spoken_curve(measure.label(), &values, now)
    };
    let curves: Vec<String> = curves.iter().filter_map(of).collect();
    format!("Chart at step {step} of {}. {}", run.last_step(), curves.join(" "))
}

/// The curve of the losses of a run at `step`, as far as step `until`.
pub fn spoken_losses(run: &Run, [step, until]: [usize; 2]) -> String {
    let values: Vec<(usize, f64)> = run
        .losses
        .iter()
        .take(until + 1)
        .enumerate()
        .map(|(step, loss)| (step, f64::from(*loss)))
        .filter(|(_, loss)| loss.is_finite())
        .collect();
    let now = run.losses.get(step).map(|loss| f64::from(*loss));
    let curve = spoken_curve("loss of each batch", &values, now).unwrap_or_default();
    format!("Chart at step {step} of {}. {curve}", run.last_step())
}

fn spoken_curve(name: &str, values: &[(usize, f64)], now: Option<f64>) -> Option<String> {
    let ((_, first), (last_step, last)) = (values.first()?, values.last()?);
    let least = values.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let most = values.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let now = now.map_or(String::new(), |now| format!(" {} now;", short(now)));
    Some(format!(
        "{name}:{now} it begins at {}, is least at step {} with {}, most at step {} with {}, and ends at step {last_step} with {}.",
        short(*first),
        least.0,
        short(least.1),
        most.0,
        short(most.1),
        short(*last)
    ))
}

/// A histogram of cosines: how many there are, where half of them lie, and the fullest bar.
pub fn spoken_histogram(name: &str, counts: &[u32; HISTOGRAM_BINS]) -> String {
    let total: u64 = counts.iter().copied().map(u64::from).sum();
    if total == 0 {
        return format!("{name}: none.");
    }
    let width = 2.0 / HISTOGRAM_BINS as f64;
    let left_of = |bin: usize| -1.0 + bin as f64 * width;
    let fullest = counts.iter().enumerate().max_by_key(|(bin, count)| (**count, usize::MAX - bin)).map_or(0, |(bin, _)| bin);
    let below = |share: f64| {
        let mut sum = 0;
        let reached = counts.iter().position(|count| {
            sum += u64::from(*count);
            sum as f64 >= share * total as f64
        });
        left_of(reached.unwrap_or(0)) + width / 2.0
    };
    format!(
        "{name}: {total} cosines, the middle half between {:.2} and {:.2}; most of one size, {}, lie between {:.2} and {:.2}.",
        below(0.25),
        below(0.75),
        counts[fullest],
        left_of(fullest),
        left_of(fullest + 1)
    )
}

/// A matrix of cosines with `n` rows: its mean, its highest and its lowest off the diagonal, by name.
pub fn spoken_matrix(names: &[&str], cosine: &dyn Fn(usize, usize) -> f32) -> String {
    let n = names.len();
    let cells = (0..n).flat_map(|row| (0..row).map(move |column| (row, column)));
    let (mut sum, mut count) = (0.0, 0_usize);
    let (mut highest, mut lowest) = ((f32::NEG_INFINITY, 0, 0), (f32::INFINITY, 0, 0));
    for (row, column) in cells {
        let value = cosine(row, column);
        (sum, count) = (sum + f64::from(value), count + 1);
        highest = if value > highest.0 { (value, row, column) } else { highest };
        lowest = if value < lowest.0 { (value, row, column) } else { lowest };
    }
    if count == 0 {
        return format!("Matrix of the cosines of {n} phrases.");
    }
    let pair = |(value, row, column): (f32, usize, usize)| format!("{value:.2}, of “{}” and “{}”", names[row], names[column]);
    format!(
        "Matrix of the cosines of {n} phrases: {:.2} on average, the highest {}, the lowest {}.",
        sum / count as f64,
        pair(highest),
        pair(lowest)
    )
}

fn spoken_groups(picture: &Picture, groups: &[std::sync::Arc<str>]) -> Option<String> {
    let mut sentences = Vec::new();
    for (index, name) in groups.iter().enumerate().take(MOST_NAMED) {
        let members: Vec<&Place> = picture.places.iter().filter(|place| place.group == Some(index) && !place.is_random).collect();
        let Some(middle) = middle_of(&members) else { continue };
        let spread = members.iter().map(|place| distance(place.at, middle)).sum::<f64>() / members.len() as f64;
        sentences.push(format!(
            "{name}: {} phrases around {} ({}), {} apart from their middle on average.",
            members.len(),
            coordinates(middle),
            side_of(middle, picture.bounds),
            short(spread)
        ));
    }
    let n_more = groups.len().saturating_sub(MOST_NAMED);
    if n_more > 0 {
        sentences.push(format!("{n_more} more groups."));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The three that moved farthest over the steps that trails show.
fn spoken_motion(picture: &Picture) -> Option<String> {
    picture.step?;
    let moved = |place: &Place| place.trail.first().map_or(0.0, |from| distance(*from, place.at));
    let mut places: Vec<(&Place, f64)> =
        picture.places.iter().map(|place| (place, moved(place))).filter(|(_, by)| *by > 0.0).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let first = places.first()?;
    // A trail has its recorded steps, and where the phrase is now.
    let n_steps = first.0.trail.len().saturating_sub(2).max(1);
    let said: Vec<String> = places
        .iter()
        .take(3)
        .map(|(place, by)| {
            let [from, to] = [place.trail[0], place.at];
            format!("“{}” by {} {}", said(&place.text), short(*by), direction([to[0] - from[0], to[1] - from[1]]))
        })
        .collect();
    Some(format!("Moved most in the last {n_steps} recorded steps: {}.", said.join("; ")))
}

fn spoken_selected(picture: &Picture, id: PhraseId) -> Option<String> {
    let place = picture.place(id)?;
    let mut others: Vec<(&Place, f64)> =
        picture.places.iter().filter(|other| other.phrase != id).map(|other| (other, distance(place.at, other.at))).collect();
    others.sort_by(|a, b| a.1.total_cmp(&b.1));
    let near: Vec<String> =
        others.iter().take(3).map(|(other, by)| format!("“{}” at {}", said(&other.text), short(*by))).collect();
    let near = if near.is_empty() { String::new() } else { format!("; nearest on the map {}", near.join(", ")) };
    Some(format!("Selected: “{}” at {}{near}.", said(&place.text), coordinates(place.at)))
}

fn spoken_forces(picture: &Picture, forces: &[Force]) -> Option<String> {
    let strongest = |pulls: bool| forces.iter().find(|force| force.pulls == pulls);
    let of = |force: &Force| {
        let verb = if force.pulls { "pulls" } else { "pushes" };
        let name =
            |id| picture.place(id).map_or("a phrase that is not shown".to_owned(), |place| format!("“{}”", said(&place.text)));
        format!("{} {verb} {}", name(force.from), name(force.on))
    };
    let said: Vec<String> = [strongest(true), strongest(false)].into_iter().flatten().map(of).collect();
    (!said.is_empty()).then(|| format!("{} forces are drawn; the strongest: {}.", forces.len(), said.join("; ")))
}

fn said(text: &str) -> String {
    excerpt(&one_line(text), SAID_LETTERS)
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn middle_of(places: &[&Place]) -> Option<[f64; 2]> {
    let n = places.len() as f64;
    let sum = places.iter().fold([0.0, 0.0], |sum, place| [sum[0] + place.at[0], sum[1] + place.at[1]]);
    (n > 0.0).then(|| [sum[0] / n, sum[1] / n])
}

fn coordinates([x, y]: [f64; 2]) -> String {
    format!("{}, {}", short(x), short(y))
}

/// Two decimals where they say something.
fn short(value: f64) -> String {
    let value = if value.abs() < 5e-5 { 0.0 } else { value };
    if value != 0.0 && value.abs() < 0.1 { format!("{value:.4}") } else { format!("{value:.2}") }
}

/// In which ninth of the map a place is.
fn side_of([x, y]: [f64; 2], [left, bottom, right, top]: [f64; 4]) -> String {
    let third = |value: f64, from: f64, to: f64| ((value - from) / (to - from).max(1e-12) * 3.0).floor().clamp(0.0, 2.0) as usize;
    let across = ["left", "", "right"][third(x, left, right)];
    let up = ["bottom", "", "top"][third(y, bottom, top)];
    match (up, across) {
        ("", "") => "in the middle".to_owned(),
        ("", side) | (side, "") => side.to_owned(),
        (up, across) => format!("{up} {across}"),
    }
}

/// Where a way leads: "up", "down and to the left".
fn direction([x, y]: [f64; 2]) -> String {
    let across = if x < 0.0 { "to the left" } else { "to the right" };
    let up = if y < 0.0 { "down" } else { "up" };
    match () {
        () if x.abs() > 2.0 * y.abs() => across.to_owned(),
        () if y.abs() > 2.0 * x.abs() => up.to_owned(),
        () => format!("{up} and {across}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_ways_have_words() {
        let bounds = [-1.0, -1.0, 1.0, 1.0];
        assert_eq!(side_of([-0.9, 0.9], bounds), "top left");
        assert_eq!(side_of([0.0, -0.9], bounds), "bottom");
        assert_eq!(side_of([0.1, 0.0], bounds), "in the middle");
        assert_eq!(
            [direction([1.0, 0.1]), direction([0.0, -1.0]), direction([-1.0, 1.0])],
            ["to the right", "down", "up and to the left"]
        );
    }

    #[test]
    fn a_curve_is_told_by_its_ends_and_extremes() {
        let said = spoken_curve("loss", &[(0, 2.0), (1, 0.5), (2, 3.0), (3, 1.0)], Some(0.5));
        let expected = "loss: 0.50 now; it begins at 2.00, is least at step 1 with 0.50, most at step 2 with 3.00, and ends at step 3 with 1.00.";
        assert_eq!(said.as_deref(), Some(expected));
        assert_eq!(spoken_curve("loss", &[], None), None);
    }

    #[test]
    fn a_matrix_is_told_by_its_extremes() {
        let cosines = [[1.0, 0.9, -0.2], [0.9, 1.0, 0.1], [-0.2, 0.1, 1.0]];
        let said = spoken_matrix(&["a", "b", "c"], &|row, column| cosines[row][column]);
        assert_eq!(
            said,
            "Matrix of the cosines of 3 phrases: 0.27 on average, the highest 0.90, of “b” and “a”, the lowest -0.20, of “c” and “a”."
        );
        assert_eq!(spoken_matrix(&["a"], &|_, _| 1.0), "Matrix of the cosines of 1 phrases.");
    }

    #[test]
    fn a_histogram_is_told_by_its_middle() {
        let mut counts = [0; HISTOGRAM_BINS];
        assert_eq!(spoken_histogram("positives", &counts), "positives: none.");
        counts[HISTOGRAM_BINS - 1] = 4;
        assert!(spoken_histogram("positives", &counts).starts_with("positives: 4 cosines, the middle half between 0.9"));
    }
}
