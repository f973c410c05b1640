//! Sounds: samples of every format, windows, and what is said about files that are wrong.

mod folder;

use std::fs;

use folder::Folder;
use macrograd::Error;
use macrograd::data::wav::{Sound, SoundFolder};
use macrograd::data::{Dataset, Loader, Philox};

fn path(name: &str) -> String {
    format!("{}/tests/wav/{name}.wav", env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("something is wrong").to_string();
    println!("{text}");
    for fragment in fragments {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

/// Sample `i` of the left channel.
fn left(i: usize) -> f32 {
    (i as f32 - 50.0) / 64.0
}

#[test]
fn samples_of_every_format_are_reals() {
    for (name, channels, tolerance) in
        [("u8", 1, 1.0 / 128.0), ("i16", 2, 0.0), ("i24", 1, 0.0), ("i32", 1, 0.0), ("f32", 2, 0.0)]
    {
        let sound = Sound::open(path(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (sound.rate, sound.channels.len(), sound.channels[0].len()),
            (8000, channels, 100),
            "{name}"
        );
        for i in 0..100 {
            let found = sound.channels[0][i];
            assert!((found - left(i)).abs() <= tolerance, "{name}: {found}, not {}", left(i));
            if channels == 2 {
                assert_eq!(sound.channels[1][i], -found);
            }
        }
        let mono = sound.mono();
        assert!(
            mono.iter()
                .zip(0..)
                .all(|(&x, i)| (x - if channels == 2 { 0.0 } else { left(i) }).abs() <= tolerance)
        );
    }
}

fn sounds(test: &str) -> Folder {
    let folder = Folder::new(test);
    for (from, class, to) in [("i16", "b", "x.wav"), ("u8", "b", "y.WAV"), ("i32", "a", "z.wav")] {
        fs::create_dir_all(folder.0.join(class)).expect("the folder is ours");
        fs::copy(path(from), folder.0.join(class).join(to)).expect("the folder is ours");
    }
    folder
}

#[test]
fn sounds_are_cut_into_windows() {
    let folder = sounds("windows");
    let data = SoundFolder::<30>::open(&folder.0, 8000).expect("three sounds");
    assert_eq!((data.classes(), data.len()), (&["a".to_owned(), "b".to_owned()][..], 9));
    assert_eq!(data.labels(), [0, 0, 0, 1, 1, 1, 1, 1, 1]);
    assert_eq!((0..9).map(|index| data.file_of(index)).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    let (window, label) = data.sample(1).expect("a good file");
    assert_eq!((window.as_slice(), label), (&(30..60).map(left).collect::<Vec<_>>()[..], 0));
    assert!(
        data.sample(4).expect("a good file").0.as_slice().iter().all(|&x| x == 0.0),
        "the mean of both sides"
    );
    let overlapping = data.clone().hop(10);
    assert_eq!(overlapping.len(), 24);
    assert_eq!(overlapping.sample(7).expect("a good file").0.as_slice()[29], left(99));
    let long = SoundFolder::<128>::open(&folder.0, 8000).expect("three sounds");
    let (window, _) = long.sample(0).expect("a good file");
    assert_eq!((long.len(), window.as_slice()[99], window.as_slice()[100]), (3, left(99), 0.0));
    let whole = SoundFolder::<100>::open(&folder.0, 8000).expect("three sounds");
    assert_eq!(whole.hop(1).len(), 3);
    let samples: usize =
        Loader::new(data, 4).workers(2).epoch(0).map(|batch| batch.expect("good").1.numel()).sum();
    assert_eq!(samples, 9);
}

#[test]
fn wrong_sounds_are_named() {
    let folder = sounds("wrong");
    let open = || SoundFolder::<30>::open(&folder.0, 8000);
    assert_says(
        SoundFolder::<30>::open(&folder.0, 16000),
        &["a/z.wav: the sound has 8000 samples", "16000", "sox"],
    );
    folder.write("a/z.wav", b"RIFF....");
    assert_says(open(), &["a/z.wav", "fetch"]);
    folder.write("a/z.wav", b"this is a text, not a sound at all");
    assert_says(open(), &["a/z.wav: it is not a WAV file, or damaged"]);
    fs::copy(path("f64"), folder.0.join("a/z.wav")).expect("the folder is ours");
    assert_says(Sound::open(folder.0.join("a/z.wav")), &["its format is not read"]);
    assert_says(Sound::open(folder.0.join("absent")), &["cannot read"]);
    // Cut after it was measured.
    fs::copy(path("i32"), folder.0.join("a/z.wav")).expect("the folder is ours");
    // A sound of no class can be listened to, but not learned from.
    let flat = SoundFolder::<30>::open(folder.0.join("a"), 8000).and_then(|data| data.sample(0));
    assert_says(flat, &["it holds 1 sounds, but no folders"]);
    let data = open().expect("three sounds");
    let whole = fs::read(path("i32")).expect("checked in");
    folder.write("a/z.wav", &whole[..whole.len() / 2]);
    let error = (0..3).map(|index| data.sample(index)).find(Result::is_err).expect("half is missing");
    assert_says(error, &["a/z.wav"]);
}

#[test]
fn damaged_sounds_never_panic() {
    let folder = Folder::new("damaged");
    fs::create_dir(folder.0.join("a")).expect("the folder is ours");
    for name in ["u8", "i16", "i24", "f32"] {
        let whole = fs::read(path(name)).expect("checked in");
        let check = |bytes: &[u8]| {
            let _ = Sound::open(folder.write("a/x.wav", bytes));
            if let Ok(data) = SoundFolder::<7>::open(&folder.0, 8000) {
                let _ = (data.sample(0), data.sample(data.len() - 1));
            }
        };
        for end in (0..whole.len()).step_by(3) {
            check(&whole[..end]);
        }
        for seed in 0..300 {
            let (mut random, mut bytes) = (Philox::new(seed, 0), whole.clone());
            for _ in 0..=random.below(4) {
                // Mostly in the header.
                let most = if random.next_f32() < 0.8 { 60 } else { bytes.len() };
                let place = random.below(most);
                bytes[place] = random.next_u32() as u8;
            }
            check(&bytes);
        }
    }
}
