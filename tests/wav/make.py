"""Writes the sounds that `tests/wav.rs` reads, with scipy and the standard library: `python tests/wav/make.py`.

Sample `i` is `(i - 50) / 64`, cut to -1 to 1, in the left channel, and minus that in the right one.
"""

import wave
from pathlib import Path

import numpy as np
from scipy.io import wavfile

FOLDER = Path(__file__).parent
RATE = 8000
left = np.clip((np.arange(100) - 50) / 64, -1, 1)
stereo = np.stack([left, -left], axis=1)

wavfile.write(FOLDER / "u8.wav", RATE, np.clip(np.round(left * 128) + 128, 0, 255).astype(np.uint8))
wavfile.write(FOLDER / "i16.wav", RATE, np.clip(np.round(stereo * 32768), -32768, 32767).astype(np.int16))
wavfile.write(FOLDER / "i32.wav", RATE, np.clip(np.round(left * 2.0**31), -(2**31), 2**31 - 1).astype(np.int32))
wavfile.write(FOLDER / "f32.wav", RATE, stereo.astype(np.float32))
wavfile.write(FOLDER / "f64.wav", RATE, left)
with wave.open(str(FOLDER / "i24.wav"), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(3)
    file.setframerate(RATE)
    for value in np.clip(np.round(left * 2.0**23), -(2**23), 2**23 - 1).astype(np.int32):
        file.writeframes(int(value).to_bytes(4, "little", signed=True)[:3])
