"""Writes the images that `tests/images.rs` reads, and what PIL makes of them: `python tests/images/make.py`.

Made with Pillow and numpy. A `.npy` file holds the bytes of an image, rows of pixels of channels.
"""

from pathlib import Path

import numpy as np
import PIL.Image

FOLDER = Path(__file__).parent
H, W = 12, 10

rows, columns = np.mgrid[0:H, 0:W]
# Smooth, so that JPEG keeps it well.
rgb = np.stack([rows * 20, columns * 25, 255 - rows * 10 - columns * 10], axis=-1).astype(np.uint8)
grey = (rows * 15 + columns * 5).astype(np.uint8)

image = PIL.Image.fromarray(rgb)
image.save(FOLDER / "rgb.png")
image.save(FOLDER / "rgb.bmp")
image.save(FOLDER / "rgb.webp", lossless=True)
image.save(FOLDER / "rgb.jpg", quality=95, subsampling=0)
image.save(FOLDER / "progressive.jpg", quality=95, subsampling=2, progressive=True)
image.quantize(16).save(FOLDER / "palette.png")
PIL.Image.fromarray(grey).save(FOLDER / "grey.png")
PIL.Image.fromarray(grey).save(FOLDER / "grey.jpg", quality=95)
PIL.Image.fromarray(grey.astype(np.uint16) * 257).save(FOLDER / "grey16.png")
PIL.Image.fromarray(np.dstack([rgb, grey])).save(FOLDER / "rgba.png")
for name in ["rgb.jpg", "progressive.jpg", "palette.png", "grey.jpg"]:
    np.save(FOLDER / f"{name}.npy", np.asarray(PIL.Image.open(FOLDER / name).convert("RGB")))
np.save(FOLDER / "rgb.grey.npy", np.asarray(image.convert("L")))
