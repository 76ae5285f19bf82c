//! What learns: the form of the recipe. Every control edits a copy and sends the new value.

use eframe::egui::{self, DragValue, Response, Slider, Ui};

use crate::choice::Choice;
use crate::drawing::Ink;
use crate::playground::{Act, Edit, Part};
use crate::train::{Columns, Failure, LearnerKind, MAX_RECORDED, Negatives, OptimizerKind, Recipe, Settings, batches_per_epoch};
use crate::ui::bars::copy_recipe;
use crate::ui::context::Ctx;
use crate::ui::pieces::pointing::{point_out, ringed};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, choice_ui, explained_choice_ui, heading, inked, row_ui, strong_text};

/// Dimensions that are offered; any from 2 to 1024 can be typed.
const DIMS: [usize; 8] = [2, 3, 8, 32, 128, 256, 384, 768];
/// Learning rates that are offered, so that a class lands on the same values.
const LEARNING_RATES: [f64; 18] = [
    0.000001, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 10_000.0,
];
/// Temperatures that are offered.
const TEMPERATURES: [f64; 12] = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 50.0];
/// Lengths of a run that are offered.
const STEPS: [usize; 9] = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

pub(in crate::ui) fn recipe_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    heading(ui, "What learns");
    structure_ui(ctx, ui);
    settings_ui(ctx, ui);
    more_ui(ctx, ui);
    let mut two_phase = ctx.playground.is_two_phase();
    if ui
        .checkbox(&mut two_phase, "Step in two phases")
        .on_hover_text("The first press compares the pairs of the batch, the second shows the forces and then applies them.")
        .changed()
    {
        ctx.send(Act::SetTwoPhase(two_phase));
    }
    ui.horizontal_wrapped(|ui| {
        failures_ui(ctx, ui);
        let hint = "The whole setting as one line of text in the clipboard. Pasting it (Ctrl+V, with no field in use) restores it, here or in another window.";
        if ui.button("Copy recipe").on_hover_text(hint).clicked() {
            copy_recipe(ctx);
        }
    });
    ui.add_space(4.0);
}

/// What starts the run again.
fn structure_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut recipe = ctx.playground.document().recipe.clone();
    let before = recipe.clone();
    let learner = ringed(ctx, ui, Part::Learner, |ui| {
        row_ui(ui, "Learner", "What the updates change.", |ui| choice_ui(ui, "Learner", recipe.learner, |_| true))
    });
    if let Some(learner) = learner {
        recipe = recipe.for_learner(learner);
    }
    ui.label(inked(ui, recipe.learner.sentence(), Ink::Weak).small());
    let start = ringed(ctx, ui, Part::Start, |ui| {
        row_ui(ui, "Start from", "What it is at step 0.", |ui| {
            choice_ui(ui, "Start from", recipe.start, |start| recipe.learner.can_start(start))
        })
    });
    recipe.start = start.unwrap_or(recipe.start);
    dims_ui(ui, &mut recipe);
    row_ui(ui, "Steps", "How many updates the run has.", |ui| {
        number_choice_ui(ui, "Steps", &mut recipe.steps, &STEPS, 1..=100_000);
    });
    recipe.warmup = recipe.warmup.min(recipe.steps);
    send_recipe(ctx, &before, recipe);
}

fn send_recipe(ctx: &mut Ctx<'_>, before: &Recipe, recipe: Recipe) {
    if recipe != *before {
        ctx.send(Edit::SetRecipe(recipe));
    }
}

fn dims_ui(ui: &mut Ui, recipe: &mut Recipe) {
    let is_free = !recipe.learner.has_model_dims();
    let explanation = match recipe.learner {
        LearnerKind::Transformer => "Numbers a vector: a transformer has those that it was made with.",
        LearnerKind::Adapter => "Numbers a vector, at most those of the model: 2 is a map that needs no projection.",
        _ => "Numbers a vector: more of them give every phrase more ways to go.",
    };
    row_ui(ui, "Dimensions", explanation, |ui| {
        let number = ui.add_enabled_ui(is_free, |ui| number_choice_ui(ui, "Dimensions", &mut recipe.dims, &DIMS, 2..=1024));
        number.inner.why_not(explanation);
    });
}

