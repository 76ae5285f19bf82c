//! Maps of a space: axes at any number, maps without directions, how faithful they are, clusters, and `project`.

use std::ops::ControlFlow;

use embedding_playground::choice::Choice;
use embedding_playground::progress;
use embedding_playground::space::{
    Coordinates, Fidelity, Method, ProjectionError, SpaceId, Unfolding, UnfoldingSettings, Vectors, distinctive_words,
    find_clusters, fit_pca,
};

use crate::cli::{done, failed, folder, run, write};
use crate::support::{assert_near, fixture_json, numbers, vectors};

const UNFOLDED: [Method; 3] = [Method::Diffusion, Method::Tsne, Method::Umap];

/// Numbers between -1 and 1, the same every time.
fn scattered(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..n).map(next).collect()
}

/// Three groups of `n` vectors each, well apart.
fn grouped(n: usize, dims: usize) -> Vectors {
    let noise = scattered(3 * n * dims, 3);
    let value = |(place, x): (usize, &f64)| x * 0.3 + if place % dims == place / (n * dims) { 4.0 } else { 0.0 };
    vectors(&noise.iter().enumerate().map(value).collect::<Vec<f64>>(), dims)
}

fn begun(method: Method, vectors: &Vectors, n_axes: usize, seed: u64) -> Unfolding {
    let begun = Unfolding::begin(method, vectors, n_axes, seed, UnfoldingSettings::default(), &mut progress::ignore);
    begun.expect("finite numbers").expect("nobody cancels")
}

fn unfolded(method: Method, vectors: &Vectors, n_axes: usize, seed: u64) -> Unfolding {
    let mut map = begun(method, vectors, n_axes, seed);
    assert!(map.advance(usize::MAX, &mut progress::ignore).is_continue() && map.is_done());
    map
}

fn fidelity(vectors: &Vectors, map: &Coordinates) -> Fidelity {
    Fidelity::of(vectors, map, 1, &mut progress::ignore).expect("enough vectors")
}

#[test]
fn many_axes_are_those_of_a_fit_of_each_number() {
    let set = vectors(&scattered(50 * 12, 1), 12);
    let ten = fit_pca(&set, 10).expect("finite numbers");
    assert_eq!(ten.shares().len(), 10);
    for chosen in [vec![0, 1], vec![2, 7], vec![9, 3, 5]] {
        let few = ten.only(&chosen);
        let (all, some) = (ten.project(&set).expect("finite"), few.project(&set).expect("finite"));
        let expected: Vec<f64> =
            all.points().flat_map(|point| chosen.iter().map(|axis| point[*axis]).collect::<Vec<_>>()).collect();
        assert_eq!(some.values, expected);
        assert_eq!(few.shares(), chosen.iter().map(|axis| ten.shares()[*axis]).collect::<Vec<_>>());
    }
    assert_eq!(ten.only(&[1, 10, 99]).n_axes(), 1);
}

/// The squares in f32 must give what those in f64 give, at every spread of variance.
#[test]
fn axes_of_many_vectors_are_as_sharp_in_f32_as_in_f64() {
    let (n, dims) = (6000, 160);
    for (what, decay, offset) in [("flat", 0.0, 0.0), ("falling", 0.05, 0.0), ("steep", 0.4, 3.0)] {
        let noise = scattered(n * dims, 9);
        let value = |(place, x): (usize, &f64)| offset + x * (-decay * (place % dims) as f64).exp();
        let set = vectors(&noise.iter().enumerate().map(value).collect::<Vec<f64>>(), dims);
        for n_axes in [2, 10] {
            let (fast, exact) = (fit_pca(&set, n_axes).expect("f32"), fit_pca(&set.widened(), n_axes).expect("f64"));
            assert_near(what, &fast.shares(), &exact.shares(), 1e-9);
            let [fast, exact] = [fast, exact].map(|axes| axes.project(&set).expect("finite").values);
            assert_near(what, &fast, &exact, 1e-6);
        }
    }
}

#[test]
fn refitted_places_are_turned_onto_those_before() {
    let old = Coordinates { values: scattered(30, 4), n_axes: 3 };
    // A rotation about two axes and a reflection.
    let turned = |point: &[f64]| [point[1] * 0.6 - point[2] * 0.8, -(point[1] * 0.8 + point[2] * 0.6), point[0]];
    let new = Coordinates { values: old.points().flat_map(turned).collect(), n_axes: 3 };
    assert_near("turned back", &new.turned_towards(&old).values, &old.values, 1e-12);
    let more = Coordinates { values: [new.values.clone(), vec![1.0, 2.0, 3.0]].concat(), n_axes: 3 };
    assert_near("one more", &more.turned_towards(&old).values[..30], &old.values, 1e-12);
    let none = Coordinates { values: Vec::new(), n_axes: 3 };
    assert_eq!((new.turned_towards(&none), none.turned_towards(&old)), (new.clone(), none));
    let nowhere = Coordinates { values: vec![0.0; 30], n_axes: 3 };
    assert_eq!(nowhere.turned_towards(&old), nowhere);

    let set = vectors(&scattered(40 * 6, 2), 6);
    let axes = fit_pca(&set, 3).expect("finite numbers");
    let places = axes.project(&set).expect("finite");
    let target: Vec<f64> = places.points().flat_map(turned).collect();
    let again = axes.clone().turned_towards(&places.values, &target);
    assert_near("axes turned", &again.project(&set).expect("finite").values, &target, 1e-9);
    assert_near("variance", &[again.variances().iter().sum()], &[axes.variances().iter().sum()], 1e-12);
}

