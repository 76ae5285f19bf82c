//! A door for libraries that panic where a file is damaged: what they say then is an error like any other.
//!
//! What is called through it must not be used any more when it failed. The program's own faults do not belong here: only calls
//! of libraries go through it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `call` gives; where it panics, what it said.
///
/// # Errors
/// If it panics.
pub fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    let before = IS_GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(before);
    outcome.map_err(|what| words_of(&*what))
}

/// Whether this thread is within such a call: its panic is no fault of the program, and nobody is to be told of it.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// From now on nothing is printed of such panics.
pub fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !is_guarded() {
                before(info);
            }
        }));
    });
}

fn words_of(what: &(dyn Any + Send)) -> String {
    let text = what.downcast_ref::<&str>().copied().or_else(|| what.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a fault without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{guarded, is_guarded};

    #[test]
    fn a_panic_is_what_it_said_and_whatever_else_comes_back() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| std::panic::panic_any("odd")), Err::<(), _>("odd".to_owned()));
        assert_eq!(guarded(|| panic!("{} odd", 3)), Err::<(), _>("3 odd".to_owned()));
        assert_eq!(guarded(|| (guarded(|| std::panic::panic_any(1)).is_err(), is_guarded())), Ok((true, true)));
        assert!(!is_guarded());
    }
}