/// A typed number beside a menu of usual ones, from right to left.
fn number_choice_ui(
    ui: &mut Ui,
    name: &str,
    value: &mut usize,
    offered: &[usize],
    range: std::ops::RangeInclusive<usize>,
) -> Response {
    // High enough to show all that is offered: few would look for more below.
    let combo = egui::ComboBox::from_id_salt(name).selected_text("").width(18.0).height(320.0).show_ui(ui, |ui| {
        for option in offered {
            if ui.selectable_label(value == option, option.to_string()).clicked() {
                *value = *option;
            }
        }
    });
    combo.response.accessible_name(format!("Usual {}", name.to_lowercase()));
    number_ui(ui, name, value, range)
}

/// A number that can be dragged or typed; one that is already out of range stays.
fn number_ui<N: egui::emath::Numeric>(ui: &mut Ui, name: &str, value: &mut N, range: std::ops::RangeInclusive<N>) -> Response {
    let speed = (value.to_f64() * 0.02).max(0.02);
    let drag = DragValue::new(value).range(range).clamp_existing_to_range(false).speed(speed).update_while_editing(false);
    ui.add(drag).accessible_name(name)
}

/// What may change while it runs: takes effect from the step shown on.
fn settings_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let mut settings = *ctx.playground.document().recipe.settings_at(ctx.playground.step());
    let before = settings;
    loss_ui(ctx, ui, &mut settings);
    let optimizer = row_ui(ui, "Optimizer", "How parameters follow the gradient.", |ui| {
        choice_ui(ui, "Optimizer", settings.optimizer, |_| true)
    });
    settings.optimizer = optimizer.unwrap_or(settings.optimizer);
    ringed(ctx, ui, Part::LearningRate, |ui| {
        let explanation = "Size of an update. It may change while the run goes on.";
        stepped_slider_ui(ui, "Learning rate", explanation, &mut settings.learning_rate, &LEARNING_RATES);
    });
    row_ui(
        ui,
        "Batch",
        "Pairs a step, at most: an epoch is cut into batches of nearly equal size. Each anchor pushes the positives of the others.",
        |ui| {
            ui.label(inked(ui, "pairs", Ink::Weak));
            number_ui(ui, "Batch", &mut settings.batch, 1..=Settings::MAX_BATCH);
        },
    );
    if settings != before {
        ctx.send(Edit::SetSettings(settings));
    }
    if ctx.playground.step() > 0 {
        let (step, steps) = (ctx.playground.step(), ctx.playground.document().recipe.steps);
        let goes_on = if step >= steps { format!(" The run then goes on to step {}.", 2 * steps) } else { String::new() };
        let hint = format!("Changes take effect from step {step} on.{goes_on}");
        ui.label(inked(ui, hint, Ink::Weak));
    }
}

