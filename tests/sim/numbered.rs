//! What is known by a number that counts up: found at once, and gone through in that order.

use std::iter;

#[derive(Debug)]
pub(crate) struct Numbered<T>(Vec<Option<T>>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Numbered<T> {
    /// The number of the next.
    pub(crate) fn next(&self) -> u64 {
        self.0.len() as u64
    }

    /// Gives it that number.
    pub(crate) fn push(&mut self, one: T) {
        self.0.push(Some(one));
    }

    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        self.0.get(place(number)?)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.0.get_mut(place(number)?)?.as_mut()
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<T> {
        self.0.get_mut(place(number)?)?.take()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let all = iter::zip(0.., &self.0);
        all.filter_map(|(number, one)| Some((number, one.as_ref()?)))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// Drops all others.
    pub(crate) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        for one in &mut self.0 {
            drop(one.take_if(|one| !keeps(one)));
        }
    }
}

fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}
