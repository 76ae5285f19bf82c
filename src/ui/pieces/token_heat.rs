//! What each two tokens, or each token, have to do with a cosine, as pictures: a heat map of tokens by tokens, and bars.

use std::f32::consts::FRAC_PI_2;

use eframe::egui::epaint::TextShape;
use eframe::egui::{self, Align2, FontId, Pos2, Rect, RichText, ScrollArea, Sense, Shape, Ui, Vec2, pos2, vec2};

use super::heat::{heat_colour, ink_on_heat, scale_ui};
use super::theme;
use super::widgets::{inked, paint_text};
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::model::{Answer, Attribution, MAX_LEFT_OUT};

/// Letters of names of tokens.
const NAME_SIZE: f32 = 11.0;
/// Width and height of a cell: as much as there is room for, between these.
const CELL_WIDTH: [f32; 2] = [13.0, 36.0];
const CELL_HEIGHT: f32 = 19.0;
/// Cells with room for a number.
const NUMBER_WIDTH: f32 = 24.0;
/// Height of the heat map, from which on it is scrolled.
const MOST_HEIGHT: f32 = 320.0;
/// Letters of a token's name that are shown.
const NAME_LETTERS: usize = 14;

/// Where the cells are.
struct Grid {
    cells: Rect,
    cell: Vec2,
    /// Tokens along and downwards.
    n: [usize; 2],
}

impl Grid {
    fn rect(&self, [row, column]: [usize; 2]) -> Rect {
        let at = self.cells.min + vec2(column as f32 * self.cell.x, row as f32 * self.cell.y);
        Rect::from_min_size(at, self.cell)
    }

    fn cell_at(&self, pointer: Pos2) -> Option<[usize; 2]> {
        let offset = (pointer - self.cells.min) / self.cell;
        let is_inside = self.cells.contains(pointer);
        let [row, column] = [offset.y.max(0.0) as usize, offset.x.max(0.0) as usize];
        (is_inside && row < self.n[1] && column < self.n[0]).then_some([row, column])
    }

    /// Rows and columns that can be seen through `clip`.
    fn seen(&self, clip: Rect) -> [std::ops::Range<usize>; 2] {
        let range = |from: f32, to: f32, size: f32, n: usize| {
            let first = (from / size).floor().max(0.0) as usize;
            first.min(n)..((to / size).ceil().max(0.0) as usize).min(n)
        };
        let (from, to) = (clip.min - self.cells.min, clip.max - self.cells.min);
        [range(from.y, to.y, self.cell.y, self.n[1]), range(from.x, to.x, self.cell.x, self.n[0])]
    }
}

/// The heat map of tokens by tokens, with its scale; draws nothing where there are no cells.
pub(in crate::ui) fn token_heat_ui(ui: &mut Ui, found: &Attribution) {
    let Answer::Cells(cells) = &found.answer else { return };
    let most = cells.iter().fold(0.0, |most: f64, cell| most.max(cell.abs())) as f32;
    let width = ui.available_width();
    let [n_rows, n_columns] = found.n_tokens();
    let names = [0, 1].map(|side| (0..found.n_tokens()[side]).map(|place| name_of(found, side, place)).collect::<Vec<_>>());
    let left = names[0].iter().map(|name| text_width(ui, name)).fold(20.0, f32::max).min(width * 0.4) + 4.0;
    let cell_width = ((width - left - 2.0) / n_columns.max(1) as f32).clamp(CELL_WIDTH[0], CELL_WIDTH[1]);
    let widest = names[1].iter().map(|name| text_width(ui, name)).fold(0.0, f32::max);
    let is_upright = widest + 3.0 > cell_width;
    let top = if is_upright { widest.min(90.0) + 6.0 } else { 16.0 };
    let size = vec2(left + cell_width * n_columns as f32, top + CELL_HEIGHT * n_rows as f32);
    let scroll = ScrollArea::both().id_salt("token heat").max_height(MOST_HEIGHT).auto_shrink([true, true]);
    scroll.show(ui, |ui| {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let sentence = heat_sentence(found);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, sentence.as_str()));
        let cells = Rect::from_min_max(rect.min + vec2(left, top), rect.max);
        let grid = Grid { cells, cell: vec2(cell_width, CELL_HEIGHT), n: [n_columns, n_rows] };
        paint_names(ui, &grid, &names, is_upright);
        paint_cells(ui, &grid, found, most);
        let pointed = response.hover_pos().and_then(|pointer| grid.cell_at(pointer));
        if let Some(places) = pointed {
            ui.painter().rect_stroke(grid.rect(places), 2.0, (1.5, theme::ink(ui, Ink::Text)), egui::StrokeKind::Inside);
            response.on_hover_text_at_pointer(cell_sentence(found, places));
        }
    });
    let [low, high] = [-most, most].map(|end| format!("{end:.2}"));
    scale_ui(ui, width.min(200.0), [&low, "0", &high]);
}

fn name_of(found: &Attribution, side: usize, place: usize) -> String {
    excerpt(found.token(side, place), NAME_LETTERS)
}

fn text_width(ui: &Ui, text: &str) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(NAME_SIZE), theme::ink(ui, Ink::Weak)).size().x
}

