//! How often something is done that takes a while.

use std::time::{Duration, Instant};

/// Lets something happen at a bounded rate, and take a bounded share of the time.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    next: Instant,
    interval: Duration,
    /// For how many times as long as it takes it is not done again.
    rest: u32,
}

impl Pace {
    /// At most once in `interval`, and for at most a `1 / (rest + 1)` of the time.
    pub(super) fn new(interval: Duration, rest: u32) -> Self {
        Pace { next: Instant::now(), interval, rest }
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// It was done just now, and took this long.
    pub(super) fn done(&mut self, cost: Duration) {
        self.next = Instant::now() + self.interval.max(cost * self.rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_rarely() {
        let mut pace = Pace::new(Duration::from_millis(100), 100);
        assert!(pace.is_due());
        pace.done(Duration::from_micros(10));
        let left = pace.next - Instant::now();
        assert!(left <= Duration::from_millis(100) && !pace.is_due(), "{left:?}");
        pace.done(Duration::from_secs(1));
        assert!(pace.next - Instant::now() > Duration::from_secs(99));
    }
}
