//! How many of the process's descriptors guests may have.
//!
//! The last quarter of the table is never used for memory, and the last eighth not for guest processes
//! either: it is the embedder's. Of the rest a machine may have no more for memory than it leaves to
//! others. So each further one finds some, however greedy those before it are: the first gets half, the
//! second half of what is left then.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::process::{Resource, getrlimit};

/// As many as any machine may have while there are some: a dynamic program has about half of them.
const LEAST: u64 = 32;

/// Whether a machine with `count` descriptors for memory may keep a new one. Linux gives the lowest
/// free number, so that its number tells how many are in use.
pub fn allows(new: &OwnedFd, count: usize) -> bool {
    is_within_share(number(new), count as u64, table_size())
}

/// Whether a guest process may keep its descriptors, of which this is the last one.
pub fn leaves_some(new: &OwnedFd) -> bool {
    is_below_last_eighth(number(new), table_size())
}

/// Whether there are so many descriptors left that this one may be kept for something that comes later.
pub fn has_plenty(descriptor: &OwnedFd) -> bool {
    number(descriptor) < table_size() / 4
}

fn number(descriptor: &OwnedFd) -> u64 {
    u64::try_from(descriptor.as_raw_fd()).unwrap_or(u64::MAX)
}

fn table_size() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn is_below_last_eighth(number: u64, size: u64) -> bool {
    number < size - size / 8
}

fn is_within_share(number: u64, count: u64, size: u64) -> bool {
    let left = (size - size / 4).saturating_sub(number);
    left > 0 && count < left.max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many a machine gets if so many are in use.
    fn gets(used: u64, size: u64) -> u64 {
        (0..size).take_while(|count| is_within_share(used + count, *count, size)).count() as u64
    }

    #[test]
    fn a_machine_leaves_as_many_as_it_has_and_all_leave_a_quarter() {
        let (mut used, mut got) = (40, Vec::new());
        for _ in 0..5 {
            got.push(gets(used, 256));
            used += got.last().unwrap();
        }
        assert_eq!(got, [76, 38, 32, 6, 0]);
        assert!(used <= 192);
    }

    #[test]
    fn a_guest_process_gets_what_memory_does_not_and_leaves_an_eighth() {
        assert!(!is_within_share(192, 0, 256) && is_below_last_eighth(192, 256));
        assert!(is_below_last_eighth(223, 256));
        assert!(!is_below_last_eighth(224, 256));
        assert!(is_below_last_eighth(100_000, u64::MAX));
    }

    #[test]
    fn nothing_is_taken_from_a_full_table() {
        assert!(is_within_share(191, 0, 256));
        assert!(!is_within_share(192, 0, 256));
        assert!(!is_within_share(255, 0, 256));
        assert!(is_within_share(100_000, 100_000, u64::MAX));
    }
}
