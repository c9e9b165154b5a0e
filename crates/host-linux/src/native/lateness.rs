//! How late a guest is that has something to do for the host.

/// What a look counts at which the guest could have done it, and at which it could not.
const WHOLE: u32 = 8;
const PART: u32 = 1;

/// How many looks may find it late, if it could have done what it had to.
const PATIENCE: u32 = 2;

/// Nanoseconds that threads have waited for a processor, from one look to the next, from which on
/// the computer is what is late.
const BUSY: u64 = 1_000_000_000;

/// How often something has been found late. Looks are counted, not timed: a computer that stands still for
/// a while makes no guest late.
///
/// One at which the guest has waited for a processor, or the host has not come to hear it, counts an
/// eighth: a guest may bring that about, too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lateness {
    looks: u32,
    /// What [`Seen::waited`] was.
    waited: u64,
}

/// What a look has found besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Nanoseconds that the guest's threads have waited for a processor, ever.
    pub waited: u64,
    /// The host has not heard all that the guest has said.
    pub is_host_behind: bool,
}

impl Lateness {
    /// Counts a look. Whether it was one too many.
    pub fn count(&mut self, Seen { waited, is_host_behind }: Seen) -> bool {
        let is_busy = waited.saturating_sub(self.waited) >= BUSY;
        self.waited = waited;
        self.looks =
            self.looks.saturating_add(if is_host_behind || is_busy { PART } else { WHOLE });
        self.is_too_much()
    }

    /// Whether it has been found late too often.
    pub fn is_too_much(&self) -> bool {
        self.looks > PATIENCE * WHOLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which look it is too late, if it waits so much longer at each.
    fn ends_at(step: u64, is_host_behind: bool) -> Option<u64> {
        let mut lateness = Lateness::default();
        (1..100).find(|look| lateness.count(Seen { waited: look * step, is_host_behind }))
    }

    #[test]
    fn a_guest_that_could_have_run_has_three_looks_and_one_that_could_not_many() {
        assert_eq!(ends_at(0, false), Some(3));
        assert_eq!(ends_at(BUSY - 1, false), Some(3));
        assert_eq!(ends_at(BUSY, false), Some(17));
        assert_eq!(ends_at(0, true), Some(17));
    }
}
