//! e to the power of x for many numbers: the library's `expf` takes one at a time.

/// e to the power of `x`, within 2 units of the last place from -87 to 88; below, 0.
///
/// x = n ln 2 + r with the Cephes polynomial for e^r. Written without branches, so that the compiler
/// makes vector instructions of it.
#[inline(always)]
#[expect(clippy::excessive_precision, reason = "the constants as they are published")]
pub(crate) fn exp(x: f32) -> f32 {
    /// Added to a number it leaves that, rounded, in the lowest bits; taken away again it leaves the rounded number.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.3, 88.7);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4;
    let p = 1.987_569_15e-4_f32;
    let p = p * r + 1.398_199_95e-3;
    let p = p * r + 8.333_451_9e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_55e-1;
    let p = p * r + 5.000_000_1e-1;
    // 2^n by its bits; a cast to an integer would be done one number at a time.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let e = (p * r * r + r + 1.0) * power;
    if x < -87.3 { 0.0 } else { e }
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn it_is_the_exponential() {
        for step in -8700..8800 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "e^{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1000.0), 0.0);
        assert!(exp(f32::NAN).is_nan());
    }
}
