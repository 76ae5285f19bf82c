//! The four stages through the window, by label.

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable;
use embedding_playground::playground::Stage;

use crate::ui::{Window, click, window};

fn stage(window: &Window) -> Stage {
    window.state().playground().stage()
}

#[test]
fn the_chips_take_the_run_to_their_stages() {
    let mut window = window();
    assert_eq!(stage(&window), Stage::Initialise);
    assert!(window.query_by_label("— pulls").is_none(), "no forces yet");
    click(&mut window, "2 Evaluate");
    assert_eq!(stage(&window), Stage::Evaluate);
    assert!(window.query_by_label_contains("dashed: a negative").is_some(), "the colours of the lines are explained");
    assert!(window.query_by_label("This batch").is_some() && window.query_by_label_contains("cosines drawn").is_some());
    click(&mut window, "3 Update");
    assert_eq!(stage(&window), Stage::Update);
    assert!(window.query_by_label("— pulls").is_some());
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while window.state().playground().step() == 0 {
        assert!(std::time::Instant::now() < patience, "the forces are never applied");
        window.step();
    }
    window.run_steps(3);
    assert_eq!((stage(&window), window.state().playground().step()), (Stage::Update, 1));
    click(&mut window, "4 Iterate");
    assert!(window.state().playground().is_playing());
    window.key_press(Key::Space);
    window.run_steps(2);
    click(&mut window, "1 Initialise");
    assert_eq!((stage(&window), window.state().playground().step()), (Stage::Initialise, 0));
}

#[test]
fn the_batch_stands_beside_the_map_until_it_is_closed() {
    let mut window = window();
    click(&mut window, "Batch numbers");
    assert!(window.query_by_label("This batch").is_some());
    let shown = window.state().playground().shown_batch(None).expect("a batch");
    let positive = shown.lines.iter().find(|line| line.is_positive).expect("a positive");
    let name = window.state().playground().document().text(positive.candidate).to_owned();
    assert!(window.query_all_by_label_contains(&name).next().is_some(), "candidates are named: {name}");
    click(&mut window, "Close this batch");
    assert!(window.query_by_label("This batch").is_none() && !window.state().playground().shows_batch());
}

#[test]
fn one_anchor_at_a_time_and_all_on_demand() {
    let mut window = window();
    for _ in 0..5 {
        window.key_press(Key::ArrowRight);
        window.run_steps(2);
    }
    let shown = |window: &Window| window.state().playground().shown_batch(None).expect("a batch");
    let first = shown(&window);
    let n = first.anchors.len();
    let counted = format!("{} of {} forces", first.forces.len().min(40), first.n_forces);
    assert!(window.query_by_label(&counted).is_some(), "{counted}");
    window.get_by_role_and_label(Role::Button, "Next anchor").click();
    window.run_steps(3);
    assert_ne!(shown(&window).anchor, first.anchor);
    click(&mut window, &format!("Show all {n} anchors"));
    assert!(shown(&window).shows_all);
    assert!(window.query_by_label(&format!("All {n} anchors of this batch")).is_some());
    assert!(window.query_by_label(&format!("40 of {} forces", first.n_forces)).is_some());
    click(&mut window, "One anchor at a time");
    assert!(!shown(&window).shows_all);
}
