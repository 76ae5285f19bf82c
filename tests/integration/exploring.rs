//! The map of all phrases: what is typed is at its true place at once, the axes follow and nothing flips; marking, other
//! maps, clusters; many phrases.

use std::collections::BTreeSet;

use eframe::egui::{self, Event, Key, Modifiers, PointerButton, pos2};
use egui_kittest::kittest::Queryable;
use embedding_playground::jobs::{Order, Work};
use embedding_playground::playground::views::{EMBEDDED_UNASKED, ExploreCommand, Tab};
use embedding_playground::playground::{Act, Edit, Exported, PhraseId, Picture, Playground};
use embedding_playground::space::{Method, SpaceId, Vectors, fit_pca};
use embedding_playground::ui::WindowOptions;

use crate::commands::Bench;
use crate::support::{assert_near, embedded};
use crate::ui::{Window, click, explore_window, first_window, settle, type_phrase};

fn bench() -> Bench {
    let mut bench = Bench::lesson("roses");
    bench.apply(Act::ShowTab(Tab::Explore));
    bench.settle();
    bench
}

fn picture(bench: &Bench) -> Picture {
    bench.playground.picture().expect("a map")
}

fn add(bench: &mut Bench, text: &str) {
    bench.apply(Edit::AddPhrases(vec![text.to_owned()], None));
    bench.settle();
}

/// Places of all phrases on axes fitted to their vectors afresh, and the shares of these axes.
fn fresh(playground: &Playground, n_axes: usize) -> (Vec<[f64; 2]>, Vec<f64>) {
    let texts: Vec<&str> = playground.document().phrases.iter().map(|phrase| &*phrase.text).collect();
    let vectors = embedded().embed(&texts, &mut embedding_playground::progress::ignore).expect("vectors");
    let axes = fit_pca(&vectors, n_axes).expect("axes");
    let places = axes.project(&vectors).expect("places");
    (places.points().map(|point| [point[0], point[1]]).collect(), axes.shares())
}

fn distances(places: &[[f64; 2]]) -> Vec<f64> {
    let pairs = places.iter().enumerate().flat_map(|(row, a)| places[..row].iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).collect()
}

#[test]
fn after_each_change_the_map_is_that_of_a_fresh_fit_and_nothing_flips() {
    let mut bench = bench();
    let mut before = picture(&bench);
    for text in ["My kitten sleeps on the sofa", "A dog barked at the cat", "The choir sang", "Snow lay on the roofs"] {
        add(&mut bench, text);
        let after = picture(&bench);
        let (expected, shares) = fresh(&bench.playground, 2);
        let places: Vec<[f64; 2]> = after.places.iter().map(|place| place.at).collect();
        assert_near(text, &distances(&places), &distances(&expected), 1e-6);
        assert_near(text, &after.shares.expect("shares"), &shares[..2], 1e-6);
        let size = distances(&places).into_iter().fold(0.0, f64::max);
        for place in &before.places {
            let there = after.place(place.phrase).expect("it stays").at;
            let moved = (there[0] - place.at[0]).hypot(there[1] - place.at[1]);
            assert!(moved < 0.15 * size, "{text}: {} moved by {moved} of {size}", place.text);
        }
        before = after;
    }
    bench.apply(Edit::RemovePhrase(before.places[0].phrase));
    bench.settle();
    let (expected, _) = fresh(&bench.playground, 2);
    let places: Vec<[f64; 2]> = picture(&bench).places.iter().map(|place| place.at).collect();
    assert_near("removed", &distances(&places), &distances(&expected), 1e-6);
}

#[test]
fn a_phrase_has_its_true_place_before_the_axes_are_fitted_again() {
    let mut bench = bench();
    bench.apply(ExploreCommand::Hold(true));
    let before = picture(&bench);
    add(&mut bench, "My kitten sleeps on the sofa");
    let after = picture(&bench);
    assert!(after.caption.contains("42 phrases, held"), "{}", after.caption);
    for place in &before.places {
        assert_eq!(after.place(place.phrase).map(|found| found.at), Some(place.at), "{}", place.text);
    }
    let new = bench.id("My kitten sleeps on the sofa");
    assert!(after.place(new).is_some());
    bench.apply(ExploreCommand::Hold(false));
    bench.settle();
    assert!(picture(&bench).caption.contains("all 43 phrases"), "{}", picture(&bench).caption);
}