#[test]
fn maps_are_as_faithful_as_scikit_learn_says() {
    for case in fixture_json("projections.json")["maps"].as_array().expect("maps") {
        let dims = case["x"][0].as_array().expect("a row").len();
        let set = vectors(&numbers(&case["x"]), dims);
        let map = Coordinates { values: numbers(&case["y"]), n_axes: 2 };
        let found = fidelity(&set, &map);
        assert_eq!((Some(found.k as u64), found.n_rows, found.n), (case["k"].as_u64(), set.len(), set.len()));
        let expected = [&case["trustworthiness"], &case["continuity"]].map(|x| x.as_f64().expect("a number"));
        assert_near("faithful", &[found.trustworthiness, found.continuity], &expected, 1e-6);
    }
}

#[test]
fn of_many_vectors_some_are_compared_and_counted() {
    let n = 9000;
    let set = vectors(&scattered(n * 2, 5), 2);
    let same = Coordinates { values: set.values().iter().map(|x| f64::from(*x)).collect(), n_axes: 2 };
    let found = fidelity(&set, &same);
    assert_eq!((found.n, found.n_rows, found.k), (n, 25_000_000 / n, 10));
    assert!(found.trustworthiness > 0.9999 && found.continuity > 0.9999, "{found:?}");
    let other = Coordinates { values: scattered(n * 2, 6), n_axes: 2 };
    let found = fidelity(&set, &other);
    assert!((found.trustworthiness - 0.5).abs() < 0.02, "{found:?}");
    for few in [0, 1, 2] {
        let set = vectors(&scattered(few * 2, 5), 2);
        let map = Coordinates { values: scattered(few * 2, 5), n_axes: 2 };
        assert_eq!(Fidelity::of(&set, &map, 1, &mut progress::ignore), None);
    }
    assert_eq!(Fidelity::of(&set, &same, 1, &mut |_| ControlFlow::Break(())), None);
}

#[test]
fn a_diffusion_map_is_that_of_its_definition() {
    let fixture = &fixture_json("projections.json")["diffusion"];
    let wide = Vectors::new(SpaceId::named("tested", 5), numbers(&fixture["x"]));
    let map = Unfolding::begin(Method::Diffusion, &wide, 3, 1, UnfoldingSettings::default(), &mut progress::ignore);
    let map = map.expect("finite numbers").expect("nobody cancels");
    assert!(map.is_done() && map.n_epochs() == 0 && map.notes().is_empty());
    assert_near("places", &map.places().values, &numbers(&fixture["places"]), 1e-6);
}

#[test]
fn maps_are_as_faithful_as_those_of_the_libraries() {
    let fixture = &fixture_json("projections.json")["digits"];
    let set = vectors(&numbers(&fixture["x"]), 64);
    for (method, name) in [(Method::Umap, "umap"), (Method::Tsne, "tsne")] {
        let theirs = numbers(&fixture[name]);
        let theirs = theirs.iter().sum::<f64>() / theirs.len() as f64;
        let ours = fidelity(&set, &unfolded(method, &set, 2, 7).places()).trustworthiness;
        assert!(ours > theirs - 0.01, "{name}: {ours} against {theirs}");
    }
}

#[test]
fn groups_are_apart_on_every_map() {
    let set = grouped(40, 16);
    for method in UNFOLDED {
        for n_axes in [2, 3] {
            let places = unfolded(method, &set, n_axes, 1).places();
            assert_eq!((places.n_axes, places.points().len()), (n_axes, 120));
            let points: Vec<&[f64]> = places.points().collect();
            let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
            for (row, point) in points.iter().enumerate() {
                let others = (0..120).filter(|other| *other != row);
                let nearest = others.min_by(|a, b| distance(point, points[*a]).total_cmp(&distance(point, points[*b])));
                assert_eq!(nearest.map(|other| other / 40), Some(row / 40), "{} {n_axes}", method.name());
            }
        }
    }
}

