"""Records what torchvision makes of an image, for `tests/augment.rs`: `python tests/golden/augment.py`.

Made with torchvision 0.29.2. An image has channels, rows and columns; a case is named after the change and its amounts.
"""

from pathlib import Path

import torch
import torchvision.transforms.functional as F
from safetensors.torch import save_file
from torchvision.transforms import InterpolationMode

torch.manual_seed(7)
C, H, W = 3, 9, 11
# Smooth enough for a sharp look at interpolation, with levels of 8 bits, some grey pixels, some black and some white ones.
image = torch.round(torch.rand(C, H, W) * 255) / 255
image[:, 2, 3] = image[0, 2, 3]
image[:, 0, 0] = 0.0
image[:, 8, 10] = 1.0
grey = image[:1].clone()

BILINEAR = InterpolationMode.BILINEAR


def levels(change, image):
    """A change of bytes."""
    return change(torch.round(image * 255).to(torch.uint8)).float() / 255


# More pixels than levels, so that equalising changes something.
large = torch.round(torch.rand(1, 40, 40) ** 2 * 255) / 255

cases = {
    "image": image,
    "grey": grey,
    "large": large,
    "flip": F.hflip(image),
    "flip_vertical": F.vflip(image),
    "resize_5_4": F.resize(image, [5, 4], antialias=True),
    "resize_20_13": F.resize(image, [20, 13], antialias=True),
    "resize_3_16": F.resize(image, [3, 16], antialias=True),
    "centre_crop_4_6": image[:, 2:6, 2:8],
    "rotate_30": F.rotate(image, 30, BILINEAR),
    "rotate_-110": F.rotate(image, -110, BILINEAR),
    "affine": F.affine(image, 25.0, [2, -1], 1.3, [10.0, -5.0], BILINEAR),
    "shear": F.affine(image, 0.0, [0, 0], 1.0, [16.0, 0.0], BILINEAR),
    "brightness_0.5": F.adjust_brightness(image, 0.5),
    "brightness_1.7": F.adjust_brightness(image, 1.7),
    "contrast_0.5": F.adjust_contrast(image, 0.5),
    "contrast_1.7": F.adjust_contrast(image, 1.7),
    "contrast_grey": F.adjust_contrast(grey, 1.7),
    "saturation_0.2": F.adjust_saturation(image, 0.2),
    "saturation_1.7": F.adjust_saturation(image, 1.7),
    "hue_0.3": F.adjust_hue(image, 0.3),
    "hue_-0.4": F.adjust_hue(image, -0.4),
    "sharpness_0": F.adjust_sharpness(image, 0.0),
    "sharpness_1.9": F.adjust_sharpness(image, 1.9),
    "auto_contrast": F.autocontrast(image * 0.5 + 0.1),
    "equalise": levels(F.equalize, large),
    "posterise_4": levels(lambda x: F.posterize(x, 4), image),
    "posterise_1": levels(lambda x: F.posterize(x, 1), image),
    "solarise_0.6": F.solarize(image, 0.6),
    "normalise": F.normalize(image, [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]),
    "erase": F.erase(image, 2, 3, 4, 5, 0.0),
}
save_file({name: tensor.contiguous() for name, tensor in cases.items()}, Path(__file__).with_suffix(".safetensors"))