#[test]
fn neighbours_are_those_of_the_model_and_cats_are_near_cats() {
    let mut bench = bench();
    add(&mut bench, "My kitten sleeps on the sofa");
    let id = bench.id("My kitten sleeps on the sofa");
    let nearest = bench.playground.explored_neighbours(id, 5).expect("neighbours");
    let text = |id: PhraseId| bench.playground.document().text(id).to_owned();
    assert_eq!(text(nearest[0].0), "Big cats hunt at dusk");
    let (ids, vectors) = bench.playground.shown_vectors().expect("vectors");
    let row = ids.iter().position(|other| *other == id).expect("its row");
    let all = embedding_playground::space::nearest(&vectors, row, 5);
    let expected: Vec<(PhraseId, f32)> = all.iter().map(|found| (ids[found.index], found.cosine)).collect();
    assert_eq!(nearest, expected);
}

#[test]
fn a_new_project_of_three_topics_shows_three_groups() {
    let mut bench = bench();
    bench.apply(Act::New);
    let topics = [
        ["The cat sat on the mat", "Dogs chase the ball", "A puppy barked at the postman", "Our rabbit eats carrots"],
        [
            "Stock prices fell sharply",
            "The central bank raised interest rates",
            "Investors sold their shares",
            "Inflation slowed in May",
        ],
        [
            "He scored in the last minute",
            "The goalkeeper saved a penalty",
            "They won the football cup",
            "The referee blew his whistle",
        ],
    ];
    topics.iter().flatten().for_each(|text| add(&mut bench, text));
    assert_eq!(bench.playground.views().tab, Tab::Explore);
    let map = picture(&bench);
    let place = |text: &str| map.place(bench.id(text)).expect("a place").at;
    for (topic, texts) in topics.iter().enumerate() {
        for text in texts {
            let [x, y] = place(text);
            let mean = |texts: &[&str; 4]| {
                let others: Vec<[f64; 2]> = texts.iter().filter(|other| *other != text).map(|other| place(other)).collect();
                let n = others.len() as f64;
                [0, 1].map(|axis| others.iter().map(|at| at[axis]).sum::<f64>() / n)
            };
            let off = |texts: &[&str; 4]| (mean(texts)[0] - x).hypot(mean(texts)[1] - y);
            let nearest = (0..3).min_by(|a, b| off(&topics[*a]).total_cmp(&off(&topics[*b])));
            assert_eq!(nearest, Some(topic), "{text}");
        }
    }
}

#[test]
fn few_and_equal_phrases_have_a_map_too() {
    let mut bench = bench();
    bench.apply(Act::New);
    assert!(bench.playground.picture().is_none());
    for (n, text) in ["one", "two", "three"].into_iter().enumerate() {
        add(&mut bench, text);
        let map = picture(&bench);
        assert_eq!(map.places.len(), n + 1);
        assert!(map.places.iter().flat_map(|place| place.at).all(f64::is_finite));
    }
    for method in [Method::Tsne, Method::Umap, Method::Diffusion] {
        bench.apply(ExploreCommand::SetMethod(method));
        bench.settle();
        let map = picture(&bench);
        assert_eq!(map.places.len(), 3, "{method:?}");
        assert!(map.places.iter().flat_map(|place| place.at).all(f64::is_finite));
        assert!(!bench.playground.views().explore.unfolded().expect("a map").notes().is_empty(), "{method:?}: too few");
    }
}