#[test]
fn a_seed_gives_the_same_bytes_on_any_number_of_cores_and_in_any_pieces() {
    let set = vectors(&scattered(300 * 20, 8), 20);
    let on = |n_threads: usize, work: &(dyn Fn() -> Coordinates + Sync)| {
        rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads").install(work)
    };
    for method in UNFOLDED {
        let whole = on(1, &|| unfolded(method, &set, 2, 5).places());
        let pieces = on(4, &|| {
            let mut map = begun(method, &set, 2, 5);
            while !map.is_done() {
                assert!(map.advance(33, &mut progress::ignore).is_continue());
            }
            map.places()
        });
        assert_eq!(whole, pieces, "{}", method.name());
        let other = unfolded(method, &set, 2, 6).places();
        assert_eq!(whole != other, method == Method::Umap, "{}", method.name());
    }
}

#[test]
fn a_map_can_be_ended_and_gone_on_with() {
    let set = grouped(20, 8);
    for method in UNFOLDED {
        let stop = &mut |_| ControlFlow::Break(());
        let stopped = Unfolding::begin(method, &set, 2, 1, UnfoldingSettings::default(), stop);
        assert!(stopped.expect("finite numbers").is_none(), "{}", method.name());
    }
    let mut map = begun(Method::Tsne, &set, 2, 1);
    assert!(map.advance(10, &mut |_| ControlFlow::Break(())).is_break());
    assert_eq!((map.epoch(), map.is_done()), (1, false));
    let start = map.places();
    assert!(map.advance(usize::MAX, &mut progress::ignore).is_continue() && map.is_done());
    assert!(map.advance(1, &mut progress::ignore).is_continue());
    assert_ne!(map.places(), start);
}

#[test]
fn what_can_not_be_unfolded_is_said() {
    for method in UNFOLDED {
        for n in 0..5 {
            let set = vectors(&scattered(n * 6, 1), 6);
            let map = unfolded(method, &set, 2, 1);
            let plain = fit_pca(&set, 2).and_then(|axes| axes.project(&set)).expect("finite numbers");
            assert_eq!(map.places(), plain, "{} of {n}", method.name());
            assert!(map.notes()[0].contains(&format!("at least 5 vectors, got {n}")), "{:?}", map.notes());
        }
        for n in [5, 6, 8, 31] {
            let map = unfolded(method, &vectors(&scattered(n * 6, 1), 6), 3, 1);
            assert!(map.places().values.iter().all(|x| x.is_finite()), "{} of {n}", method.name());
            assert_eq!(
                map.notes().is_empty(),
                method == Method::Diffusion || (method == Method::Umap && n > 14),
                "{:?}",
                map.notes()
            );
        }
        let equal = unfolded(method, &vectors(&[1.0, 2.0].repeat(50), 2), 2, 1);
        assert!(equal.places().values.iter().all(|x| *x == 0.0));
        assert!(equal.notes()[0].contains("all 50 vectors are equal"), "{:?}", equal.notes());
        // Zero vectors, and each of few vectors many times.
        let repeated = [&[0.0; 4][..], &scattered(12, 1)].concat().repeat(60);
        let map = unfolded(method, &vectors(&repeated, 4), 2, 1);
        assert!(map.places().values.iter().all(|x| x.is_finite()), "{}", method.name());
        let line: Vec<f64> = (0..40).flat_map(|x| [f64::from(x), 2.0 * f64::from(x)]).collect();
        assert!(unfolded(method, &vectors(&line, 2), 3, 1).places().values.iter().all(|x| x.is_finite()));

        let begin = |values: Vec<f64>, n_axes| {
            let wide = Vectors::new(SpaceId::named("tested", 2), values);
            Unfolding::begin(method, &wide, n_axes, 1, UnfoldingSettings::default(), &mut progress::ignore).err()
        };
        assert!(matches!(begin([1.0, f64::NAN].repeat(9), 2), Some(ProjectionError::NotFinite { row: 1, dim: 2, .. })));
        assert!(matches!(begin(scattered(18, 1), 4), Some(ProjectionError::Failed { .. })));
        for scale in [1e-100, 1e100] {
            assert_eq!(begin(scattered(40, 1).iter().map(|x| x * scale).collect(), 2), None, "{}", method.name());
        }
        let error = method.fit(&grouped(5, 4), 2, 1).expect_err("no directions").to_string();
        assert!(error.contains(method.name()), "{error}");
        assert!(method.caution().is_some());
    }
    assert!(Method::Pca.caution().is_none());
    for (asked, taken) in [(f64::NAN, "none"), (0.0, "perplexity 1.1, not 0"), (1e9, "perplexity 39.7")] {
        let settings = UnfoldingSettings { perplexity: asked, n_neighbours: usize::MAX };
        let set = grouped(40, 4);
        let note = |method| {
            let map = Unfolding::begin(method, &set, 2, 1, settings, &mut progress::ignore).expect("finite").expect("a map");
            map.notes().first().cloned().unwrap_or("none".to_owned())
        };
        assert!(note(Method::Tsne).contains(taken), "{}", note(Method::Tsne));
        assert!(note(Method::Umap).contains("neighbourhoods of 120"), "{}", note(Method::Umap));
    }
}

