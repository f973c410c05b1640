"""Makes metrics.safetensors: values of metrics by scikit-learn, torchmetrics, pycocotools and sacrebleu, for
tests/metrics.rs.

usage: python3 tests/golden/metrics.py    (README.md says what it needs)

Outputs are stored in float32, which holds them exactly, labels in int64, values in float64: `<case>/<name>`.
"""

import contextlib
import io
import warnings

import numpy as np
import sacrebleu
import sklearn.metrics as sk
import torch
import torchmetrics
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from record import Recorder
from sklearn.preprocessing import label_binarize

warnings.filterwarnings("ignore")
RANDOM = np.random.default_rng(0)
recorder = Recorder("metrics")


def record(case, **values):
    for name, value in values.items():
        value = np.asarray(value)
        assert f"{case}/{name}" not in recorder.tensors, (case, name)
        recorder.tensors[f"{case}/{name}"] = torch.tensor(value)


def single(values):
    """Values that float32 holds."""
    return np.asarray(values, dtype=np.float32)


def classes(case, scores, labels, *, predicted, num_classes):
    """What follows from predicted classes."""
    record(case, scores=scores, labels=labels)
    label, guess = labels.reshape(-1), predicted.reshape(-1)
    record(
        case,
        accuracy=sk.accuracy_score(label, guess),
        confusion=sk.confusion_matrix(label, guess, labels=range(num_classes)),
        iou=sk.jaccard_score(label, guess, average="macro"),
    )
    scores_of = {
        "precision": sk.precision_score,
        "recall": sk.recall_score,
        "f1": sk.f1_score,
        "f_half": lambda *a, **k: sk.fbeta_score(*a, beta=0.5, **k),
        "f_two": lambda *a, **k: sk.fbeta_score(*a, beta=2.0, **k),
    }
    for name, function in scores_of.items():
        for average in ("macro", "micro", "weighted"):
            record(case, **{f"{name}.{average}": function(label, guess, average=average, zero_division=0)})
        each = function(label, guess, labels=range(num_classes), average=None, zero_division=0)
        record(case, **{f"{name}.per_class": each})


def all_classes():
    def case(name, shape, labels, *, without=()):
        scores = single(RANDOM.normal(size=shape))
        scores += 1.5 * single(np.moveaxis(np.eye(shape[1])[labels], -1, 1))
        for absent in without:
            scores[:, absent] = -9
        classes(name, scores, labels, predicted=scores.argmax(1), num_classes=shape[1])
        return scores

    labels = RANDOM.integers(5, size=61)
    scores = case("multi", (61, 5), labels)
    for k in (1, 2, 3, 5):
        value = torchmetrics.functional.accuracy(
            torch.tensor(scores), torch.tensor(labels), task="multiclass", num_classes=5, average="micro", top_k=k
        )
        record("multi", **{f"top_{k}": np.float64(value)})
    # 2 is never right nor predicted, 0 never predicted, 4 never right.
    case("absent", (50, 5), np.array([0, 1, 3])[RANDOM.integers(3, size=50)], without=(2, 0))
    case("images", (3, 4, 5, 6), RANDOM.integers(4, size=(3, 5, 6)))

    scores = single(RANDOM.integers(11, size=53) / 8 - 0.25)
    labels = (scores + RANDOM.normal(size=53) * 0.3 > 0.4).astype(np.int64)
    for name, threshold in (("binary", 0.5), ("binary_low", 0.25)):
        classes(name, scores, labels, predicted=(scores > threshold).astype(np.int64), num_classes=2)


def rankings():
    def binary(name, scores, labels):
        record(name, scores=scores, labels=labels)
        record(name, roc_auc=sk.roc_auc_score(labels, scores), pr_auc=sk.average_precision_score(labels, scores))

    labels = RANDOM.integers(2, size=97)
    binary("rank", single(RANDOM.normal(size=97) + labels), labels)
    binary("rank_ties", single(np.round(RANDOM.normal(size=97) + labels)), labels)
    binary("rank_equal", single(np.zeros(97)), labels)

    # Probabilities in eighths: many ties. Classes of different sizes.
    labels = RANDOM.integers(4, size=120) // np.array([1, 2] * 60)
    weights = 1 + 2 * np.eye(4)[labels]
    scores = single([RANDOM.multinomial(8, weight / weight.sum()) / 8 for weight in weights])
    record("rank_multi", scores=scores, labels=labels)
    hot = label_binarize(labels, classes=range(4))
    for average in ("macro", "weighted", "micro"):
        record("rank_multi", **{
            f"roc_auc.{average}": sk.roc_auc_score(labels, scores, multi_class="ovr", average=average),
            f"pr_auc.{average}": sk.average_precision_score(hot, scores, average=average),
        })
    record("rank_multi", **{"roc_auc.class_2": sk.roc_auc_score(hot[:, 2], scores[:, 2])})
    record("rank_multi", **{"pr_auc.class_2": sk.average_precision_score(hot[:, 2], scores[:, 2])})


def regression():
    def case(name, targets, noise):
        targets = single(targets)
        outputs = single(targets + noise)
        record(name, outputs=outputs, targets=targets)
        outputs, targets = outputs.astype(np.float64), targets.astype(np.float64)
        record(
            name,
            mae=sk.mean_absolute_error(targets, outputs),
            mse=sk.mean_squared_error(targets, outputs),
            rmse=np.sqrt(sk.mean_squared_error(targets, outputs)),
            r2=sk.r2_score(targets, outputs),
        )

    case("reals", RANDOM.normal(size=37), RANDOM.normal(size=37) * 0.3)
    case("reals_of_three", RANDOM.normal(size=(37, 3)), RANDOM.normal(size=(37, 3)) * 0.8)
    case("reals_far_from_zero", RANDOM.normal(size=64) + 10_000, RANDOM.normal(size=64) * 0.3)
    targets = RANDOM.normal(size=(20, 3))
    targets[:, 1:] = 2.0
    noise = RANDOM.normal(size=(20, 3))
    noise[:, 2] = 0.0
    case("reals_constant", targets, noise)