#[test]
fn any_two_components_are_drawn_and_a_third_is_turned_in() {
    let mut bench = bench();
    let axes = |bench: &Bench| {
        let texts: Vec<&str> = bench.playground.document().phrases.iter().map(|phrase| &*phrase.text).collect();
        let vectors = embedded().embed(&texts, &mut embedding_playground::progress::ignore).expect("vectors");
        fit_pca(&vectors, 10).expect("axes").project(&vectors).expect("places")
    };
    let all = axes(&bench);
    bench.apply(ExploreCommand::SetComponents([2, 4]));
    let map = picture(&bench);
    for (place, point) in map.places.iter().zip(all.points()) {
        assert_near(&place.text, &place.at, &[point[2], point[4]], 1e-6);
    }
    assert!(map.caption.contains("components 3 × 5"), "{}", map.caption);
    bench.apply(ExploreCommand::SetComponents([2, 2]));
    assert_eq!(bench.playground.views().explore.components(), [2, 4], "two different ones");
    bench.apply(ExploreCommand::SetDepth(Some(0)));
    bench.apply(ExploreCommand::TurnBy([90.0, 0.0]));
    let turned = picture(&bench);
    assert!(turned.caption.contains("1 as depth"), "{}", turned.caption);
    for (phrase, point) in bench.playground.document().phrases.iter().zip(all.points()) {
        let place = turned.place(phrase.id).expect("a place");
        assert_near(&place.text, &[place.at[0].abs(), place.at[1]], &[point[0].abs(), point[4]], 1e-6);
    }
    bench.apply(ExploreCommand::FaceFront);
    assert_near(
        "front",
        &picture(&bench).place(bench.id("Hello")).expect("a place").at,
        &map.place(bench.id("Hello")).expect("a place").at,
        1e-9,
    );
}

#[test]
fn marked_phrases_are_shown_alone_grouped_and_removed_and_undo_brings_all_back() {
    let mut bench = bench();
    let before = bench.playground.document().clone();
    let lions: Vec<PhraseId> = ["A lion roared majestically", "The pride rests in the shade", "Cubs play in the tall grass"]
        .map(|text| bench.id(text))
        .into();
    bench.apply(ExploreCommand::Mark(lions.clone()));
    bench.apply(ExploreCommand::Isolate);
    bench.settle();
    let alone = picture(&bench);
    assert_eq!(alone.places.iter().map(|place| place.phrase).collect::<Vec<_>>(), lions);
    assert!(alone.caption.contains("the 3 phrases shown alone"), "{}", alone.caption);
    let sentence = bench.playground.exportable(Exported::Vectors, 1, Some(&alone)).expect("they can be exported");
    assert!(sentence.starts_with("3 vectors of 384") && sentence.contains("3 of 42 phrases"), "{sentence}");
    bench.apply(ExploreCommand::ShowAll);
    bench.apply(ExploreCommand::Invert);
    bench.settle();
    assert_eq!(bench.playground.views().explore.marked().len(), 39);
    bench.apply(ExploreCommand::Mark(lions.clone()));
    bench.apply(Edit::GroupPhrases(lions.clone(), "Savanna".to_owned()));
    let document = bench.playground.document();
    assert!(
        lions
            .iter()
            .all(|id| document.phrase(*id).and_then(|phrase| phrase.group) == document.groups.last().map(|group| group.id))
    );
    bench.apply(Edit::RemovePhrases(lions.clone()));
    bench.settle();
    assert_eq!(picture(&bench).places.len(), 39);
    assert!(bench.playground.views().explore.marked().is_empty(), "what is gone is not marked");
    assert!(
        bench.playground.document().pairs.iter().all(|pair| !lions.contains(&pair.anchor) && !lions.contains(&pair.positive))
    );
    bench.apply(Act::Undo);
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
}

#[test]
fn clusters_become_groups_with_words_for_names() {
    let mut bench = bench();
    let before = bench.playground.document().clone();
    bench.apply(ExploreCommand::FindClusters(6));
    bench.settle();
    let document = bench.playground.document();
    let n_of = |group| document.phrases.iter().filter(|phrase| phrase.group == Some(group)).count();
    assert_eq!(document.groups.len(), 6);
    assert!(document.groups.iter().all(|group| !group.name.is_empty() && n_of(group.id) > 0));
    let names: BTreeSet<&str> = document.groups.iter().map(|group| &*group.name).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(bench.playground.notice().is_some_and(|notice| notice.text.contains("6 clusters")), "it is said");
    bench.apply(Act::Undo);
    assert_eq!(*bench.playground.document(), before);
}