/// The loss, with what its data lacks where it can't be used, and its one or two settings.
fn loss_ui(ctx: &Ctx<'_>, ui: &mut Ui, settings: &mut Settings) {
    let columns = ctx.playground.columns();
    let loss = ringed(ctx, ui, Part::Loss, |ui| {
        row_ui(ui, "Loss", "What the updates make smaller.", |ui| {
            explained_choice_ui(ui, "Loss", settings.loss, |loss| columns.misfit(loss).map(str::to_owned))
        })
    });
    if let Some(loss) = loss {
        *settings = settings.with_loss(loss, ctx.playground.document().recipe.learner);
    }
    if columns != Columns::Pairs {
        let hint = format!("For {columns}, {} is usual.", columns.suggested().label());
        ui.label(inked(ui, hint, Ink::Weak).small());
    }
    if columns == Columns::Pairs {
        let negatives = row_ui(ui, "Negatives", "What anchors push away beside the rest of the batch.", |ui| {
            let lacks = |negatives: Negatives| {
                let is_lost = negatives == Negatives::None && !settings.loss.reads_scores();
                is_lost.then(|| "this loss compares with negatives; cosine similarity does without".to_owned())
            };
            explained_choice_ui(ui, "Negatives", settings.negatives, lacks)
        });
        settings.negatives = negatives.unwrap_or(settings.negatives);
    }
    if settings.loss.uses_temperature() {
        let explanation = "Divides the cosines: low is strict and soon content, high keeps pulling.";
        ringed(ctx, ui, Part::Temperature, |ui| {
            stepped_slider_ui(ui, "Temperature", explanation, &mut settings.temperature, &TEMPERATURES);
        });
    }
    if settings.loss.uses_margin() {
        row_ui(
            ui,
            "Margin",
            "How much nearer the positive must be than the negative, or how far pairs of label 0 must part.",
            |ui| {
                number_ui(ui, "Margin", &mut settings.margin, 0.0..=100.0);
            },
        );
    }
}

/// What is seldom changed.
fn more_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    egui::CollapsingHeader::new("More").id_salt("more of the recipe").show(ui, |ui| {
        let before = ctx.playground.document().recipe.clone();
        let mut recipe = before.clone();
        schedule_ui(ui, &mut recipe);
        row_ui(ui, "Hold out", "Share of the pairs that training never sees, to measure on.", |ui| {
            let mut percent = recipe.holdout * 100.0;
            ui.label(inked(ui, "%", Ink::Weak));
            number_ui(ui, "Hold out", &mut percent, 0.0..=90.0);
            recipe.holdout = (percent / 100.0 * 1e6).round() / 1e6;
        });
        stop_ui(ctx, ui, &mut recipe);
        if recipe.learner == LearnerKind::Transformer {
            transformer_ui(ui, &mut recipe);
        }
        if ctx.playground.document().phrases.len() > MAX_RECORDED {
            let explanation = "Which phrases of a large set are recorded and shown; training is on all of them.";
            let subset = row_ui(ui, "Show", explanation, |ui| choice_ui(ui, "Show", recipe.subset, |_| true));
            recipe.subset = subset.unwrap_or(recipe.subset);
        }
        send_recipe(ctx, &before, recipe);
        decay_ui(ctx, ui);
    });
}

/// When a run ends: by epochs, by a loss that stays flat, by time.
fn stop_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, recipe: &mut Recipe) {
    let n_pairs = ctx.playground.document().pairs.len();
    let steps_an_epoch = batches_per_epoch(recipe.n_trained(n_pairs), recipe.settings.batch).max(1);
    let mut epochs = recipe.steps / steps_an_epoch;
    let before = epochs;
    row_ui(ui, "Epochs", "How many times the run goes through all pairs: another way to say its steps.", |ui| {
        number_ui(ui, "Epochs", &mut epochs, 0..=100_000);
    });
    if epochs != before {
        recipe.steps = (epochs * steps_an_epoch).clamp(1, Recipe::MAX_STEPS);
        recipe.warmup = recipe.warmup.min(recipe.steps);
    }
    row_ui(ui, "Stop after", "Stop when this many steps brought no lower loss than as many before. 0: never.", |ui| {
        ui.label(inked(ui, "flat steps", Ink::Weak));
        number_ui(ui, "Stop after", &mut recipe.patience, 0..=100_000);
    });
    let mut seconds = ctx.playground.max_seconds();
    let explanation = "Stop a run after so many seconds. 0: never. It holds for the next run, and is no part of the recipe.";
    row_ui(ui, "At most", explanation, |ui| {
        ui.label(inked(ui, "seconds", Ink::Weak));
        number_ui(ui, "At most", &mut seconds, 0.0..=86_400.0);
    });
    if seconds != ctx.playground.max_seconds() {
        ctx.send(Act::SetMaxSeconds(seconds));
    }
}

