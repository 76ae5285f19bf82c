//! Principal components of numbers in f64: badly scaled, far from zero, on a line, or beyond what can be squared.

use embedding_playground::space::{MapAxes, Method, ProjectionError, SpaceId, Vectors, fit_pca, fit_random};

use crate::support::{assert_near, fixture_json, numbers};

fn wide(values: Vec<f64>, dims: usize) -> Vectors<f64> {
    Vectors::new(SpaceId::named("tested", dims), values)
}

fn axes_of(values: &[f64], dims: usize, n_axes: usize) -> MapAxes {
    fit_pca(&wide(values.to_vec(), dims), n_axes).expect("finite numbers")
}

/// Small whole numbers in no order.
fn scattered(n: usize) -> Vec<f64> {
    (0..n).map(|place| (place * 7919 % 101) as f64 - 50.0).collect()
}

/// How many axes are directions.
fn n_found(axes: &MapAxes) -> usize {
    axes.variances().iter().filter(|variance| **variance > 0.0).count()
}

struct Case {
    name: String,
    values: Vec<f64>,
    dims: usize,
    variances: Vec<f64>,
    shares: Vec<f64>,
    coordinates: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let fixture = fixture_json("wide_pca.json");
    let case = |case: &serde_json::Value| Case {
        name: case["name"].to_string(),
        values: numbers(&case["x"]),
        dims: case["x"][0].as_array().expect("a row").len(),
        variances: numbers(&case["explained_variance"]),
        shares: numbers(&case["explained_variance_ratio"]),
        coordinates: numbers(&case["coordinates"]),
    };
    fixture["cases"].as_array().expect("cases").iter().map(case).collect()
}

/// Numbers in units of what the axis they are on spreads.
fn in_spreads(values: &[f64], variances: &[f64]) -> Vec<f64> {
    values.chunks_exact(variances.len()).flat_map(|point| point.iter().zip(variances).map(|(x, v)| x / v.sqrt())).collect()
}

#[test]
fn badly_scaled_numbers_have_the_axes_that_scikit_learn_finds() {
    for case in cases() {
        let axes = axes_of(&case.values, case.dims, case.variances.len());
        let relative: Vec<f64> = axes.variances().iter().zip(&case.variances).map(|(got, right)| got / right).collect();
        assert_near(&case.name, &relative, &vec![1.0; case.variances.len()], 1e-5);
        assert_near(&case.name, &axes.shares(), &case.shares, 1e-9);
        let points = axes.project(&wide(case.values.clone(), case.dims)).expect("the same space");
        let [got, right] = [&points.values, &case.coordinates].map(|values| in_spreads(values, &case.variances));
        assert_near(&case.name, &got, &right, 1e-5);
    }
}

/// So many that they are taken in parts, each of which is shortened several times on the way.
#[test]
fn many_rows_have_the_axes_of_the_few_that_they_repeat() {
    for case in cases() {
        let n = case.values.len() / case.dims;
        let times = 30_000 / n;
        let axes = axes_of(&case.values.repeat(times), case.dims, case.variances.len());
        let divisors = (times * (n - 1)) as f64 / (times * n - 1) as f64;
        let right: Vec<f64> = case.variances.iter().map(|variance| variance * divisors).collect();
        let relative: Vec<f64> = axes.variances().iter().zip(&right).map(|(got, right)| got / right).collect();
        assert_near(&case.name, &relative, &vec![1.0; right.len()], 1e-4);
        let points = axes.project(&wide(case.values.clone(), case.dims)).expect("the same space");
        let [got, right] = [&points.values, &case.coordinates].map(|values| in_spreads(values, &case.variances));
        assert_near(&case.name, &got, &right, 1e-4);
    }
}

#[test]
fn rounding_is_no_direction() {
    let line = |n: usize, offset: f64, step: f64| -> Vec<f64> {
        (0..n).flat_map(|row| [1.0, -2.0, 0.3].map(|slope| offset + slope * step * row as f64)).collect()
    };
    for n in [2, 3, 7, 50, 5000] {
        for (offset, step) in [(0.0, 0.1), (1e8, 0.1), (1e8, 1e-3), (-1e12, 1.0), (3.3e15, 100.0), (1e-9, 1e9)] {
            let axes = axes_of(&line(n, offset, step), 3, 3);
            assert_eq!(n_found(&axes), 1, "{n} rows on a line at {offset} by {step}: {:?}", axes.variances());
        }
        for value in [0.0, 0.1, 1e8 + 0.1, -1e300, 1e-150, 5e-324] {
            let axes = axes_of(&vec![value; 3 * n], 3, 2);
            assert_eq!((n_found(&axes), axes.shares()), (0, vec![0.0; 2]), "{n} equal rows of {value}");
            let points = axes.project(&wide(vec![value; 3 * n], 3)).expect("the same space");
            assert!(points.values.iter().all(|value| *value == 0.0));
        }
    }
    // What is far away in one dimension alone says nothing of the others.
    let one_far: Vec<f64> = scattered(24).chunks_exact(3).flat_map(|row| [1e16, row[1], row[2]]).collect();
    assert_eq!(n_found(&axes_of(&one_far, 3, 3)), 2);
}

