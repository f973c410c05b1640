//! Random numbers: known answers, distributions, independence of threads and instruction sets.

use macrograd_runtime::initialise::initialise;
use macrograd_runtime::isa::{IsaLevel, best_isa, force_isa};
use macrograd_runtime::random::{Philox, philox, stream_of, uniform_f32};
use macrograd_runtime::state::Init;
use std::sync::Mutex;

/// The instruction set is a setting of the process.
static ISA: Mutex<()> = Mutex::new(());

/// Vectors of the reference implementation (Random123, `kat_vectors`, philox4x32 10).
#[test]
fn philox_gives_the_known_answers() {
    for (counter, key, expected) in [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ] {
        assert_eq!(philox(counter, key), expected);
    }
}

#[test]
fn streams_are_fnv_1a() {
    assert_eq!(stream_of(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(stream_of("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(stream_of("foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn uniform_covers_its_interval() {
    assert_eq!(uniform_f32(0), 0.0);
    assert_eq!(uniform_f32(u32::MAX), 1.0 - 1.0 / 16_777_216.0);
    assert_eq!(uniform_f32(1 << 31), 0.5);
}

/// Element `i` in `f64`, from the definition.
fn initialise_ref(i: usize, init: Init, seed: u64, stream: u64) -> f64 {
    let block = (i / 4) as u64;
    let counter = [block as u32, (block >> 32) as u32, stream as u32, (stream >> 32) as u32];
    let words = philox(counter, [seed as u32, (seed >> 32) as u32]);
    match init {
        Init::Constant(value) => value,
        Init::Uniform { low, high } => low + f64::from(uniform_f32(words[i % 4])) * (high - low),
        Init::Normal { mean, std } => {
            let pair = i % 4 / 2 * 2;
            let uniform = (f64::from(words[pair] >> 1) + 0.5) / 2f64.powi(31);
            let radius = (-2.0 * uniform.ln()).sqrt();
            // The middle of quadrant 0 is angle 0.
            let quarter_turns = f64::from(words[pair + 1]) / 2f64.powi(30);
            let fraction = quarter_turns.fract();
            let centred = quarter_turns.floor() + if fraction < 0.5 { fraction } else { fraction - 1.0 };
            let angle = centred * std::f64::consts::FRAC_PI_2;
            let unit = if i.is_multiple_of(2) { angle.cos() } else { angle.sin() };
            mean + std * radius * unit
        }
        Init::NormalExcept { start, end, .. } if (start..end).contains(&i) => 0.0,
        Init::NormalExcept { std, .. } => initialise_ref(i, Init::Normal { mean: 0.0, std }, seed, stream),
        other => panic!("{other:?} is tested beside other structures"),
    }
}

const UNIFORM: Init = Init::Uniform { low: -0.25, high: 0.75 };
const NORMAL: Init = Init::Normal { mean: 0.5, std: 2.0 };
const EXCEPT: Init = Init::NormalExcept { std: 2.0, start: 1, end: 3 };

const LENS: &[usize] = &[0, 1, 3, 63, 64, 65, 127, 1009];

#[test]
fn initial_values_match_their_definition() {
    let _guard = ISA.lock();
    let best = best_isa();
    for (init, lens) in [(UNIFORM, LENS), (NORMAL, LENS), (Init::Constant(0.75), LENS), (EXCEPT, &LENS[2..])]
    {
        for &len in lens {
            let mut values = vec![f32::NAN; len];
            initialise(&mut values, &[], init, 0x1234_5678_9abc_def0, stream_of("fc1.weight"));
            for (i, &value) in values.iter().enumerate() {
                let expected = initialise_ref(i, init, 0x1234_5678_9abc_def0, stream_of("fc1.weight"));
                // Near uniform = 1 the radius is the root of a difference of f32 numbers that lie 2^-24 apart.
                let is_normal = init == NORMAL || init == EXCEPT;
                let tolerance = if is_normal { 1e-3 } else { 1e-7 };
                assert!((f64::from(value) - expected).abs() < tolerance, "{init:?} {i}: {value} {expected}");
            }
            for level in [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512] {
                if level <= best {
                    force_isa(level);
                    let mut again = vec![f32::NAN; len];
                    initialise(&mut again, &[], init, 0x1234_5678_9abc_def0, stream_of("fc1.weight"));
                    assert!(values.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()), "{level:?}");
                }
            }
            force_isa(best);
        }
    }
}

#[test]
fn initial_values_do_not_depend_on_threads() {
    let _guard = ISA.lock();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool starts");
        let mut values = vec![f32::NAN; 100_003];
        pool.install(|| initialise(&mut values, &[], NORMAL, 7, 9));
        values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    let serial = run(1);
    assert_eq!(serial, run(3));
    let mut prefix = vec![0.0; 70_001];
    initialise(&mut prefix, &[], NORMAL, 7, 9);
    assert!(prefix.iter().zip(&serial).all(|(value, &bits)| value.to_bits() == bits));
}

#[test]
fn distributions_have_their_moments() {
    let _guard = ISA.lock();
    let mut values = vec![0.0; 200_000];
    let moment = |values: &[f32], centre: f64, power: i32| {
        values.iter().map(|&value| (f64::from(value) - centre).powi(power)).sum::<f64>() / values.len() as f64
    };
    initialise(&mut values, &[], UNIFORM, 3, 4);
    assert!(values.iter().all(|value| (-0.25..0.75).contains(value)));
    assert!((moment(&values, 0.0, 1) - 0.25).abs() < 0.003);
    assert!((moment(&values, 0.25, 2) - 1.0 / 12.0).abs() < 0.001);

    initialise(&mut values, &[], Init::Normal { mean: 0.0, std: 1.0 }, 3, 4);
    assert!(moment(&values, 0.0, 1).abs() < 0.01);
    assert!((moment(&values, 0.0, 2) - 1.0).abs() < 0.02);
    assert!(moment(&values, 0.0, 3).abs() < 0.04);
    assert!((moment(&values, 0.0, 4) - 3.0).abs() < 0.1);
    let product = values.chunks_exact(2).map(|pair| f64::from(pair[0] * pair[1])).sum::<f64>() / 100_000.0;
    assert!(product.abs() < 0.02, "the two numbers of a pair are independent");
}

#[test]
fn a_uniform_interval_excludes_its_end() {
    let _guard = ISA.lock();
    // One step of f32 wide: half of the products round to the end.
    let (low, high) = (1.0, 1.0 + f32::EPSILON);
    let mut values = vec![0.0; 4096];
    initialise(&mut values, &[], Init::Uniform { low: low.into(), high: high.into() }, 1, 1);
    assert!(values.iter().all(|&value| value == low));
}

#[test]
fn generator_draws_the_words_of_its_stream() {
    let mut generator = Philox::new(0, 0);
    let first: Vec<u32> = (0..4).map(|_| generator.next_u32()).collect();
    assert_eq!(first, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(generator.next_u32(), philox([1, 0, 0, 0], [0; 2])[0]);
    assert_ne!(Philox::new(0, 1).next_u32(), first[0]);
    assert_ne!(Philox::new(1, 0).next_u32(), first[0]);
    assert!((0..1000).all(|_| (0.0..1.0).contains(&generator.next_f32())));
}

#[test]
fn below_is_even_and_shuffle_permutes() {
    let mut generator = Philox::new(5, 6);
    let mut counts = [0; 7];
    for _ in 0..70_000 {
        counts[generator.below(7)] += 1;
    }
    assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    assert_eq!(generator.below(1), 0);

    // Every order of three items comes up, about equally often.
    let mut orders = std::collections::BTreeMap::new();
    for _ in 0..6_000 {
        let mut items = [0, 1, 2];
        generator.shuffle(&mut items);
        *orders.entry(items).or_insert(0) += 1;
    }
    assert_eq!(orders.len(), 6);
    assert!(orders.values().all(|count| (850..1150).contains(count)), "{orders:?}");
    generator.shuffle::<u8>(&mut []);
}