#[test]
fn other_maps_are_made_in_sight_say_how_faithful_they_are_and_can_be_stopped() {
    let mut bench = bench();
    for method in [Method::Tsne, Method::Umap, Method::Diffusion] {
        bench.apply(ExploreCommand::SetMethod(method));
        bench.settle();
        let map = picture(&bench);
        assert_eq!(map.places.len(), 42, "{method:?}");
        assert!(map.shares.is_none(), "no share of variance where there are no directions");
        for part in ["trustworthiness", "continuity", "distances mean little"] {
            assert!(map.axes_sentence().contains(part), "{}", map.axes_sentence());
        }
        let fidelity = *bench.playground.views().explore.unfolded().and_then(|map| map.fidelity()).expect("how faithful");
        assert!(fidelity.trustworthiness > 0.75, "{method:?}: {fidelity:?}");
    }
    add(&mut bench, "My kitten sleeps on the sofa");
    assert_eq!(picture(&bench).places.len(), 42, "a newer phrase has no place on it");
    bench.apply(ExploreCommand::SetMethod(Method::Tsne));
    bench.apply(Act::Cancel);
    bench.settle();
    assert!(picture(&bench).places.len() == 43);
    bench.apply(ExploreCommand::SetMethod(Method::Pca));
    bench.settle();
    assert_eq!(picture(&bench).places.len(), 43);
}

#[test]
fn very_many_phrases_are_embedded_only_when_somebody_says_so() {
    let mut bench = bench();
    bench.apply(Act::New);
    let texts: Vec<String> = (0..=EMBEDDED_UNASKED).map(|number| format!("phrase {number}")).collect();
    bench.apply(Edit::AddPhrases(texts, None));
    bench.settle();
    let n_left = bench.playground.n_not_embedded();
    assert!(
        (EMBEDDED_UNASKED - 1000..EMBEDDED_UNASKED).contains(&n_left),
        "only those of the run are embedded: {n_left} are not"
    );
    let orders = bench.playground.apply(ExploreCommand::EmbedAll);
    let begins =
        |order: &Order| matches!(order, Order::Start(job) if matches!(&job.work, Work::Embed(_, phrases) if phrases.len() > 1));
    assert!(orders.iter().any(begins), "then the others follow: {}", orders.len());
}

fn window() -> Window {
    explore_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light)
}

fn place(window: &Window, text: &str) -> egui::Pos2 {
    let [x, y] = window.state().phrase_on_screen(text).expect("the phrase is on the map");
    pos2(x, y)
}

#[test]
fn a_window_opens_on_explore_and_a_typed_phrase_is_answered() {
    let mut window = first_window(WindowOptions::default(), [1280.0, 800.0], egui::Theme::Light);
    assert_eq!(window.state().playground().views().tab, Tab::Explore);
    assert!(window.query_by_label_contains("42 phrases as a real one sees them").is_some(), "the first lesson");
    type_phrase(&mut window, "My kitten sleeps on the sofa");
    settle(&mut window);
    assert!(window.query_by_label_contains("nearest: Big cats hunt at dusk 0.30").is_some());
    assert!(window.query_by_label_contains("PCA of all 43 phrases").is_some());
    click(&mut window, "Train");
    settle(&mut window);
    assert!(window.query_by_label_contains("Lesson 1: What a model does").is_some(), "it goes along to other tabs");
    assert!(window.query_by_label_contains("Free vectors know nothing of it").is_some());
    assert!(window.query_by_label("See in Explore").is_some() && window.query_by_label("Make a pair…").is_some());
    click(&mut window, "See in Explore");
    assert_eq!(window.state().playground().views().tab, Tab::Explore);
}

