//! The memory in which argon2 works. To get 19 MiB page by page from the system, and to give them back, takes a fifth of
//! a hash: so they are handed on while somebody waits for a turn, and kept by nobody when nobody does.
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Block;
use zeroize::Zeroize;

/// Shared by all who hash. Cheap to clone.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Spare>>);

#[derive(Default)]
struct Spare {
    waiting: usize,
    blocks: Vec<Kept>,
}

/// Overwritten before it is given back: what a password was can be found out from it.
#[derive(Default)]
struct Kept(Vec<Block>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Memory {
    fn spare(&self) -> MutexGuard<'_, Spare> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one who waits for a turn.
    pub fn waits(&self) -> Waits {
        self.spare().waiting += 1;
        Waits(self.clone())
    }
}

/// One who waits, until they have their turn or give up.
pub struct Waits(Memory);

impl Waits {
    /// What they work in: that of somebody before them, or what they ask of the system.
    pub fn lent(self) -> Blocks {
        let kept = self.0.spare().blocks.pop().unwrap_or_default();
        Blocks { of: self.0.clone(), kept }
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut spare = self.0.spare();
        spare.waiting -= 1;
        if spare.waiting == 0 {
            spare.blocks.clear();
        }
    }
}

/// What one hash works in.
pub struct Blocks {
    of: Memory,
    kept: Kept,
}

impl Blocks {
    pub fn at_least(&mut self, blocks: usize) -> &mut [Block] {
        if self.kept.0.len() < blocks {
            self.kept.0.resize(blocks, Block::new());
        }
        self.kept.0.get_mut(..blocks).unwrap_or_default()
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        let kept = take(&mut self.kept);
        let mut spare = self.of.spare();
        // No more than there are takers: what is left over would be overwritten by the last of them, on its thread.
        if spare.waiting > spare.blocks.len() {
            spare.blocks.push(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_handed_on_while_somebody_waits_and_kept_by_nobody() {
        let memory = Memory::default();
        let mut first = memory.waits().lent();
        let place = first.at_least(8).as_ptr();
        let (second, third) = (memory.waits(), memory.waits());
        drop(first);
        let mut lent = second.lent();
        assert_eq!(lent.at_least(8).as_ptr(), place, "it was not handed on");
        let other = memory.waits().lent();
        drop((lent, other));
        assert_eq!(memory.spare().blocks.len(), 1, "one waits, so one is kept");
        // Whoever waited gives up.
        drop(third);
        assert_eq!(memory.spare().blocks.len(), 0, "19 MiB are kept by nobody");
        memory.waits().lent().at_least(8);
        assert_eq!(memory.spare().blocks.len(), 0);
    }

    #[test]
    fn fewer_blocks_than_there_are_is_what_was_asked_for() {
        let memory = Memory::default();
        let mut blocks = memory.waits().lent();
        assert_eq!(blocks.at_least(8).len(), 8);
        assert_eq!(blocks.at_least(4).len(), 4);
        assert_eq!(blocks.at_least(16).len(), 16);
    }
}
