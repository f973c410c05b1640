//! Loaders: what an epoch holds for any number of threads, how far ahead they go, and what happens when samples fail.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use macrograd::Error;
use macrograd::data::split::WeightedSampler;
use macrograd::data::{Dataset, Loader, Philox, Sample};

const WORKERS: [usize; 4] = [0, 1, 2, 5];

/// Samples that are their own indices.
fn numbered(len: usize) -> Vec<(u32,)> {
    (0..len as u32).map(|index| (index,)).collect()
}

/// The batches of an epoch as plain numbers.
fn batches<D: Dataset<Sample = (u32,)>>(loader: &Loader<D>, epoch: u64) -> Vec<Vec<u32>> {
    loader.epoch(epoch).map(|batch| batch.expect("samples in memory").0.into_vec()).collect()
}

#[test]
fn an_epoch_is_the_same_for_any_number_of_threads() {
    for len in [0, 1, 7, 8, 9, 64, 100] {
        for batch_size in [1, 3, 8, 200] {
            for seed in 0..3 {
                let loader = Loader::new(numbered(len), batch_size).shuffle(seed);
                let expected = batches(&loader.clone().workers(0), 2);
                for workers in WORKERS {
                    assert_eq!(batches(&loader.clone().workers(workers), 2), expected, "{len} {batch_size}");
                }
                let mut all: Vec<u32> = expected.concat();
                all.sort_unstable();
                assert_eq!(all, (0..len as u32).collect::<Vec<_>>(), "each sample once");
                assert!(expected.iter().rev().skip(1).all(|batch| batch.len() == batch_size));
                assert_eq!(expected.len(), len.div_ceil(batch_size));
            }
        }
    }
}

#[test]
fn sizes_are_told_before() {
    for (len, batch_size) in [(0, 4), (1, 4), (3, 4), (4, 4), (5, 4), (8, 4), (9, 4)] {
        for drop_last in [false, true] {
            for workers in WORKERS {
                let mut loader = Loader::new(numbered(len), batch_size).workers(workers);
                if drop_last {
                    loader = loader.drop_last();
                }
                let mut epoch = loader.epoch(0);
                assert_eq!(epoch.len(), loader.num_batches());
                let mut samples = 0;
                for position in 0..loader.num_batches() {
                    assert_eq!(epoch.position(), position);
                    let expected = epoch.next_len();
                    let batch = epoch.next().expect("counted").expect("in memory").0;
                    assert_eq!(batch.numel(), expected);
                    samples += expected;
                }
                assert!(epoch.next().is_none() && epoch.next().is_none());
                assert_eq!((epoch.next_len(), epoch.len()), (0, 0));
                assert_eq!(samples, loader.num_samples());
                assert_eq!(samples, if drop_last { len / batch_size * batch_size } else { len });
            }
        }
    }
}

#[test]
fn the_order_depends_on_seed_and_epoch() {
    let order = |seed, epoch| batches(&Loader::new(numbered(50), 8).shuffle(seed), epoch).concat();
    let orders: BTreeSet<Vec<u32>> =
        (0..4).flat_map(|seed| (0..4).map(move |epoch| (seed, epoch))).map(|(s, e)| order(s, e)).collect();
    assert_eq!(orders.len(), 16, "all of them differ");
    assert_eq!(order(3, 3), order(3, 3));
    let given = Loader::new(numbered(50), 8);
    assert_eq!(batches(&given, 0).concat(), (0..50).collect::<Vec<_>>());
    assert_eq!(batches(&given, 0), batches(&given, 5));
}

#[test]
fn an_epoch_goes_on_from_any_batch() {
    let data = numbered(23).augment(|(x,), random| (x ^ (random.next_u32() << 8),));
    for workers in WORKERS {
        let loader = Loader::new(Arc::new(data.clone()), 4).shuffle(7).workers(workers);
        let whole = batches(&loader, 3);
        for first in 0..8 {
            let rest: Vec<Vec<u32>> =
                loader.epoch_from(3, first).map(|batch| batch.expect("in memory").0.into_vec()).collect();
            assert_eq!(rest, whole[first.min(whole.len())..], "from batch {first}");
        }
    }
}