#[test]
fn a_phrase_is_typed_with_the_keyboard_alone() {
    let mut window = window();
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    window.run_steps(3);
    window.event(Event::Text("My kitten sleeps on the sofa".to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_by_label_contains("nearest: Big cats hunt at dusk").is_some());
}

#[test]
fn play_on_explore_shows_the_run() {
    let mut window = window();
    window.key_press(Key::Space);
    window.run_steps(5);
    let playground = window.state().playground();
    assert!(playground.views().tab == Tab::Train && playground.is_playing());
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_a_double_click_fits_again() {
    let mut window = window();
    click(&mut window, "Fit");
    window.run_steps(30);
    let (at, other) = (place(&window, "Hello"), place(&window, "A loud note from the tuba"));
    window.hover_at(at);
    window.run_steps(2);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(20);
    let (zoomed, zoomed_other) = (place(&window, "Hello"), place(&window, "A loud note from the tuba"));
    assert!(zoomed.distance(at) < 3.0, "what is under the pointer stays: {at:?} {zoomed:?}");
    assert!(zoomed.distance(zoomed_other) > 1.2 * at.distance(other));
    click(&mut window, "Fit");
    window.run_steps(30);
    assert!(place(&window, "A loud note from the tuba").distance(other) < 2.0);
}

#[test]
fn a_box_marks_what_is_in_it() {
    let mut window = window();
    click(&mut window, "Box");
    let at = place(&window, "That's a noisy trombone");
    let (from, to) = (at - egui::vec2(14.0, 14.0), at + egui::vec2(14.0, 14.0));
    window.hover_at(from);
    window.run_steps(2);
    let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
    window.event(button(from, true));
    window.step();
    for share in [0.4, 0.8, 1.0] {
        window.event(Event::PointerMoved(from + share * (to - from)));
        window.step();
    }
    window.event(button(to, false));
    window.run_steps(3);
    let playground = window.state().playground();
    let marked: Vec<&str> = playground.views().explore.marked().iter().map(|id| playground.document().text(*id)).collect();
    assert_eq!(marked, ["That's a noisy trombone"]);
    assert!(window.query_by_label("Marked · 1").is_some());
    click(&mut window, "Show alone");
    settle(&mut window);
    assert!(window.query_by_label_contains("1 of 42 phrases shown").is_some());
    click(&mut window, "Show all");
    settle(&mut window);
    assert!(window.query_by_label_contains("PCA of all 42 phrases").is_some());
}

#[test]
fn what_is_sought_in_the_list_is_counted_on_the_map() {
    let mut window = window();
    window.get_by_label("Find in the list").click();
    window.run_steps(2);
    window.get_by_label("Find in the list").type_text("lion");
    window.run_steps(3);
    assert!(window.query_by_label_contains("2 have “lion”").is_some());
    click(&mut window, "Mark those with “lion”");
    assert!(window.query_by_label("Marked · 2").is_some());
}

#[test]
fn a_cloud_of_phrases_is_drawn_with_examples_of_labels() {
    let mut window = window();
    let lines: Vec<String> =
        (0..600).map(|number| format!("number {number} of {}", ["a cat", "the bank", "two goals"][number % 3])).collect();
    window.event(Event::Paste(lines.join("\n")));
    window.run_steps(3);
    settle(&mut window);
    assert!(window.query_by_label_contains("PCA of all 642 phrases").is_some());
    assert!(window.query_by_label_contains("of 642 labels").is_some(), "what has a label is said");
}

#[test]
fn vectors_of_other_spaces_have_no_part_in_components() {
    let space = SpaceId::named("tested", 2);
    let rows: Vec<std::sync::Arc<[f32]>> =
        [[0.0, 1.0], [2.0, 0.5], [1.0, 3.0]].map(|row| std::sync::Arc::from(row.as_slice())).into();
    let components = embedding_playground::space::Components::of(&space, &rows).expect("components");
    let values: Vec<f32> = rows.iter().flat_map(|row| row.iter().copied()).collect();
    let vectors = Vectors::new(space, values);
    let expected = fit_pca(&vectors, 2).expect("axes").project(&vectors).expect("places");
    for (row, point) in expected.points().enumerate() {
        let place: Vec<f64> = components.place(row).expect("a place")[..2].iter().map(|x| f64::from(*x)).collect();
        assert_near("place", &place, point, 1e-6);
        let again: Vec<f64> = components.place_of(&rows[row])[..2].iter().map(|x| f64::from(*x)).collect();
        assert_near("the same", &again, &place, 1e-7);
    }
}