#[test]
fn a_large_diffusion_map_says_between_which_vectors_it_goes() {
    let set = grouped(600, 8);
    let map = unfolded(Method::Diffusion, &set, 2, 1);
    assert!(map.notes()[0].contains("1500 of 1800 vectors"), "{:?}", map.notes());
    assert_eq!(map.places().points().len(), 1800);
}

#[test]
fn clusters_are_found_with_their_most_typical_members_and_words() {
    let set = grouped(40, 16);
    let found = find_clusters(&set, 3, 1).expect("finite numbers");
    assert_eq!(found.sizes, [40, 40, 40]);
    for row in 0..120 {
        assert_eq!(found.labels[row], row / 40);
    }
    for (cluster, row) in found.typical.iter().enumerate() {
        assert_eq!(row / 40, cluster);
    }
    assert_eq!(find_clusters(&set, 3, 1), Ok(found));
    for n_clusters in [0, 1, 2, 50, 5000] {
        for n in [0, 1, 2, 7] {
            let found = find_clusters(&vectors(&scattered(n * 4, 1), 4), n_clusters, 1).expect("finite numbers");
            assert_eq!((found.labels.len(), found.sizes.iter().sum::<usize>()), (n, n));
            assert!(found.sizes.len() <= n_clusters.max(1) && found.typical.len() == found.sizes.len());
        }
        for equal in [[0.0; 4], [1.0, 2.0, 3.0, 4.0]] {
            assert_eq!(find_clusters(&vectors(&equal.repeat(9), 4), n_clusters, 1).expect("finite numbers").sizes, [9]);
        }
    }
    assert!(find_clusters(&vectors(&[f64::NAN, 1.0], 2), 2, 1).is_err());

    let phrases = ["The lion roars", "A lion's mane", "the old lion", "The trombone plays", "a loud trombone", "the brass"];
    let words = distinctive_words(&phrases, &[0, 0, 0, 1, 1, 1], 2);
    assert_eq!(words, [vec!["lion"], vec!["trombone"]]);
    assert_eq!(distinctive_words(&["a", "", "…"], &[0, 0, 1], 3), [Vec::<String>::new(), Vec::new()]);
    assert_eq!(distinctive_words(&[] as &[&str], &[], 3), Vec::<Vec<String>>::new());
    assert_eq!(distinctive_words(&["Ёлка 東京", "ёлка", "x"], &[0, 0, 1], 1)[0], ["ёлка"]);
}

#[test]
fn project_draws_maps_without_directions_and_says_how_faithful_they_are() {
    let folder = folder();
    let set = grouped(20, 6);
    let lines: Vec<String> = set.rows().map(|row| row.iter().map(f32::to_string).collect::<Vec<_>>().join("\t")).collect();
    write(folder.path(), "v.tsv", lines.join("\n"));
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&done(folder.path(), &[&["project", "v.tsv", "--json"], arguments].concat())).expect("JSON")
    };
    for method in Method::ALL {
        let found = json(&["--method", method.name(), "--dims", "3"]);
        assert_eq!(numbers(&found["coordinates"]).len(), 180, "{}", method.name());
        assert!(found["trustworthiness"].as_f64().expect("a number") > 0.5 && found["continuity"].is_f64(), "{found}");
        assert_eq!((&found["neighbours"], &found["vectors_compared"]), (&10.into(), &60.into()));
        assert_eq!(found["variance_share"].is_array(), method.has_directions());
        assert_eq!(found["caution"].is_string(), !method.has_directions());
    }
    let output = run(folder.path(), &["project", "v.tsv", "--method", "tsne", "--perplexity", "50"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("60 vectors; trustworthiness 0."), "{said}");
    assert!(said.contains("note: perplexity 19.7, not 50") && said.contains("between clusters"), "{said}");
    assert!(!said.contains("variance"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 60);
    let said = failed(folder.path(), &["project", "v.tsv", "--neighbours", "5"]);
    assert!(said.contains("expected --method umap with --neighbours, got --method pca"), "{said}");
    let same = |seed: &str| done(folder.path(), &["project", "v.tsv", "--method", "umap", "--neighbours", "5", "--seed", seed]);
    assert_eq!(same("1"), same("1"));
    assert_ne!(same("1"), same("2"));
    write(folder.path(), "three.tsv", lines[..3].join("\n"));
    let output = run(folder.path(), &["project", "three.tsv", "--method", "tsne"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("the places are those of PCA, not of t-SNE"), "{said}");
}