#[test]
fn augmented_samples_have_the_same_bits_for_any_number_of_threads() {
    let noisy = |(x,): (f32,), random: &mut Philox| (x + random.next_f32(),);
    let plain: Vec<(f32,)> = (0..40).map(|x| (x as f32,)).collect();
    let data = Arc::new(plain.augment(noisy));
    let epoch = |loader: &Loader<_>, number| -> Vec<u32> {
        loader
            .epoch(number)
            .flat_map(|batch: Result<(macrograd::Tensor<f32, (usize,)>,), Error>| {
                batch.expect("in memory").0.into_vec()
            })
            .map(f32::to_bits)
            .collect()
    };
    let loader = Loader::new(data.clone(), 8).shuffle(1);
    let first = epoch(&loader, 0);
    for workers in WORKERS {
        assert_eq!(epoch(&loader.clone().workers(workers), 0), first);
    }
    assert_ne!(epoch(&loader, 1), first, "another epoch");
    assert_ne!(epoch(&Loader::new(data.clone(), 8).shuffle(2), 0), first, "another seed");
    let draws: BTreeSet<u32> = first.iter().map(|&bits| f32::from_bits(bits).fract().to_bits()).collect();
    assert!(draws.len() > 30, "each sample has numbers of its own");
    // The size of batches cuts the same epoch in another way.
    assert_eq!(epoch(&Loader::new(data.clone(), 5).shuffle(1), 0), first);
    // Evaluation sees samples as they are.
    let evaluated = epoch(&Loader::new(data, 8).workers(2), 0);
    assert_eq!(evaluated, (0..40).map(|x| (x as f32).to_bits()).collect::<Vec<_>>());
}

#[test]
fn adapters_pass_augmentation_on() {
    let data = numbered(10)
        .augment(|(x,), _| (x + 100,))
        .map(|(x,)| (x * 2,))
        .subset([3, 1])
        .augment(|(x,), _| (x + 1,));
    let data = Arc::new(data);
    assert_eq!(data.sample(0).expect("in memory"), (6,));
    assert_eq!(data.training_sample(0, &mut Philox::new(0, 0)).expect("in memory"), (207,));
    let mut seen = batches(&Loader::new(data, 2).shuffle(0), 0).concat();
    seen.sort_unstable();
    assert_eq!(seen, [203, 207]);
}

#[test]
fn drawn_samples_follow_their_weights() {
    let sampler = WeightedSampler::new([0.0, 1.0, 3.0, 0.0]).expect("good weights");
    let loader = Loader::new(numbered(4).augment(|(x,), random| (x | random.next_u32() << 8,)), 16).sample(
        sampler.clone(),
        4000,
        5,
    );
    assert_eq!((loader.num_samples(), loader.num_batches()), (4000, 250));
    let drawn = batches(&loader, 0).concat();
    let count = |index| drawn.iter().filter(|&&x| x & 0xff == index).count();
    assert_eq!((count(0), count(3)), (0, 0));
    assert!((count(2) as f64 / 4000.0 - 0.75).abs() < 0.03);
    let distinct: BTreeSet<u32> = drawn.iter().copied().collect();
    assert!(distinct.len() > 3900, "a sample that is drawn again is changed in another way");
    assert_ne!(batches(&loader, 1).concat(), drawn);
    for workers in WORKERS {
        assert_eq!(batches(&loader.clone().workers(workers), 0).concat(), drawn);
    }
    assert_eq!(Loader::new(numbered(4), 16).sample(sampler, 40, 5).drop_last().num_samples(), 32);
}

#[test]
#[should_panic(expected = "the sampler has 3 weights, but the data set has 2 samples")]
fn a_sampler_has_a_weight_for_each_sample() {
    let sampler = WeightedSampler::new([1.0; 3]).expect("good weights");
    let _ = Loader::new(numbered(2), 1).sample(sampler, 10, 0);
}

#[test]
#[should_panic(expected = "`batch_size` is 0")]
fn a_batch_holds_something() {
    let _ = Loader::new(numbered(2), 0);
}

#[test]
fn batches_are_changed_as_a_whole() {
    let loader = Loader::new(numbered(30), 4)
        .shuffle(3)
        .map_batch(|(mut x,), random| {
            let added = random.next_u32() << 8;
            x.as_mut_slice().iter_mut().for_each(|x| *x += added);
            (x,)
        })
        .map_batch(|(mut x,), _| {
            x.as_mut_slice()[0] |= 128;
            (x,)
        });
    let expected = batches(&loader, 1);
    for workers in WORKERS {
        assert_eq!(batches(&loader.clone().workers(workers), 1), expected);
    }
    let high: BTreeSet<u32> = expected.iter().map(|batch| batch[0] >> 8).collect();
    assert_eq!(high.len(), 8, "each batch has numbers of its own");
    for batch in &expected {
        assert!(batch.iter().all(|x| x >> 8 == batch[0] >> 8));
        assert!(batch[0] & 128 != 0 && batch[1] & 128 == 0, "both changes, in their order");
    }
    assert_ne!(batches(&loader, 2), expected);
}

