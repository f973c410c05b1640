//! Data sets, batches, and what is said about files that are wrong.

mod folder;

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use folder::Folder;
use macrograd::Error;
use macrograd::data::{Batch, ImageDataset, MnistFolder, Split, idx};

/// An IDX file of unsigned bytes.
fn idx_file(dimensions: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    file.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(elements);
    file
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// The text of an error, which must name the file and hold each of the fragments.
#[track_caller]
fn assert_says<T: std::fmt::Debug>(result: Result<T, Error>, path: &Path, fragments: &[&str]) {
    let text = result.expect_err("the file is wrong").to_string();
    for fragment in [path.to_str().expect("a readable path")].iter().chain(fragments) {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

#[test]
fn images_and_labels_are_read_plain_and_gzipped() {
    let folder = Folder::new("read");
    let pixels: Vec<u8> = (0..24).collect();
    let images = idx_file(&[2, 3, 4], &pixels);
    // The name says nothing: a plain file with .gz, a gzipped one without.
    let (plain, zipped) = (folder.write("a.gz", &images), folder.write("b", &gzip(&images)));
    for path in [plain, zipped] {
        let images = idx::read_images(&path).expect("a good file");
        assert_eq!((images.count, images.height, images.width), (2, 3, 4));
        assert_eq!(images.pixels, pixels);
    }
    let labels = folder.write("labels", &gzip(&idx_file(&[3], &[7, 0, 255])));
    assert_eq!(idx::read_labels(labels).expect("a good file"), [7, 0, 255]);
    let parts = [gzip(&images[..9]), gzip(&images[9..])].concat();
    let members = folder.write("members.gz", &parts);
    assert_eq!(idx::read_images(members).expect("gzip files may be concatenated").pixels, pixels);
}

#[test]
fn a_truncated_file_is_named_with_both_lengths() {
    let folder = Folder::new("truncated");
    let whole = idx_file(&[2, 3, 4], &[9; 24]);
    let plain = folder.write("plain", &whole[..whole.len() - 5]);
    assert_says(
        idx::read_images(&plain),
        &plain,
        &["truncated", "[2, 3, 4]", "24 bytes", "19 bytes", "fetch it again"],
    );
    let zipped = folder.write("zipped", &gzip(&whole[..whole.len() - 5]));
    assert_says(idx::read_images(&zipped), &zipped, &["truncated", "24 bytes", "19 bytes"]);
    let stream = gzip(&whole);
    let cut = folder.write("cut", &stream[..stream.len() - 6]);
    assert_says(idx::read_images(&cut), &cut, &["the gzip stream is truncated", "fetch the file again"]);
    let header = folder.write("header", &whole[..10]);
    assert_says(idx::read_images(&header), &header, &["truncated", "10 bytes of 16"]);
    let empty = folder.write("empty", &[]);
    assert_says(idx::read_labels(&empty), &empty, &["truncated", "header of 8 bytes", "it has 0"]);
}

#[test]
fn a_damaged_gzip_stream_is_not_called_an_io_error() {
    let folder = Folder::new("damaged");
    let mut stream = gzip(&idx_file(&[40], &[5; 40]));
    let middle = stream.len() - 8;
    stream[middle] ^= 0xff;
    let path = folder.write("labels.gz", &stream);
    let result = idx::read_labels(&path);
    assert!(matches!(result, Err(Error::BadFile { .. })), "{result:?}");
    assert_says(result, &path, &["the gzip stream is damaged", "fetch the file again"]);
}

#[test]
fn other_files_are_told_apart() {
    let folder = Folder::new("magic");
    let labels = folder.write("labels", &idx_file(&[20], &[1; 20]));
    let fragments = ["0x00000801", "0x00000803", "this is a file of labels", "give the path of the images"];
    assert_says(idx::read_images(&labels), &labels, &fragments);
    let images = folder.write("images", &idx_file(&[1, 2, 2], &[1; 4]));
    assert_says(
        idx::read_labels(&images),
        &images,
        &["this is a file of images", "give the path of the labels"],
    );
    let page = folder.write("page", b"<!DOCTYPE html><html>not found</html>");
    assert_says(idx::read_images(&page), &page, &["not an IDX file", "0x3c21444f", "0x00000803", "web page"]);
    let floats = folder.write("floats", &[&[0, 0, 0x0d, 3][..], &[0; 30]].concat());
    assert_says(idx::read_images(&floats), &floats, &["32-bit floats", "0x0d", "unsigned bytes", "convert"]);
    assert_says(idx::read_images(&folder.0), &folder.0, &["this is a folder"]);
    let absent = folder.0.join("absent");
    assert_says(idx::read_images(&absent), &absent, &["cannot read", "No such file"]);
}

#[test]
fn trailing_bytes_are_counted() {
    let folder = Folder::new("trailing");
    let content = idx_file(&[3], &[1, 2, 3, 4, 5]);
    for (name, content) in [("plain", content.clone()), ("zipped", gzip(&content))] {
        let path = folder.write(name, &content);
        assert_says(idx::read_labels(&path), &path, &["2 bytes follow the 3 bytes", "[3]", "fetch it again"]);
    }
}

#[test]
fn absurd_sizes_in_a_header_cost_no_memory() {
    let folder = Folder::new("absurd");
    let overflow = folder.write("overflow", &idx_file(&[u32::MAX; 3], &[1; 8]));
    assert_says(
        idx::read_images(&overflow),
        &overflow,
        &["impossible shape [4294967295, 4294967295, 4294967295]"],
    );
    let large = folder.write("large", &gzip(&idx_file(&[u32::MAX, 60_000, 60_000], &[1; 8])));
    assert_says(
        idx::read_images(&large),
        &large,
        &["truncated", "15461882262000000000 bytes", "8 bytes follow"],
    );
}

#[test]
fn images_must_have_the_size_of_the_type_and_a_label_each() {
    let folder = Folder::new("sizes");
    let images = folder.write("images", &idx_file(&[3, 2, 2], &[0; 12]));
    let labels = folder.write("labels", &idx_file(&[4], &[0, 1, 2, 3]));
    let fragments = ["2x2 pixels", "28x28", "ImageDataset<2, 2>"];
    assert_says(ImageDataset::<28, 28>::open(&images, &labels, 4), &images, &fragments);
    let fragments = ["3 images", labels.to_str().expect("readable"), "4 labels", "same half"];
    assert_says(ImageDataset::<2, 2>::open(&images, &labels, 4), &images, &fragments);
    let labels = folder.write("labels", &idx_file(&[3], &[0, 1, 7]));
    assert_says(
        ImageDataset::<2, 2>::open(&images, &labels, 4),
        &labels,
        &["label 7 at position 2", "4 classes, 0 to 3"],
    );
    assert_eq!(ImageDataset::<2, 2>::open(&images, &labels, 8).expect("all fits").len(), 3);
}

#[test]
fn a_folder_is_read_in_either_spelling() {
    let folder = Folder::new("folder");
    folder.write("train-images-idx3-ubyte", &idx_file(&[2, 1, 2], &[0, 255, 51, 102]));
    folder.write("train-labels.idx1-ubyte", &idx_file(&[2], &[1, 0]));
    folder.write("t10k-images.idx3-ubyte.gz", &gzip(&idx_file(&[1, 1, 2], &[7, 8])));
    folder.write("t10k-labels-idx1-ubyte.gz", &gzip(&idx_file(&[1], &[5])));
    let data: Split<1, 2> = MnistFolder::open(&folder.0).expect("all four are there");
    assert_eq!((data.train.len(), data.test.len()), (2, 1));
    assert_eq!((data.train.num_classes(), data.test.num_classes()), (6, 6));
    assert_eq!(data.train.batch(&[1]).image.as_slice(), [0.2, 0.4]);
}

#[test]
fn missing_files_are_listed_with_the_names_tried() {
    let folder = Folder::new("missing");
    folder.write("train-images-idx3-ubyte", &idx_file(&[1, 1, 1], &[0]));
    folder.write("t10k-labels-idx1-ubyte", &idx_file(&[1], &[0]));
    let result = MnistFolder::open::<1, 1>(&folder.0);
    let fragments = [
        "no file of train labels (tried `train-labels-idx1-ubyte`, `train-labels-idx1-ubyte.gz`, \
         `train-labels.idx1-ubyte`, `train-labels.idx1-ubyte.gz`)",
        "no file of t10k images",
        "put the files there",
    ];
    assert_says(result, &folder.0, &fragments);
    let absent = folder.0.join("absent");
    let result = MnistFolder::open::<1, 1>(&absent);
    assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
    assert_says(result, &absent, &["cannot open the folder", "No such file", "give the folder that holds"]);
    let file = folder.0.join("t10k-labels-idx1-ubyte");
    assert_says(MnistFolder::open::<1, 1>(&file), &file, &["this is not a folder"]);
}

#[test]
fn counts_and_labels_are_checked() {
    let error = ImageDataset::<2, 2>::new(vec![0; 7], vec![0; 2], 1).expect_err("8 pixels are needed");
    assert!(matches!(error, Error::ElementCount { expected: 8, found: 7, .. }), "{error}");
    let error = ImageDataset::<1, 1>::new(vec![0; 2], vec![0, 3], 3).expect_err("label 3 of 3 classes");
    assert!(matches!(error, Error::LabelOutOfRange { position: 1, label: 3, classes: 3 }), "{error}");
}

/// `count` images of one pixel, each its own number.
fn numbered(count: u8) -> ImageDataset<1, 1> {
    let numbers: Vec<u8> = (0..count).collect();
    ImageDataset::new(numbers.clone(), numbers, usize::from(count)).expect("a pixel and a label each")
}

#[test]
fn batches_hold_every_image_once_in_order_and_end_with_the_rest() {
    let data = numbered(10);
    let batches = data.batches(4);
    assert_eq!(batches.len(), 3);
    let batches: Vec<Batch<1, 1>> = batches.collect();
    assert_eq!(batches.iter().map(Batch::len).collect::<Vec<_>>(), [4, 4, 2]);
    assert_eq!(batches[2].image.shape().0, 2);
    let labels: Vec<u8> = batches.iter().flat_map(|batch| batch.label.as_slice().to_vec()).collect();
    assert_eq!(labels, (0..10).collect::<Vec<u8>>());
    assert_eq!(batches[1].image.as_slice(), [4.0, 5.0, 6.0, 7.0].map(|pixel| pixel / 255.0));
    assert_eq!(data.batches(4).drop_last().map(|batch| batch.len()).collect::<Vec<_>>(), [4, 4]);
    assert_eq!(data.batches(100).map(|batch| batch.len()).collect::<Vec<_>>(), [10]);
    assert_eq!(data.select([]).batches(3).count(), 0);
}

#[test]
fn a_batch_is_filled_again_in_the_same_memory() {
    let data = numbered(10);
    let (mut batch, mut batches) = (Batch::default(), data.batches(4));
    assert!(batches.next_into(&mut batch));
    let memory = batch.image.as_slice().as_ptr();
    assert!(batches.next_into(&mut batch) && batches.next_into(&mut batch));
    assert_eq!((batch.len(), batch.image.as_slice().as_ptr()), (2, memory));
    assert!(!batches.next_into(&mut batch));
    assert_eq!(batch.label.as_slice(), [8, 9], "the last batch stays");
}

#[test]
fn the_order_depends_on_seed_and_epoch() {
    let data = numbered(200);
    let order = |seed, epoch, batch_size| -> Vec<u8> {
        data.shuffled_batches(batch_size, seed, epoch).flat_map(|batch| batch.label.into_vec()).collect()
    };
    let first = order(1, 0, 64);
    assert_eq!(first, order(1, 0, 7), "not on the size of batches");
    let others = [order(1, 1, 64), order(2, 0, 64), order(0, 1, 64), order(0, 2, 64), (0..200).collect()];
    assert!(others.iter().all(|other| *other != first));
    for mut order in others.into_iter().chain([first]) {
        order.sort_unstable();
        assert_eq!(order, (0..200).collect::<Vec<u8>>());
    }
}

#[test]
fn every_image_comes_first_equally_often() {
    const IMAGES: u8 = 5;
    const EPOCHS: u64 = 5000;
    let data = numbered(IMAGES);
    let mut counts = [[0_u32; IMAGES as usize]; IMAGES as usize];
    for epoch in 0..EPOCHS {
        for (position, batch) in data.shuffled_batches(1, 3, epoch).enumerate() {
            counts[position][usize::from(batch.label.as_slice()[0])] += 1;
        }
    }
    // Binomial with mean 1000 and deviation 28: five deviations.
    assert!(counts.as_flattened().iter().all(|&count| (860..1140).contains(&count)), "{counts:?}");
}

#[test]
#[should_panic(expected = "`batch_size` is 0")]
fn batches_are_not_empty() {
    let _ = numbered(3).batches(0);
}

#[test]
#[should_panic(expected = "image 3 of a data set with 3 images")]
fn an_image_out_of_range_is_named() {
    let _ = numbered(3).batch(&[0, 3]);
}

#[test]
fn normalised_pixels_have_mean_zero_and_deviation_one() {
    let data = ImageDataset::<2, 2>::new((0..200).collect(), vec![0; 50], 1).expect("four pixels each");
    let (mean, std) = data.mean_and_std();
    let data = data.normalise(mean, std);
    let values = data.batches(50).next().expect("one batch").image.into_vec();
    let average = values.iter().sum::<f32>() / 200.0;
    let variance = values.iter().map(|value| value * value).sum::<f32>() / 200.0;
    assert!(average.abs() < 1e-5 && (variance - 1.0).abs() < 1e-5, "{average} {variance}");
    assert_eq!(data.value(0), -mean / std);
}

#[cfg(feature = "embedded-data")]
mod embedded {
    use macrograd::data::{Digits, FashionMnist, ImageDataset};

    fn counts<const H: usize, const W: usize>(data: &ImageDataset<H, W>) -> Vec<usize> {
        let mut counts = vec![0; data.num_classes()];
        data.labels().iter().for_each(|&label| counts[usize::from(label)] += 1);
        counts
    }

    #[test]
    fn the_part_of_fashion_mnist_is_balanced() {
        let data = FashionMnist::embedded();
        assert_eq!(counts(&data.train), [200; 10]);
        assert_eq!(counts(&data.test), [50; 10]);
        // The whole data set has mean 0.2860 and deviation 0.3530.
        let (mean, std) = data.train.mean_and_std();
        assert!((mean - 0.286).abs() < 0.01 && (std - 0.353).abs() < 0.01, "{mean} {std}");
    }

    #[test]
    fn classes_are_mixed() {
        let data = FashionMnist::embedded().train;
        assert!(data.batches(100).all(|batch| (0..10).all(|class| batch.label.as_slice().contains(&class))));
    }

    #[test]
    fn digits_reach_from_zero_to_one() {
        let data = Digits::embedded();
        let values = data.train.batches(1500).next().expect("one batch").image.into_vec();
        assert_eq!(values.iter().copied().fold(f32::INFINITY, f32::min), 0.0);
        assert_eq!(values.iter().copied().fold(0.0, f32::max), 1.0);
        let all: Vec<usize> =
            counts(&data.train).iter().zip(counts(&data.test)).map(|(a, b)| a + b).collect();
        // As sklearn.datasets.load_digits has them.
        assert_eq!(all, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn a_centroid_of_each_class_tells_digits_apart() {
        let data = Digits::embedded();
        let mut centroids = [[0.0_f32; 64]; 10];
        for (class, count) in counts(&data.train).into_iter().enumerate() {
            for index in
                (0..data.train.len()).filter(|&index| usize::from(data.train.labels()[index]) == class)
            {
                for (sum, &pixel) in centroids[class].iter_mut().zip(data.train.pixels(index)) {
                    *sum += f32::from(pixel) / count as f32;
                }
            }
        }
        let distance = |centroid: &[f32; 64], pixels: &[u8]| -> f32 {
            centroid.iter().zip(pixels).map(|(a, &b)| (a - f32::from(b)).powi(2)).sum()
        };
        let right = (0..data.test.len()).filter(|&index| {
            let pixels = data.test.pixels(index);
            let nearest = (0..10)
                .min_by(|&a, &b| distance(&centroids[a], pixels).total_cmp(&distance(&centroids[b], pixels)));
            nearest == Some(usize::from(data.test.labels()[index]))
        });
        let accuracy = right.count() as f32 / data.test.len() as f32;
        assert!(accuracy > 0.85, "images and labels belong together: {accuracy}");
    }
}
