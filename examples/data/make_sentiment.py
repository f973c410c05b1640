"""Makes examples/data/sentiment: for each domain one sentence a line, its class (1 positive, 0 negative), a tab, its text.

usage: python3 examples/data/make_sentiment.py FOLDER

FOLDER holds imdb.json, amazon.json and yelp.json of the npm package `sentiment`, its folder fixtures
(`npm pack sentiment@5.0.2`). Control characters that stand for dashes and dots of Windows-1252 become those.
"""

import json
import pathlib
import sys

WINDOWS = {code: bytes([code]).decode("cp1252") for code in (0x85, 0x96, 0x97)}


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    target = pathlib.Path(__file__).parent / "sentiment"
    target.mkdir(exist_ok=True)
    for domain in ("imdb", "amazon", "yelp"):
        sentences = json.loads((pathlib.Path(sys.argv[1]) / f"{domain}.json").read_text("utf-8"))
        lines = [f"{sentence['class']}\t{sentence['text'].translate(WINDOWS)}\n" for sentence in sentences]
        if len(lines) != 1000 or any(not line[2:].isprintable() for line in (line.strip() for line in lines)):
            raise SystemExit(f"{domain}.json: not 1,000 sentences of one line each")
        (target / f"{domain}.txt").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