#[test]
fn one_row_two_rows_and_none() {
    assert_eq!(n_found(&axes_of(&[], 3, 2)), 0);
    assert_eq!(n_found(&axes_of(&[1e9, 2.0, -3.0], 3, 2)), 0);
    let two = axes_of(&[1e9, 2.0, -3.0, 1e9, 3.0, -3.0], 3, 2);
    assert_eq!(n_found(&two), 1);
    assert_near("variance of two rows", two.variances(), &[0.5, 0.0], 1e-15);
    assert_near("shares of two rows", &two.shares(), &[1.0, 0.0], 1e-15);
}

#[test]
fn numbers_in_f32_keep_their_axes_and_their_floor() {
    let values: Vec<f32> = scattered(40).iter().map(|value| *value as f32 / 3.0).collect();
    let narrow = Vectors::new(SpaceId::named("tested", 4), values);
    let wide = narrow.widened();
    assert!(wide.values().iter().zip(narrow.values()).all(|(wide, narrow)| *wide == f64::from(*narrow)));
    let (few, many) = (fit_pca(&narrow, 3).expect("f32"), fit_pca(&wide, 3).expect("f64"));
    assert_near("variances", few.variances(), many.variances(), 1e-9);
    let weak = Vectors::new(SpaceId::named("tested", 2), vec![1e7_f32, 1.0, -1e7, 0.0, 0.0, 3.0]);
    assert_eq!(n_found(&fit_pca(&weak, 2).expect("f32")), 1, "digits of f32 do not reach so far");
    assert_eq!(n_found(&fit_pca(&weak.widened(), 2).expect("f64")), 2, "those of f64 do");
}

#[test]
fn what_cannot_be_squared_is_refused() {
    let fits = [Method::Pca, Method::Random];
    let large = |values: Vec<f64>| {
        for method in fits {
            let error = method.fit(&wide(values.clone(), 2), 2, 7).expect_err("squares beyond all numbers");
            assert!(matches!(error, ProjectionError::Squares { size: "large", .. }), "{error}");
            assert!(error.to_string().contains("a sum of squares that is inf"), "{error}");
        }
    };
    large(vec![1e200, 0.0, -1e200, 1.0]);
    large(vec![f64::MAX, 0.0, -f64::MAX, 1.0, 0.0, 5.0]);
    large(vec![f64::MAX, 0.0, f64::MAX, 1.0, f64::MAX, 5.0]);
    let error = fit_pca(&wide(vec![1e-200, 0.0, -1e-200, 1e-201], 2), 2).expect_err("squares below all numbers");
    assert!(matches!(error, ProjectionError::Squares { size: "small", .. }), "{error}");
    let error = fit_pca(&wide(vec![1.0, f64::NAN, 2.0, 1.0], 2), 2).expect_err("no number");
    assert!(matches!(error, ProjectionError::NotFinite { row: 1, dim: 2, .. }), "{error}");
}

#[test]
fn a_position_beyond_all_numbers_is_no_position() {
    let axes = axes_of(&[1.0, 1.0, -1.0, -1.0, 1.0, -1.0], 2, 2);
    let far = wide(vec![f64::MAX, f64::MAX], 2);
    let error = axes.project(&far).expect_err("beyond all numbers");
    assert!(error.to_string().contains("finite coordinates"), "{error}");
}

#[test]
fn spaces_that_nobody_named_are_told_apart_by_every_digit() {
    let space = |value: f64| SpaceId::unknown(2, &[value, 1.0]);
    assert_eq!(space(0.1), space(0.1));
    assert_ne!(space(0.1), space(0.1 + f64::EPSILON));
    let random = fit_random(&wide(scattered(12), 3), 2, 7).expect("finite numbers");
    assert_eq!(random.n_axes(), 2);
}
