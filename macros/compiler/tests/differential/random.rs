//! Reproducible choices, and the numbers that tensors hold.

/// Reproducible random numbers (SplitMix64).
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// The numbers of a tensor, exact in f32. The last part of its name says of what kind they are: `label0_4` is whole
/// and below 4, what begins with `positive` or ends in `var` is between 0.25 and 1.75, all else between -1.5 and 1.5.
pub(crate) fn data(seed: u64, name: &str, count: usize) -> Vec<f64> {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut random = Random::new(name.bytes().fold(0xcbf2_9ce4_8422_2325 ^ (seed << 20), hash));
    let last = name.rsplit('.').next().unwrap_or(name);
    let classes = last.strip_prefix("label").and_then(|rest| rest.split('_').nth(1)?.parse::<f64>().ok());
    let value = |uniform: f64| match classes {
        Some(classes) => (uniform * classes).floor(),
        None if last.starts_with("positive") || last.ends_with("var") => 0.25 + 1.5 * uniform,
        None => 3.0 * uniform - 1.5,
    };
    (0..count).map(|_| f64::from(value(random.uniform()) as f32)).collect()
}