/// What the picture says, for whoever does not see it.
fn heat_sentence(found: &Attribution) -> String {
    let [n_rows, n_columns] = found.n_tokens();
    let pairs = found.strongest_pairs(5);
    let named: Vec<String> = pairs.iter().map(|pair| cell_sentence(found, pair.places)).collect();
    format!(
        "Share of each two tokens: {n_rows} tokens by {n_columns}, whose cells add up to {:.2}. Largest: {}",
        found.cosine,
        named.join("; ")
    )
}

fn cell_sentence(found: &Attribution, places: [usize; 2]) -> String {
    let share = found.cell(places).unwrap_or(0.0);
    format!("{} × {}: {}", found.token(0, places[0]), found.token(1, places[1]), three_digits(share))
}

/// A share with three digits, and no minus before zero.
fn three_digits(share: f64) -> String {
    format!("{:.3}", if share.abs() < 0.0005 { 0.0 } else { share })
}

/// Names of the rows on the left, of the columns above, upright where they are wider than a cell.
fn paint_names(ui: &Ui, grid: &Grid, names: &[Vec<String>; 2], is_upright: bool) {
    let [rows, columns] = grid.seen(ui.clip_rect());
    for row in rows {
        let at = pos2(grid.cells.left() - 4.0, grid.rect([row, 0]).center().y);
        paint_text(ui, at, Align2::RIGHT_CENTER, &names[0][row], NAME_SIZE, Ink::Weak);
    }
    for column in columns {
        let cell = grid.rect([0, column]);
        if is_upright {
            let colour = theme::ink(ui, Ink::Weak);
            let galley = ui.painter().layout_no_wrap(names[1][column].clone(), FontId::proportional(NAME_SIZE), colour);
            let at = pos2(cell.center().x - galley.size().y / 2.0, cell.top() - 4.0);
            ui.painter().add(Shape::Text(TextShape::new(at, galley, colour).with_angle(-FRAC_PI_2)));
        } else {
            paint_text(
                ui,
                pos2(cell.center().x, cell.top() - 7.0),
                Align2::CENTER_CENTER,
                &names[1][column],
                NAME_SIZE,
                Ink::Weak,
            );
        }
    }
}

/// The cells, with numbers in the largest where there is room.
fn paint_cells(ui: &Ui, grid: &Grid, found: &Attribution, most: f32) {
    let [rows, columns] = grid.seen(ui.clip_rect());
    for row in rows {
        for column in columns.clone() {
            let value = found.cell([row, column]).unwrap_or(0.0) as f32;
            let share = if most > 0.0 { value / most } else { 0.0 };
            let rect = grid.rect([row, column]);
            ui.painter().rect_filled(rect.shrink(0.5), 2.0, heat_colour(ui, share));
            if grid.cell.x >= NUMBER_WIDTH && share.abs() > 0.45 {
                let number = format!("{value:.2}").replacen("0.", ".", 1);
                paint_text(ui, rect.center(), Align2::CENTER_CENTER, &number, 10.0, ink_on_heat(ui, share));
            }
        }
    }
    ui.painter().rect_stroke(grid.cells, 2.0, (1.0, theme::ink(ui, Ink::Line)), egui::StrokeKind::Outside);
}

/// How much the cosine loses without each token, as bars; draws nothing where none was left out.
pub(in crate::ui) fn left_out_ui(ui: &mut Ui, found: &Attribution) {
    let Answer::LeftOut(changes) = &found.answer else { return };
    let all = changes.iter().flatten().flatten();
    let most = all.fold(0.0, |most: f64, change| most.max(change.abs()));
    for (side, changes) in changes.iter().enumerate() {
        ui.label(inked(ui, excerpt(&found.texts[side], 60), Ink::Weak).small());
        for (place, change) in changes.iter().enumerate() {
            if let Some(change) = change {
                bar_ui(ui, found.token(side, place), *change, most);
            }
        }
        let n_never = found.n_never_left_out(side);
        if n_never > 0 {
            let words = format!("{n_never} more tokens: only the first {MAX_LEFT_OUT} are left out, one by one.");
            ui.label(inked(ui, words, Ink::Weak).small());
        }
    }
}

fn bar_ui(ui: &mut Ui, token: &str, change: f64, most: f64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let sentence = format!("{token}: {change:+.3}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, sentence.as_str()));
    let [names, numbers] = [rect.width() * 0.36, 46.0];
    paint_text(ui, rect.left_center(), Align2::LEFT_CENTER, &excerpt(token, NAME_LETTERS), NAME_SIZE, Ink::Text);
    let bars = Rect::from_min_max(pos2(rect.left() + names, rect.top() + 3.0), pos2(rect.right() - numbers, rect.bottom() - 3.0));
    let share = if most > 0.0 { (change / most) as f32 } else { 0.0 };
    let end = bars.center().x + share * bars.width() / 2.0;
    let bar = Rect::from_two_pos(pos2(bars.center().x, bars.top()), pos2(end, bars.bottom()));
    ui.painter().rect_filled(bar, 1.0, heat_colour(ui, share.signum()));
    ui.painter().vline(bars.center().x, rect.y_range(), (1.0, theme::ink(ui, Ink::Line)));
    paint_text(ui, rect.right_center(), Align2::RIGHT_CENTER, &format!("{change:+.3}"), NAME_SIZE, Ink::Text);
    response.on_hover_text(RichText::new(format!(
        "Without it the cosine is {} by {:.3}.",
        if change >= 0.0 { "lower" } else { "higher" },
        change.abs()
    )));
}
