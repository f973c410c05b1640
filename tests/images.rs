//! Folders of images: decoding against PIL, sizes, and what is said about files that are wrong.

mod folder;

use std::fs;
use std::path::Path;

use folder::Folder;
use macrograd::Error;
use macrograd::data::augment::{Image, transform};
use macrograd::data::{Dataset, Fit, ImageFolder, Loader, Philox, npy, read_image};
use macrograd::prelude::*;
use macrograd::train::Trainer;

const H: usize = 12;
const W: usize = 10;

fn path(name: &str) -> String {
    format!("{}/tests/images/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("something is wrong").to_string();
    println!("{text}");
    for fragment in fragments {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

/// The red, green and blue of `make.py`.
fn colours() -> Image<3, H, W> {
    Tensor::from_fn((Const, Const, Const), |at| {
        let (row, column) = (at[1], at[2]);
        [row * 20, column * 25, 255 - row * 10 - column * 10][at[0]] as f32 / 255.0
    })
}

fn greys() -> Image<1, H, W> {
    Tensor::from_fn((Const, Const, Const), |at| (at[1] * 15 + at[2] * 5) as f32 / 255.0)
}

fn read<const C: usize>(name: &str) -> Image<C, H, W> {
    read_image(path(name), Fit::Exact).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn lossless_formats_give_the_bytes() {
    for name in ["rgb.png", "rgb.bmp", "rgb.webp"] {
        assert_eq!(read::<3>(name), colours(), "{name}");
    }
    assert_eq!(read::<1>("grey.png"), greys());
    assert_eq!(read::<1>("grey16.png"), greys());
    let rgba = read::<4>("rgba.png");
    assert_eq!(rgba.as_slice()[..3 * H * W], *colours().as_slice());
    assert_eq!(rgba.as_slice()[3 * H * W..], *greys().as_slice());
    assert_eq!(read::<3>("rgba.png"), colours(), "opacity is left out");
    let grey = read::<3>("grey.png");
    assert!(grey.as_slice().chunks(H * W).all(|channel| channel == greys().as_slice()));
    assert!(read::<4>("rgb.png").as_slice()[3 * H * W..].iter().all(|&x| x == 1.0));
}

#[test]
fn colours_are_decoded_as_by_pil() {
    for (name, tolerance) in [("rgb.jpg", 3), ("progressive.jpg", 4), ("palette.png", 0), ("grey.jpg", 2)] {
        let expected: Tensor<u8, (Const<H>, Const<W>, Const<3>)> =
            npy::read(path(&format!("{name}.npy"))).expect("checked in");
        let found = read::<3>(name);
        for (place, &expected) in expected.as_slice().iter().enumerate() {
            let (pixel, channel) = (place / 3, place % 3);
            let level = (found.as_slice()[channel * H * W + pixel] * 255.0).round() as i32;
            assert!(
                (level - i32::from(expected)).abs() <= tolerance,
                "{name}: {level}, but PIL has {expected}"
            );
        }
    }
    let expected: Tensor<u8, (Const<H>, Const<W>)> = npy::read(path("rgb.grey.npy")).expect("checked in");
    let found: Vec<u8> = read::<1>("rgb.png").as_slice().iter().map(|x| (x * 255.0).round() as u8).collect();
    assert_eq!(found, expected.as_slice());
}

#[test]
fn sizes_are_exact_stretched_or_cropped() {
    assert_says(
        read_image::<3, 32, 32>(path("rgb.png"), Fit::Exact),
        &[
            "rgb.png: the image has 12x10 pixels (rows and columns), but the type says 32x32",
            ".fit(Fit::Crop)",
        ],
    );
    let stretched = read_image::<3, 5, 4>(path("rgb.png"), Fit::Stretch).expect("resized");
    assert_eq!(stretched, transform::resize(colours()));
    let square = read_image::<3, 10, 10>(path("rgb.png"), Fit::Crop).expect("cropped");
    assert_eq!(square, transform::centre_crop(colours()));
    let wide = read_image::<3, 3, 5>(path("rgb.png"), Fit::Crop).expect("cropped");
    let part: Image<3, 6, 10> = transform::centre_crop(colours());
    assert_eq!(wide, transform::resize(part));
    let tall = read_image::<3, 24, 2>(path("rgb.png"), Fit::Crop).expect("cropped");
    let part: Image<3, 12, 1> = transform::crop(colours(), (0, 4));
    assert_eq!(tall, transform::resize(part));
    let pixel = read_image::<1, 1, 1>(path("grey.png"), Fit::Crop).expect("cropped");
    assert!((0.3..0.5).contains(&pixel.as_slice()[0]));
}

/// A folder with three classes.
fn pets(name: &str) -> Folder {
    let folder = Folder::new(name);
    for class in ["dog", "cat", "emu/young", ".git"] {
        fs::create_dir_all(folder.0.join(class)).expect("the folder is ours");
    }
    for (from, to) in [
        ("rgb.png", "dog/b.PNG"),
        ("rgb.jpg", "dog/a.jpg"),
        ("rgb.webp", "cat/1.webp"),
        ("grey.png", "emu/young/x.png"),
        ("grey.png", ".git/x.png"),
        ("make.py", "cat/notes.txt"),
        ("make.py", "cat/.hidden.png"),
    ] {
        fs::copy(path(from), folder.0.join(to)).expect("the folder is ours");
    }
    folder
}

#[test]
fn classes_are_folders_in_the_order_of_their_names() {
    let folder = pets("pets");
    let data = ImageFolder::<3, H, W>::open(&folder.0).expect("three classes");
    assert_eq!(data.classes(), ["cat", "dog", "emu"]);
    assert_eq!(data.labels(), [0, 1, 1, 2]);
    assert!(data.path(1).ends_with("dog/a.jpg") && data.path(2).ends_with("dog/b.PNG"));
    assert_eq!(data.sample(2).expect("decodes"), (colours(), 1));
    for workers in [0, 3] {
        let loader = Loader::new(data.clone(), 3).shuffle(1).workers(workers);
        let labels: Vec<u32> =
            loader.epoch(0).flat_map(|batch| batch.expect("decodes").1.into_vec()).collect();
        assert_eq!(labels.len(), 4);
    }
}

#[test]
fn wrong_folders_are_told_apart() {
    let folder = Folder::new("wrong");
    let open = |path: &Path| ImageFolder::<3, H, W>::open(path);
    assert_says(open(&folder.0.join("absent")), &["cannot open the folder", "absent"]);
    assert_says(open(&folder.0), &["it holds neither images nor folders; each class is a folder of images"]);
    // Pictures of no class can be looked at, but not learned from.
    folder.write("x.png", b"");
    let first = |path: &Path| open(path).and_then(|data| data.sample(0));
    assert_says(first(&folder.0), &["it holds 1 images, but no folders", "give the folder above them"]);
    assert_says(first(&folder.0.join("x.png")), &["x.png: it is one of the images, of no class"]);
    assert_eq!(open(&folder.0).expect("one picture").labels(), [0]);
    assert_says(open(&folder.0.join("x.gif")), &["cannot open the folder"]);
    fs::create_dir(folder.0.join("cat")).expect("the folder is ours");
    folder.write("cat/x.gif", b"");
    assert_says(open(&folder.0), &["cat: this class has no images (.png, .jpg, .jpeg, .webp, .bmp)"]);
}

#[test]
fn wrong_images_are_named() {
    let folder = pets("images");
    let whole = fs::read(path("rgb.png")).expect("checked in");
    let read = |path: &Path| read_image::<3, H, W>(path, Fit::Exact);
    let path = folder.write("cat/1.png", b"this is a text");
    assert_says(read(&path), &["1.png: this is not an image in PNG, JPEG, WebP or BMP"]);
    assert_says(read(&folder.write("cat/1.png", b"")), &["1.png: this is not an image"]);
    assert_says(
        read(&folder.write("cat/1.png", &whole[..60])),
        &["1.png: the image cannot be decoded", "fetch"],
    );
    assert_says(read(&folder.write("cat/1.png", b"GIF89a....................")), &["cannot be decoded"]);
    assert_says(read(&folder.0.join("absent.png")), &["cannot read", "absent.png"]);
    // In a loader the file is what is named.
    let data = ImageFolder::<3, H, W>::open(&folder.0).expect("three classes");
    let error = Loader::new(data, 8).epoch(0).next().expect("a batch").map(|_| ());
    assert_says(error, &["cat/1.png: the image cannot be decoded"]);
}

#[test]
fn damaged_images_never_panic() {
    let folder = Folder::new("damaged");
    for name in ["rgb.png", "rgb.bmp", "rgb.webp", "rgb.jpg", "progressive.jpg", "palette.png", "grey16.png"]
    {
        let whole = fs::read(path(name)).expect("checked in");
        let check = |bytes: &[u8]| {
            let damaged = folder.write("damaged", bytes);
            let _ = read_image::<3, H, W>(&damaged, Fit::Stretch);
        };
        for end in (0..whole.len()).step_by(7) {
            check(&whole[..end]);
        }
        for seed in 0..150 {
            let (mut random, mut bytes) = (Philox::new(seed, 0), whole.clone());
            for _ in 0..=random.below(4) {
                let place = random.below(bytes.len());
                bytes[place] = random.next_u32() as u8;
            }
            check(&bytes);
        }
    }
}

#[model]
struct Colour {
    fc: nn::Linear<360, 3>,
}

#[model]
impl Colour {
    fn loss<N: Dim>(&self, image: Tensor<N, 3, 12, 10>, label: Tensor<u32, N>) -> Tensor {
        self.fc(image.flatten(1)).cross_entropy(label)
    }
}

#[test]
fn a_run_ends_at_an_image_that_is_gone_or_replaced_and_keeps_its_checkpoint() {
    let whole = fs::read(path("rgb.png")).expect("checked in");
    let replaced: [(&str, Option<&[u8]>, &str); 2] = [
        ("gone", None, "dog/b.PNG: No such file or directory (os error 2); check the path"),
        ("cut", Some(&whole[..60]), "dog/b.PNG: the image cannot be decoded"),
    ];
    for (name, content, message) in replaced {
        let folder = pets(name);
        let image = folder.0.join("dog/b.PNG");
        let data = ImageFolder::<3, H, W>::open(&folder.0).expect("three classes");
        let content = content.map(<[u8]>::to_vec);
        let mut trainer = Trainer::new(Colour::new(Device::cpu(), 0), Colour::loss_grad_batch)
            .epochs(3)
            .quiet()
            .folder(folder.0.join("run"))
            .on_epoch(move |moment| {
                // While the second epoch is on: its files are read after that of the first is written.
                if moment.progress.epoch == 1 {
                    match &content {
                        None => fs::remove_file(&image).expect("it was there"),
                        Some(content) => fs::write(&image, content).expect("it was there"),
                    }
                }
                Ok(())
            });
        let error = trainer.fit(&Loader::new(data, 2)).expect_err("an image is missing").to_string();
        assert!(error.contains(message), "{error}");
        let run = Folder(folder.0.join("run"));
        assert!(fs::read_to_string(run.0.join("history.csv")).expect("two epochs").lines().count() == 3);
        assert_eq!(run.names(), ["best.safetensors", "history.csv", "history.jsonl", "last.safetensors"]);
        std::mem::forget(run);
    }
}
