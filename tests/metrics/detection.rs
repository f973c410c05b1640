//! Mean average precision.

use crate::golden::{assert_close, reals, values};
use macrograd::metrics::{Bounds, Detection, MeanAveragePrecision, MetricError, Object};

/// Number of images in the golden file; one of them has neither objects nor detections of some class.
const NUM_IMAGES: usize = 14;

fn golden(mut map: MeanAveragePrecision) -> MeanAveragePrecision {
    let (objects, detections) = (reals("boxes/objects"), reals("boxes/detections"));
    for image in 0..NUM_IMAGES {
        let of_image = |row: &&[f32]| row[0] == image as f32;
        let bounds = |edges: &[f32]| Bounds::new(edges[0], edges[1], edges[2], edges[3]);
        let objects: Vec<_> = objects
            .data
            .chunks(7)
            .filter(of_image)
            .map(|row| Object { class: row[1] as u32, bounds: bounds(&row[2..]), crowd: row[6] == 1.0 })
            .collect();
        let detections: Vec<_> = detections
            .data
            .chunks(7)
            .filter(of_image)
            .map(|row| Detection { class: row[1] as u32, score: row[2], bounds: bounds(&row[3..]) })
            .collect();
        map.update(&detections, &objects).expect("boxes of a finite size");
    }
    map
}

#[test]
fn mean_average_precision_agrees_with_pycocotools() {
    let map = golden(MeanAveragePrecision::new());
    assert_close("map", map.value(), values("boxes/map")[0]);
    for (index, expected) in values("boxes/per_threshold").into_iter().enumerate() {
        let threshold = 0.5 + 0.05 * index as f64;
        assert_close("at", map.at(threshold).expect("a threshold of COCO"), expected);
    }
    assert_eq!(map.at(0.52), None);
    let (classes, found): (Vec<_>, Vec<_>) = map.per_class().into_iter().unzip();
    assert_eq!(classes, [0, 1, 2], "class 3 has no objects");
    for (found, expected) in found.into_iter().zip(values("boxes/per_class")) {
        assert_close("per class", found, expected);
    }
    let few = golden(MeanAveragePrecision::new().max_detections(2));
    assert_close("two detections", few.value(), values("boxes/map_of_two")[0]);
    let half = golden(MeanAveragePrecision::new().iou_thresholds([0.5]));
    assert_eq!(Some(half.value()), map.at(0.5));
}

#[test]
fn images_without_objects_or_detections() {
    let bounds = Bounds::from_size(0.0, 0.0, 10.0, 10.0);
    let mut map = MeanAveragePrecision::new();
    assert!(map.value().is_nan());
    map.update(&[Detection { class: 1, score: 0.5, bounds }], &[]).expect("nothing to be found");
    assert!(map.value().is_nan());
    map.update(&[], &[Object::new(0, bounds)]).expect("nothing found");
    assert_eq!(map.value(), 0.0);
    map.update(&[Detection { class: 0, score: 0.5, bounds }], &[Object::new(0, bounds)]).expect("one of two");
    // Recalls 0 to 0.5 have precision 1.
    assert_close("one of two", map.value(), 51.0 / 101.0);
    map.reset();
    assert!(map.value().is_nan());
}

#[test]
fn overlaps() {
    let unit = Bounds::new(0.0, 0.0, 1.0, 1.0);
    assert_eq!(unit.iou(&unit), 1.0);
    assert_eq!(unit.iou(&Bounds::new(0.5, 0.0, 1.5, 1.0)), 1.0 / 3.0);
    assert_eq!(unit.iou(&Bounds::new(1.0, 1.0, 2.0, 2.0)), 0.0);
    let point = Bounds::new(0.5, 0.5, 0.5, 0.5);
    assert_eq!(point.iou(&point), 0.0);
}

#[test]
fn boxes_that_are_none_are_refused() {
    let bounds = Bounds::new(0.0, 0.0, 1.0, 1.0);
    let good = Detection { class: 0, score: 0.5, bounds };
    let mut map = MeanAveragePrecision::new();
    let error = map.update(&[good, Detection { score: f32::NAN, ..good }], &[]).expect_err("no order");
    assert_eq!(error, MetricError::NanScore { position: 1 });
    let turned = Bounds::new(1.0, 0.0, 0.0, 1.0);
    let error = map.update(&[good], &[Object::new(0, turned)]).expect_err("right of left");
    assert_eq!(error, MetricError::Bounds { what: "object", index: 0, bounds: [1.0, 0.0, 0.0, 1.0] });
    let endless = Bounds::new(0.0, 0.0, f32::INFINITY, 1.0);
    assert!(map.update(&[Detection { bounds: endless, ..good }], &[]).is_err());
    assert_eq!(map, MeanAveragePrecision::new());
}
