//! Numbers of 16 bits (IEEE 754 binary16), widened many at a time.
//!
//! The crate `half` converts single ones; without branches, as here, the compiler makes vector instructions of a loop.

use super::widest;

/// The bits that are all one in what is not finite.
const EXPONENT: u16 = 0x7c00;

/// What the exponents of the two widths differ by.
const BIAS: u32 = (127 - 15) << 23;

/// Whether the number of these bits is finite.
#[inline(always)]
pub(crate) fn is_finite_half(half: u16) -> bool {
    half & EXPONENT != EXPONENT
}

/// The number of these bits, if it is finite.
///
/// Written without branches and without numbers below the smallest normal one, which some processors are slow at.
#[inline(always)]
pub(crate) fn widen(half: u16) -> f32 {
    /// Taken off where 16 bits have no leading one.
    const NO_LEADING_ONE: u32 = BIAS + (1 << 23);
    let magnitude = u32::from(half & 0x7fff) << 13;
    let small = f32::from_bits(magnitude + NO_LEADING_ONE) - f32::from_bits(NO_LEADING_ONE);
    let bits = if magnitude < 1 << 23 { small.to_bits() } else { magnitude + BIAS };
    f32::from_bits(bits | u32::from(half & 0x8000) << 16)
}

/// Widens what stands in `bytes`, lowest byte of a number first, to as many of `out`; what is not finite stays so.
pub(crate) fn widen_all(bytes: &[u8], out: &mut [f32]) {
    let halves = bytes.as_chunks().0;
    widest(
        #[inline(always)]
        || {
            for (out, bytes) in out.iter_mut().zip(halves) {
                let half = u16::from_le_bytes(*bytes);
                let wide = widen(half);
                let beyond = f32::from_bits(wide.to_bits() + BIAS);
                *out = if is_finite_half(half) { wide } else { beyond };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_widened_exactly() {
        let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let mut wide = vec![0.0; bytes.len() / 2];
        widen_all(&bytes, &mut wide);
        for (bits, wide) in (0..=u16::MAX).zip(wide) {
            let number = half::f16::from_bits(bits);
            assert_eq!(is_finite_half(bits), number.is_finite(), "{bits:#06x}");
            assert_eq!(wide.is_nan(), number.is_nan(), "{bits:#06x}");
            if number.is_finite() {
                assert_eq!(widen(bits).to_bits(), number.to_f32().to_bits(), "{bits:#06x}");
            }
            if !number.is_nan() {
                assert_eq!(wide.to_bits(), number.to_f32().to_bits(), "{bits:#06x}");
            }
        }
    }
}