fn schedule_ui(ui: &mut Ui, recipe: &mut Recipe) {
    let explanation = "How the learning rate goes over the run.";
    let schedule = row_ui(ui, "Schedule", explanation, |ui| choice_ui(ui, "Schedule", recipe.schedule, |_| true));
    recipe.schedule = schedule.unwrap_or(recipe.schedule);
    row_ui(ui, "Warm-up", "Steps over which the learning rate first rises.", |ui| {
        ui.label(inked(ui, "steps", Ink::Weak));
        number_ui(ui, "Warm-up", &mut recipe.warmup, 0..=recipe.steps);
    });
}

fn transformer_ui(ui: &mut Ui, recipe: &mut Recipe) {
    row_ui(ui, "Layers", "How many of the last layers learn. 0: all, and the positions before them.", |ui| {
        ui.label(inked(ui, if recipe.layers == 0 { "all" } else { "last" }, Ink::Weak));
        number_ui(ui, "Layers", &mut recipe.layers, 0..=48);
    });
    ui.checkbox(&mut recipe.words, "Word embeddings learn too")
        .on_hover_text("Usually they stay as they are: there are too many of them for a few pairs.");
}

/// Settings that only some optimizers and learners use.
fn decay_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let recipe = &ctx.playground.document().recipe;
    let before = *recipe.settings_at(ctx.playground.step());
    let mut settings = before;
    if settings.optimizer == OptimizerKind::AdamW {
        row_ui(ui, "Weight decay", "How much AdamW shrinks the parameters, per unit of learning rate.", |ui| {
            number_ui(ui, "Weight decay", &mut settings.weight_decay, 0.0..=10.0);
        });
    }
    if recipe.learner == LearnerKind::Transformer {
        row_ui(
            ui,
            "Longest gradient",
            "A longer gradient is cut down to it, so that no batch can throw the model off. 0: any.",
            |ui| {
                number_ui(ui, "Longest gradient", &mut settings.max_gradient, 0.0..=1000.0);
            },
        );
    }
    if settings != before {
        ctx.send(Edit::SetSettings(settings));
    }
}

/// Training that fails, one click each.
fn failures_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let menu = ui.menu_button("Fail on purpose…", |ui| {
        for failure in Failure::ALL {
            if ui.button(failure.label()).on_hover_text(failure.sentence()).clicked() {
                ctx.send(Edit::Fail(*failure));
                ui.close();
            }
        }
    });
    point_out(ctx, ui, Part::Failures, menu.response.rect);
    menu.response
        .on_hover_text("Change what it takes for training to go wrong, and see which number shows it. Undo takes it back.");
}

/// A slider over a list of values, spaced evenly.
fn stepped_slider_ui(ui: &mut Ui, name: &str, explanation: &str, value: &mut f64, steps: &[f64]) {
    row_ui(ui, name, explanation, |ui| ui.label(strong_text(ui, value.to_string())));
    let nearest = |value: f64| {
        let distance = |step: &f64| (step.ln() - value.max(f64::MIN_POSITIVE).ln()).abs();
        (0..steps.len()).min_by(|a, b| distance(&steps[*a]).total_cmp(&distance(&steps[*b]))).unwrap_or(0)
    };
    let mut index = nearest(*value);
    let changed = ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width() - 4.0;
        ui.visuals_mut().selection.bg_fill = theme::ink(ui, Ink::Accent);
        let slider = Slider::new(&mut index, 0..=steps.len().saturating_sub(1)).show_value(false);
        ui.add(slider).accessible_name(name).on_hover_text(explanation).changed()
    });
    if changed.inner {
        *value = steps.get(index).copied().unwrap_or(*value);
    }
}
