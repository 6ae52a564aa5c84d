//! Decimal numbers as texts to floating point.
//!
//! The standard library's reader is fast and brings ten kilobytes of tables that no compression makes smaller; what is
//! read here is a number in a filter or a lesson, now and then. Promises: the nearest number, ties to even, as the
//! standard library reads it, which tests hold it to; the same everywhere. Leaves out: infinities and NaN by name, and
//! speed: the number is made as a whole of any size and divided by hand.

/// Digits that can matter. The nearest number is never decided by one further behind, but whether there is one is.
const DIGITS: usize = 780;

/// The number that a text is: an optional sign, digits with at most one point among them, an optional exponent.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, text) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let mut number = Big(Vec::new());
    let (mut exponent, mut digits, mut kept) = (0_i32, 0_usize, 0_usize);
    let (mut point, mut more) = (false, false);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                if kept < DIGITS {
                    number.times_plus(10, u32::from(byte - b'0'));
                    kept += usize::from(!number.0.is_empty());
                    exponent -= i32::from(point);
                } else {
                    more |= byte != b'0';
                    exponent += i32::from(!point);
                }
            }
            b'.' if !point => point = true,
            b'e' | b'E' => break,
            _ => return None,
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    if at < text.len() {
        exponent = exponent.saturating_add(whole(&text[at + 1..])?);
    }
    let size = nearest(number, exponent, kept, more);
    Some(if negative { -size } else { size })
}

/// A whole number with an optional sign, as far as it matters: beyond that every number is zero or infinite.
fn whole(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0_i32;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = (number * 10 + i32::from(digit)).min(100_000_000);
    }
    Some(if negative { -number } else { number })
}

/// The nearest number to `number` × 10^`exponent`, where `more` says that it is a little more.
fn nearest(mut number: Big, exponent: i32, digits: usize, mut more: bool) -> f64 {
    let places = exponent.saturating_add(digits as i32);
    if number.0.is_empty() || places < -330 {
        return 0.0;
    }
    if places > 310 {
        return f64::INFINITY;
    }
    let mut scale = 0;
    for _ in 0..exponent {
        number.times_plus(10, 0);
    }
    if exponent < 0 {
        // So many words are put behind it that the quotient keeps more bits than a number has.
        let words = (-exponent / 9 + 3) as usize;
        number.0.splice(0..0, std::iter::repeat_n(0, words));
        scale = -32 * words as i32;
        for _ in exponent..0 {
            more |= number.divide(10) != 0;
        }
    }
    let length = number.bits();
    // The number lies between 2^top and twice that; below 2^-1022 it has fewer bits.
    let top = length + scale - 1;
    let precision = (top + 1075).clamp(0, 53);
    if top < -1075 {
        return 0.0;
    }
    let lowest = length - precision;
    let mut mantissa =
        (lowest..length).rev().fold(0_u64, |sum, place| sum << 1 | u64::from(number.bit(place)));
    let half = number.bit(lowest - 1);
    let beyond = more || (0..lowest - 1).any(|place| number.bit(place));
    mantissa += u64::from(half && (beyond || mantissa & 1 == 1));
    // A mantissa that was rounded up to a power of two carries into the exponent, and from the last one into infinity.
    let bits = if precision < 53 { mantissa } else { (((top + 1023) as u64) << 52) + (mantissa - (1 << 52)) };
    if top > 1023 { f64::INFINITY } else { f64::from_bits(bits) }
}

/// A whole number of any size: words of 32 bits, the lowest first, without zeros at the end.
struct Big(Vec<u32>);

impl Big {
    fn times_plus(&mut self, factor: u32, carry: u32) {
        let mut carry = u64::from(carry);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Divides, and returns the rest.
    fn divide(&mut self, by: u32) -> u64 {
        let mut rest = 0;
        for word in self.0.iter_mut().rev() {
            rest = rest << 32 | u64::from(*word);
            *word = (rest / u64::from(by)) as u32;
            rest %= u64::from(by);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        rest
    }

    /// How many bits it has.
    fn bits(&self) -> i32 {
        self.0.last().map_or(0, |top| self.0.len() as i32 * 32 - top.leading_zeros() as i32)
    }

    /// A bit; those below the lowest are zero.
    fn bit(&self, place: i32) -> bool {
        usize::try_from(place)
            .is_ok_and(|at| self.0.get(at / 32).is_some_and(|word| word >> (at % 32) & 1 == 1))
    }
}

/// A number with as few decimals as tell it from every other.
pub fn shortest(value: f64) -> String {
    if value.abs() < 9e6 {
        for places in 0..=9 {
            let text = format!("{:.places$}", Dec(value));
            if parse(&text) == Some(value) {
                return text;
            }
        }
    }
    long(value)
}

#[cfg(not(target_arch = "wasm32"))]
fn long(value: f64) -> String {
    value.to_string()
}

/// In the page no number is as long as that; if one were, nine decimals have to do.
#[cfg(target_arch = "wasm32")]
fn long(value: f64) -> String {
    format!("{:.9}", Dec(value))
}

/// A number in single precision as the nearest double to the shortest decimal that is read back as it.
pub fn single(value: f32) -> f64 {
    let (exact, size) = (f64::from(value), f64::from(value).abs());
    // From here to there every power of ten below is exact, so each step rounds once.
    if !(1e-13..1e28).contains(&size) {
        return wide(value);
    }
    for place in (-22_i32..=22).rev() {
        let unit = (0..place.abs()).fold(1.0_f64, |unit, _| unit * 10.0);
        let digits = (if place < 0 { size * unit } else { size / unit } + 0.5).floor();
        let back = if place < 0 { digits / unit } else { digits * unit };
        if back as f32 == size as f32 {
            return back.copysign(exact);
        }
    }
    exact
}

#[cfg(not(target_arch = "wasm32"))]
fn wide(value: f32) -> f64 {
    parse(&value.to_string()).unwrap_or(f64::from(value))
}

/// In the page nothing is as far or as near as that but what is in the same place.
#[cfg(target_arch = "wasm32")]
fn wide(value: f32) -> f64 {
    f64::from(value)
}

/// A number printed with as many decimals as are asked for (`{:.2}`; without, as a whole number), rounded half away from
/// zero. The standard library prints every number exactly, and its tables for that are a hundredth of the page. What is no
/// number prints as 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dec(pub f64);

impl core::fmt::Display for Dec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let places = f.precision().unwrap_or(0).min(9) as u32;
        let unit = 10_u64.pow(places);
        // Beyond the whole numbers that a float holds exactly the decimals say nothing; the cast saturates.
        let scaled = (self.0.abs() * unit as f64 + 0.5) as u64;
        if self.0 < 0.0 && scaled > 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", scaled / unit)?;
        if places > 0 { write!(f, ".{:0width$}", scaled % unit, width = places as usize) } else { Ok(()) }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        let expected: f64 = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
        let found = parse(text).unwrap_or_else(|| panic!("{text} is not read"));
        assert_eq!(found.to_bits(), expected.to_bits(), "{text}: {found:e}, not {expected:e}");
    }

