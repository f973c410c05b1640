"""Trains small tokenizers for `tests/tokenizer.rs` and records what Python's library makes of texts.

`pip install tokenizers`, then `python tests/tokenizer/make.py`.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = Path(__file__).parent
TEXT = ["the cat sat on the mat", "the dog sat on the cat", "a cat and a dog", "naïve cafés, isn't it?"] * 5
QUESTIONS = ["the cat", "a dog isn't a cat", "Über naïve Ängste: 12345", "", "  two  spaces\n", "🦀 crab"]

bpe = Tokenizer(models.BPE())
bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bpe.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
bpe.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False))
bpe.save(str(FOLDER / "bpe.json"), pretty=False)

word = Tokenizer(models.WordPiece(unk_token="[UNK]"))
word.normalizer = normalizers.BertNormalizer()
word.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
word.decoder = decoders.WordPiece()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
word.train_from_iterator(TEXT, trainers.WordPieceTrainer(vocab_size=80, special_tokens=special, show_progress=False))
word.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)
word.save(str(FOLDER / "wordpiece.json"), pretty=False)

record = {
    name: [
        {
            "text": text,
            "ids": tokenizer.encode(text, add_special_tokens=False).ids,
            "special": tokenizer.encode(text).ids,
            "decoded": tokenizer.decode(tokenizer.encode(text).ids),
        }
        for text in QUESTIONS
    ]
    for name, tokenizer in [("bpe", bpe), ("wordpiece", word)]
}
(FOLDER / "expected.json").write_text(json.dumps(record))
