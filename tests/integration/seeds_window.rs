//! The window for people who compare: seeds that are typed, kept runs, numbers that can be seen to the last row, recipes that
//! are copied and pasted, failures that are undone.

use eframe::egui::{self, Event, Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::kittest::Queryable;
use embedding_playground::choice::Choice;
use embedding_playground::compare::AgreementMeasure;
use embedding_playground::model::Source;
use embedding_playground::playground::Chart;
use embedding_playground::playground::views::SideChoice;
use embedding_playground::train::{Axes, Failure};
use embedding_playground::ui::WindowOptions;

use super::ui::{Window, choose, click, explore_window, settle, window, window_with};

fn type_into(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).click();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(3);
}

fn names(window: &Window) -> Vec<String> {
    window.state().playground().views().seeds.comparison().expect("a comparison").names.clone()
}

/// What the last frame put into the clipboard.
fn copied(window: &Window) -> Option<String> {
    window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn seeds_are_typed_as_a_list_or_a_range_and_checked() {
    let mut window = window();
    click(&mut window, "Seeds");
    settle(&mut window);
    assert_eq!(names(&window), ["seed 7", "seed 8", "seed 9", "seed 10"]);
    type_into(&mut window, "Seeds to train from", "1,2,5");
    click(&mut window, "Train from 3 seeds");
    settle(&mut window);
    assert_eq!(names(&window), ["seed 1", "seed 2", "seed 5"]);
    for (wrong, why) in [
        ("9-1", "range that rises"),
        ("1-12", "expected 2 to 9 seeds, got 12"),
        ("x", "such as 1,2,5 or 1-9"),
        ("3,3", "got 3 twice"),
    ] {
        type_into(&mut window, "Seeds to train from", wrong);
        assert!(window.query_by_label_contains(why).is_some(), "{wrong}");
        assert_eq!(window.query_all_by_label_contains("Train from").count(), 0, "{wrong}");
    }
    assert!(window.query_by_label("3 runs at step 200 of 200").is_some());
    window.key_press(Key::Escape);
    window.run_steps(3);
}

#[test]
fn the_last_row_of_the_numbers_can_be_seen_in_every_size() {
    for size in [[1280.0, 800.0], [1024.0, 700.0]] {
        let mut window = window_with(WindowOptions::default(), size, egui::Theme::Light);
        click(&mut window, "Seeds");
        settle(&mut window);
        let last = AgreementMeasure::ALL.last().expect("a measure").label();
        let seen = |window: &Window| window.get_by_label(last).rect();
        let at = window.get_by_label("Does not depend on them").rect().center();
        window.hover_at(at);
        window.run_steps(2);
        window.event(Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -600.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        window.run_steps(30);
        let row = seen(&window);
        assert!(row.bottom() <= size[1] - 4.0 && row.top() > size[1] - 190.0, "{size:?}: {row:?}");
    }
}

#[test]
fn a_kept_run_is_compared_by_its_recipe() {
    let mut window = window();
    click(&mut window, "Seeds");
    settle(&mut window);
    click(&mut window, "Kept runs…");
    click(&mut window, "the run of the map");
    assert!(window.query_by_label("Kept runs (1)…").is_some());
    type_into(&mut window, "Name of the kept run vectors, seed 7", "usual");
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(window.state().playground().views().seeds.kept()[0].name, "usual");
    click(&mut window, "Fail on purpose…");
    click(&mut window, Failure::TemperatureLow.label());
    settle(&mut window);
    click(&mut window, "Seeds");
    settle(&mut window);
    click(&mut window, "Compare the recipes");
    settle(&mut window);
    assert_eq!(names(&window).len(), 8);
    assert!(window.query_by_label_contains("8 runs at step").is_some());
    choose(&mut window, Role::ComboBox, "Which runs count", "of two recipes");
    window.run_steps(3);
    assert!(window.query_by_label(AgreementMeasure::LinearCka.label()).is_some());
}

#[test]
fn a_recipe_is_copied_and_pasted() {
    let mut window = window();
    window.get_by_label("Copy recipe").click();
    window.step();
    let line = (0..3)
        .find_map(|_| {
            let text = copied(&window);
            window.step();
            text
        })
        .expect("a line in the clipboard");
    assert!(line.starts_with("embedding-playground recipe:"), "{line}");
    let other = line.replace("\"seed\":7", "\"seed\":21");
    window.event(Event::Paste(other));
    settle(&mut window);
    assert_eq!(window.state().playground().document().recipe.seed, 21);
    assert!(window.query_by_label_contains("seed 7 → 21").is_some());
    window.event(Event::Paste(line.replace("\"dims\"", "\"dim\"")));
    settle(&mut window);
    assert!(window.query_by_label_contains("The recipe is not taken").is_some());
    // Asked for by its entry, what is no recipe is refused and no phrase.
    choose(&mut window, Role::Button, "Edit", "Paste recipe");
    let n = window.state().playground().document().phrases.len();
    window.event(Event::Paste("A line of text".to_owned()));
    settle(&mut window);
    assert_eq!(window.state().playground().document().phrases.len(), n);
    assert!(window.query_by_label_contains("expected a line that begins").is_some());
    window.event(Event::Paste("A line of text".to_owned()));
    settle(&mut window);
    assert_eq!(window.state().playground().document().phrases.len(), n + 1, "only that once");
}

#[test]
fn a_failure_opens_its_chart_and_undo_closes_it() {
    let mut window = window();
    choose(&mut window, Role::ComboBox, "Chart", "Cosine histogram");
    choose(&mut window, Role::ComboBox, "Axes", "random directions");
    settle(&mut window);
    for failure in Failure::ALL {
        click(&mut window, "Fail on purpose…");
        click(&mut window, failure.label());
        settle(&mut window);
        let playground = window.state().playground();
        assert_eq!(playground.charts().second, Chart::showing(failure.exposed_by()), "{failure:?}");
        assert_eq!(playground.run_map().expect("a map").axes(), failure.seen_on());
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut window);
        let playground = window.state().playground();
        assert_eq!((playground.charts().second, playground.axes()), (Chart::Histogram, Axes::Random), "{failure:?}");
        assert!(!playground.charts().log_loss && !playground.can_undo());
    }
}

#[test]
fn two_models_name_their_heat_maps_and_what_they_are_of() {
    let mut window = window();
    click(&mut window, "Models");
    settle(&mut window);
    click(&mut window, "What if you did it anyway?");
    settle(&mut window);
    assert!(window.query_by_label_contains("Within all-MiniLM-L6-v2: the cosines of 42 phrases").is_some());
    let across = window.get_by_label_contains("Across all-MiniLM-L6-v2 and random weights 1: the cosines");
    let at = across.rect().center();
    window.hover_at(at);
    window.run_steps(30);
    assert!(window.query_by_label_contains("(random weights 1)").is_some(), "hovering tells which two");
    assert!(window.query_all_by_label("Scale from -1 by 0 to 1").count() >= 2);
    choose(&mut window, Role::ComboBox, "Second model", "token model");
    assert_eq!(window.state().playground().views().models.side(1), Some(&SideChoice::Model(Source::Tokens.into())));
    assert!(window.query_by_label_contains("Chosen are all-MiniLM-L6-v2 and token model").is_some());
}

#[test]
fn a_run_file_shows_its_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.safetensors");
    let mut first = window();
    settle(&mut first);
    let run = first.state().playground().run().expect("a run").clone();
    std::fs::write(&path, embedding_playground::train::write_run(&run).expect("bytes")).expect("a file");
    let options = WindowOptions { file: Some(path), ..WindowOptions::default() };
    let mut window = explore_window(options, [1280.0, 800.0], egui::Theme::Light);
    for words in ["Run mine", "multiple negatives", "random places", "learning rate"] {
        assert!(window.query_all_by_label(words).count() > 0, "{words}");
    }
    click(&mut window, "Keep for comparison");
    settle(&mut window);
    assert!(window.query_by_label("Run mine").is_none());
    assert_eq!(window.state().playground().views().seeds.kept().len(), 1);
}

/// Where painting is slow every frame counts: the one in which something is asked for shows the answer, and the worker has
/// its orders before it is painted.
#[test]
fn the_frame_of_a_click_shows_what_comes_of_it() {
    let mut window = window();
    let phrase = "A lion roared majestically";
    window.get_by_role_and_label(Role::ListBoxOption, phrase).click();
    window.step();
    let id = window.state().playground().document().phrase_with_text(phrase).expect("a phrase").id;
    assert_eq!(window.state().playground().selected(), Some(id));
    window.get_by_role_and_label(Role::Button, "Play").click();
    window.step();
    assert!(window.state().playground().is_playing() && window.query_by_role_and_label(Role::Button, "Pause").is_some());
    window.get_by_role_and_label(Role::Button, "Pause").click();
    window.step();
    assert!(!window.state().playground().is_playing());
    window.get_by_role_and_label(Role::Button, "New seed").click();
    window.step();
    let playground = window.state().playground();
    assert!(playground.document().recipe.seed == 8 && playground.is_busy(), "the worker trains already");
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.step();
    let playground = window.state().playground();
    assert_eq!(playground.document().recipe.seed, 7);
    assert_eq!(playground.run().expect("a run").recipe.seed, 7, "the run before is brought back, not trained again");
}