    #[test]
    fn hard_numbers_are_read_as_the_standard_library_reads_them() {
        let numbers = "0 -0 0.0 -0.0e5 1 +1 1. .5 -2.50 0.1 0.3 1e0 1E5 1e+5 1e-5 9007199254740993 \
             9007199254740992.999999999999999999999999 9007199254740993.00000000000000000000001 \
             1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1e309 1e400 1e99999999999 \
             2.2250738585072011e-308 2.2250738585072014e-308 2.225073858507201e-308 5e-324 4.9e-324 \
             2.4703282292062327208299439634110764e-324 2.4703282292062328e-324 2e-324 1e-400 1e-99999999999 \
             7.4109846876186982e-324 123456789012345678901234567890 \
             0.000000000000000000000000000000000001e40 6.02214076e23 8.5";
        for text in numbers.split(' ').chain([&*format!("{:.1}", f64::MAX)]) {
            check(text);
        }
        let long = |digit: &str, many: usize| digit.repeat(many);
        check(&format!("0.{}", long("3", 2_000)));
        check(&format!("{}e-1900", long("9", 2_000)));
        check(&format!("1.{}1", long("0", 900)));
        // Halfway between two numbers, decided by a digit far behind.
        check(&format!("9007199254740993.{}1", long("0", 1_500)));
        check(&format!("9007199254740993{}1e-1501", long("0", 1_500)));
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "1.2.3", "1 ", "0x10", "1_000", "inf", "NaN", "١", "1e5.0",
            "--1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_printed_is_read_back(bits: u64) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                check(&format!("{number:e}"));
                check(&format!("{number}"));
                check(&format!("{number:.20e}"));
            }
        }

        #[test]
        fn any_digits_are_read_as_the_standard_library_reads_them(
            text in "-?[0-9]{0,25}\\.?[0-9]{1,25}(e-?[0-9]{1,3})?"
        ) {
            check(&text);
        }
    }

    #[test]
    fn a_single_is_the_shortest_decimal_that_the_standard_library_prints() {
        let same = |value: f32| {
            let expected = parse(&value.to_string()).unwrap_or(f64::from(value));
            assert_eq!(single(value).to_bits(), expected.to_bits(), "{value}");
        };
        let edges = [0.0, -0.0, 1.0, 0.1, 0.3, 1e-13, 1e-14, 1e28, 5e27, 16_777_216.0, 33_554_436.0];
        edges.into_iter().chain([f32::MAX, f32::MIN_POSITIVE, f32::INFINITY, 1e-45]).for_each(same);
        let mut rng = crate::types::Rng::new(3, 1);
        for _ in 0..200_000 {
            let value = f32::from_bits(rng.below(1 << 32) as u32);
            if !value.is_nan() {
                same(value);
            }
            // Distances, and quarters and eighths among large numbers, where two decimals are equally near.
            same(rng.below(1 << 24) as f32 / (1 << 22) as f32);
            same(rng.below(1 << 24) as f32 / 4.0);
            same(rng.below(1 << 24) as f32 / 8.0);
        }
    }

    #[test]
    fn decimals_are_printed_as_the_standard_library_does_up_to_ties() {
        let mut rng = crate::types::Rng::new(9, 1);
        for _ in 0..20_000 {
            let value = (rng.below(2_000_000_000) as f64 - 1e9) / 10_f64.powi(rng.below(7) as i32);
            for places in 0..4 {
                let ours: f64 = format!("{:.places$}", Dec(value)).parse().expect("a number");
                assert!((ours - value).abs() <= 0.500_001 / 10_f64.powi(places as i32), "{value} {ours}");
            }
        }
        let said =
            [0.0, -0.04, 1.25, -2.5, 1234.5678, f64::NAN, 1e300].map(|value| format!("{:.1}", Dec(value)));
        assert_eq!(said[..6], ["0.0", "0.0", "1.3", "-2.5", "1234.6", "0.0"]);
    }
}