/// Bytes that live, and the most at any time.
#[derive(Default)]
struct Live {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// A sample whose batch counts itself in [`Live`].
struct Counted(usize, Arc<Live>);

struct CountedBatch(usize, Arc<Live>);

impl Drop for CountedBatch {
    fn drop(&mut self) {
        self.1.now.fetch_sub(self.0, Ordering::SeqCst);
    }
}

impl Sample for Counted {
    type Batch = CountedBatch;

    fn collate(samples: Vec<Self>) -> Result<CountedBatch, Error> {
        let (bytes, live) = (samples.iter().map(|sample| sample.0).sum(), samples[0].1.clone());
        let now = live.now.fetch_add(bytes, Ordering::SeqCst) + bytes;
        live.most.fetch_max(now, Ordering::SeqCst);
        Ok(CountedBatch(bytes, live))
    }

    fn batch_bytes(batch: &CountedBatch) -> usize {
        batch.0
    }
}

struct CountedData(Arc<Live>, usize);

impl Dataset for CountedData {
    type Sample = Counted;

    fn len(&self) -> usize {
        60
    }

    fn sample(&self, _: usize) -> Result<Counted, Error> {
        Ok(Counted(self.1, self.0.clone()))
    }
}

#[test]
fn the_memory_limit_holds() {
    for workers in [1, 2, 5] {
        for memory in [0, 150, 200, 250, 450, 1_000_000] {
            let live = Arc::new(Live::default());
            let loader = Loader::new(CountedData(live.clone(), 100), 1).workers(workers).memory(memory);
            let mut seen = 0;
            for batch in loader.epoch(0) {
                // What the program holds is not counted as waiting.
                drop(batch.expect("no errors here"));
                seen += 1;
                if seen % 7 == 0 {
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
            assert_eq!((seen, live.now.load(Ordering::SeqCst)), (60, 0));
            // A batch that was taken lives until it is dropped, while the next one may be made; one alone may be larger.
            let most = live.most.load(Ordering::SeqCst);
            assert!(most <= memory.max(100) + 100, "{most} bytes with {workers} workers and {memory} bytes");
        }
    }
}

#[test]
fn batches_wait_within_the_limit() {
    let live = Arc::new(Live::default());
    let loader = Loader::new(CountedData(live.clone(), 100), 2).workers(5).memory(1000);
    let mut epoch = loader.epoch(0);
    drop(epoch.next());
    let start = Instant::now();
    while live.now.load(Ordering::SeqCst) < 1000 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(live.now.load(Ordering::SeqCst), 1000, "as many as there is room for");
    drop(epoch);
    assert_eq!(live.now.load(Ordering::SeqCst), 0);
}

/// A data set that fails at some indices.
struct Failing(Vec<usize>);

impl Dataset for Failing {
    type Sample = (u32,);

    fn len(&self) -> usize {
        20
    }

    fn sample(&self, index: usize) -> Result<(u32,), Error> {
        if self.0.contains(&index) {
            return Err(Error::Other("the disk is on fire".into()));
        }
        Ok((index as u32,))
    }
}

#[test]
fn an_error_comes_in_the_place_of_its_batch() {
    for workers in WORKERS {
        let mut epoch = Loader::new(Failing(vec![6, 13]), 3).workers(workers).epoch(0);
        let results: Vec<Result<Vec<u32>, String>> = epoch
            .by_ref()
            .map(|batch| batch.map(|(x,)| x.into_vec()).map_err(|error| error.to_string()))
            .collect();
        assert_eq!(results.len(), 7);
        for (position, result) in results.iter().enumerate() {
            match position {
                2 => assert_eq!(result, &Err("sample 6 of the data set: the disk is on fire".to_owned())),
                4 => assert_eq!(result, &Err("sample 13 of the data set: the disk is on fire".to_owned())),
                _ => assert_eq!(result.as_ref().expect("good samples")[0], position as u32 * 3),
            }
        }
    }
}

#[test]
fn files_of_errors_stay_in_front() {
    struct Files;
    impl Dataset for Files {
        type Sample = (f32,);

        fn len(&self) -> usize {
            1
        }

        fn sample(&self, _: usize) -> Result<(f32,), Error> {
            Err(Error::BadFile { path: "cat.png".into(), problem: "not an image".to_owned() })
        }
    }
    let error = Loader::new(Files, 1).epoch(0).next().expect("one batch").expect_err("a bad file");
    assert_eq!(error.to_string(), "cat.png: not an image");
}

#[test]
fn a_panic_comes_out_where_its_batch_is_taken() {
    struct Panicking;
    impl Dataset for Panicking {
        type Sample = (u32,);

        fn len(&self) -> usize {
            12
        }

        fn sample(&self, index: usize) -> Result<(u32,), Error> {
            assert!(index != 5, "sample five is cursed");
            Ok((index as u32,))
        }
    }
    for workers in WORKERS {
        let mut epoch = Loader::new(Panicking, 2).workers(workers).epoch(0);
        for expected in [[0, 1], [2, 3]] {
            assert_eq!(epoch.next().expect("six batches").expect("good").0.as_slice(), expected);
        }
        let panic = catch_unwind(AssertUnwindSafe(|| epoch.next())).expect_err("the panic of the data set");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"sample five is cursed"));
        // Who catches it goes on with the next batch.
        assert_eq!(epoch.next().expect("six batches").expect("good").0.as_slice(), [6, 7]);
        assert_eq!(epoch.count(), 2);
    }
}

/// Takes a while for each sample. The second part counts who holds it.
struct Slow(Duration, #[expect(dead_code)] Arc<()>);

impl Dataset for Slow {
    type Sample = (u32,);

    fn len(&self) -> usize {
        10_000
    }

    fn sample(&self, index: usize) -> Result<(u32,), Error> {
        std::thread::sleep(self.0);
        Ok((index as u32,))
    }
}

#[test]
fn dropping_an_epoch_ends_its_threads_within_a_sample() {
    for workers in [1, 2, 5] {
        let alive = Arc::new(());
        let loader = Loader::new(Slow(Duration::from_millis(5), alive.clone()), 1000).workers(workers);
        let epoch = loader.epoch(0);
        std::thread::sleep(Duration::from_millis(20));
        let start = Instant::now();
        drop(epoch);
        assert!(start.elapsed() < Duration::from_secs(1), "a batch takes five seconds");
        drop(loader);
        assert_eq!(Arc::strong_count(&alive), 1, "no thread holds the data set any more");
    }
}

#[test]
fn an_epoch_that_is_not_used_up_can_be_dropped_at_any_point() {
    for workers in WORKERS {
        for taken in 0..12 {
            let mut epoch = Loader::new(numbered(20), 2).shuffle(taken as u64).workers(workers).epoch(0);
            assert_eq!(epoch.by_ref().take(taken).count(), taken.min(10));
        }
    }
}

#[test]
fn waiting_is_measured() {
    let slow = || Slow(Duration::from_millis(10), Arc::new(()));
    for workers in [0, 1] {
        let mut epoch = Loader::new(slow(), 2).workers(workers).epoch(0);
        let _ = epoch.next();
        assert!(epoch.waited() >= Duration::from_millis(15), "{:?}", epoch.waited());
    }
}

#[test]
fn threads_share_the_work() {
    let take = |workers| {
        let start = Instant::now();
        let epoch = Loader::new(Slow(Duration::from_millis(5), Arc::new(())), 4).workers(workers).epoch(0);
        assert_eq!(epoch.take(20).count(), 20);
        start.elapsed()
    };
    let (one, five) = (take(1), take(5));
    assert!(five < one / 2, "{five:?} with five threads, {one:?} with one");
}

#[test]
fn ragged_batches_name_the_samples() {
    let samples: Vec<(Vec<f32>, u8)> = (0..9).map(|i| (vec![0.0; if i == 7 { 4 } else { 3 }], i)).collect();
    for workers in WORKERS {
        let data = Arc::new(samples.clone());
        let results: Vec<_> = Loader::new(data, 3).workers(workers).epoch(0).collect();
        assert!(results[0].is_ok() && results[1].is_ok());
        let error = results[2].as_ref().expect_err("sample 7 is longer");
        assert_eq!(
            error.to_string(),
            "samples of one batch must have equal shapes: sample 7 is [4], but sample 6 is [3]; pad, crop or resize \
             them, or use batches of 1"
        );
    }
    assert!(Loader::new(samples, 1).epoch(0).all(|batch| batch.is_ok()));
}

#[test]
fn splits_hold_every_sample_once() {
    for len in [0, 1, 2, 7, 50] {
        for part in [0.0, 0.2, 0.5, 1.0] {
            let (first, second) = numbered(len).split(part, 3);
            let mut all = [first.indices(), second.indices()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
            assert!((first.len() as f64 - part * len as f64).abs() < 1.0, "{part} of {len}");
        }
    }
}