def perplexity():
    logits = single(RANDOM.normal(size=(3, 7, 11)) * 4)
    labels = RANDOM.integers(11, size=(3, 7))
    labels[0, 4:] = labels[2, 1:3] = -100
    value = torchmetrics.text.Perplexity(ignore_index=-100).set_dtype(torch.float64)
    value.update(torch.tensor(logits).double(), torch.tensor(labels))
    loss = torch.nn.functional.cross_entropy(
        torch.tensor(logits).double().transpose(1, 2), torch.tensor(labels), ignore_index=-100
    )
    record("perplexity", logits=logits, labels=labels, value=np.exp(loss.item()))
    # torchmetrics takes the logarithm of a softmax.
    assert abs(value.compute().item() / np.exp(loss.item()) - 1) < 1e-6


def detection():
    objects, detections = [], []
    for image in range(14):
        for _ in range(RANDOM.integers(0, 7)):
            kind = RANDOM.integers(3)
            x, y = RANDOM.integers(0, 60, size=2)
            width, height = RANDOM.integers(8, 40, size=2)
            crowd = RANDOM.random() < 0.15
            objects.append([image, kind, x, y, x + width, y + height, crowd])
            for _ in range(RANDOM.integers(0, 4)):
                corner = np.array([x, y]) + RANDOM.integers(-3, 4, size=2)
                size = np.maximum(np.array([width, height]) + RANDOM.integers(-4, 5, size=2), 1)
                detections.append([image, kind, RANDOM.integers(1, 20) / 32, *corner, *(corner + size)])
        for _ in range(RANDOM.integers(0, 3)):
            x, y = RANDOM.integers(0, 60, size=2)
            # Class 3 has no objects.
            detections.append([image, RANDOM.integers(4), RANDOM.integers(1, 20) / 32, x, y, x + 12, y + 9])
    objects, detections = single(objects), single(detections)
    record("boxes", objects=objects, detections=detections)

    def box(x_min, y_min, x_max, y_max):
        return {"bbox": [x_min, y_min, x_max - x_min, y_max - y_min], "area": (x_max - x_min) * (y_max - y_min)}

    def evaluate(detections, max_detections):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(14)],
            "categories": [{"id": kind} for kind in range(4)],
            "annotations": [
                {"id": index + 1, "image_id": int(image), "category_id": int(kind), "iscrowd": int(crowd), **box(*bounds)}
                for index, (image, kind, *bounds, crowd) in enumerate(objects.tolist())
            ],
        }
        truth.createIndex()
        found = truth.loadRes([
            {"image_id": int(image), "category_id": int(kind), "score": score, **box(*bounds)}
            for image, kind, score, *bounds in detections.tolist()
        ])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.maxDets = [max_detections]
        # Areas of all sizes, and no other ranges.
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
        precision = evaluation.eval["precision"][:, :, :, 0, 0]
        return precision[:, :, precision.max((0, 1)) > -1]

    with contextlib.redirect_stdout(io.StringIO()):
        precision, few = evaluate(detections, 100), evaluate(detections, 2)
    record(
        "boxes",
        map=precision.mean(),
        per_threshold=precision.mean((1, 2)),
        per_class=precision.mean((0, 1)),
        map_of_two=few.mean(),
    )


def bleu():
    def case(name, sentences, references):
        def padded(texts, length):
            return [list(text) + [-1] * (length - len(text)) for text in texts]

        length = max(len(text) for text in [*sentences, *(r for own in references for r in own)])
        record(
            name,
            sentences=np.array(padded(sentences, length)),
            references=np.array([padded(own, length) for own in references]),
        )
        text = lambda tokens: " ".join(map(str, tokens))
        streams = [[text(own[index]) for own in references] for index in range(len(references[0]))]
        settings = {
            "none": ("none", None),
            "floor": ("floor", 0.1),
            "floor_half": ("floor", 0.5),
            "add_one": ("add-k", 1),
            "add_third": ("add-k", 0.25),
            "exp": ("exp", None),
        }
        for setting, (method, value) in settings.items():
            score = sacrebleu.corpus_bleu(
                [text(tokens) for tokens in sentences],
                streams,
                smooth_method=method,
                smooth_value=value,
                tokenize="none",
                force=True,
            )
            record(name, **{setting: score.score / 100})

    def sentences(number, shortest, longest, vocabulary):
        return [list(RANDOM.integers(vocabulary, size=RANDOM.integers(shortest, longest))) for _ in range(number)]

    def changed(sentence, share):
        kept = [token if RANDOM.random() > share else RANDOM.integers(30) for token in sentence]
        return kept[: len(kept) - RANDOM.integers(0, 3)] if RANDOM.random() < 0.5 else kept + [3, 1]

    texts = sentences(20, 6, 15, 30)
    case("bleu", texts, [[changed(text, 0.2), changed(text, 0.4)] for text in texts])
    case("bleu_short", [text[:-3] for text in texts], [[changed(text, 0.1)] for text in texts])
    case("bleu_no_4grams", sentences(8, 5, 9, 12), [[text] for text in sentences(8, 5, 9, 12)])
    case("bleu_3_tokens", [[1, 2, 3], [4, 5, 6]], [[[1, 2, 3]], [[4, 5, 7]]])
    case("bleu_nothing", [[1, 2, 3, 4, 5]], [[[6, 7, 8, 9, 6]]])


all_classes()
rankings()
regression()
perplexity()
detection()
bleu()
recorder.save()
