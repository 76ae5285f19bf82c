//! Something derived, kept until what it is derived from changes.

use std::sync::Arc;

/// The last thing that was made, with the key that it was made from.
#[derive(Debug)]
pub struct Memo<K, V> {
    kept: Option<(K, V)>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { kept: None }
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// What belongs to `key`: made now, unless it is what was made last.
    pub fn get(&mut self, key: K, make: impl FnOnce() -> V) -> &V {
        let kept = match self.kept.take() {
            Some(kept) if kept.0 == key => kept,
            _ => {
                let made = make();
                (key, made)
            }
        };
        &self.kept.insert(kept).1
    }

    /// What was made last, whatever its key.
    pub fn last(&self) -> Option<&V> {
        self.kept.as_ref().map(|(_, made)| made)
    }

    /// Whether what was made last belongs to `key`.
    pub fn is_of(&self, key: &K) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.0 == *key)
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.kept = None;
    }
}

/// Something shared, as a key: the same place, the same thing. Holding it keeps the place from being used again.
#[derive(Debug)]
pub struct ByPlace<T: ?Sized>(pub Arc<T>);

impl<T: ?Sized> Clone for ByPlace<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> PartialEq for ByPlace<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_again_only_for_another_key() {
        let mut memo = Memo::default();
        let mut n_made = 0;
        for key in [1, 1, 2, 2, 1] {
            assert_eq!(
                *memo.get(key, || {
                    n_made += 1;
                    key * 10
                }),
                key * 10
            );
        }
        assert_eq!(n_made, 3);
        assert!(memo.is_of(&1) && memo.last() == Some(&10));
        memo.clear();
        assert!(memo.last().is_none());
    }

    #[test]
    fn equal_things_in_two_places_are_two_keys() {
        let one = Arc::new("text".to_owned());
        assert_eq!(ByPlace(one.clone()), ByPlace(one.clone()));
        assert_ne!(ByPlace(one), ByPlace(Arc::new("text".to_owned())));
    }
}
