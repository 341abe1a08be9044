"""A Whisper model of a few kilobytes with random weights: nonsense out, but loaded and decoded by the real code."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import WhisperSpec
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WIDTH = 16
HEADS = 2
MELS = 80
WORDS = 1000
"""Text tokens; what follows are languages, tasks and times."""
TIMES = 1501
FRAMES, LONGEST = 1500, 448
LANGUAGES = ("en", "hi", "ur", "fr")
CONTROL = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def make_tiny_whisper(folder: Path, seed: int = 7) -> Path:
    """Write the model as faster-whisper expects it; its text is made of "w1" to "w999"."""
    specials = ["endoftext", "startoftranscript", *LANGUAGES, *CONTROL]
    times = [f"<|{number * 0.02:.2f}|>" for number in range(TIMES)]
    # CTranslate2 knows a multilingual model by its empty token.
    words = ["", *(f"w{number}" for number in range(1, WORDS))]
    vocabulary = words + [f"<|{name}|>" for name in specials] + times
    folder.mkdir(parents=True, exist_ok=True)
    spec = _random_spec(len(vocabulary), np.random.default_rng(seed))
    spec.register_vocabulary(vocabulary)
    first = WORDS + 2
    spec.config.lang_ids = list(range(first, first + len(LANGUAGES)))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    tokenizer = Tokenizer(WordLevel({token: number for number, token in enumerate(vocabulary)}, unk_token="w1"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in vocabulary[WORDS:]])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _random_spec(vocabulary: int, random: np.random.Generator) -> Any:
    spec = WhisperSpec(1, HEADS, 1, HEADS)

    def weights(*shape: int) -> npt.NDArray[np.float32]:
        return random.normal(0, 0.5, shape).astype(np.float32)

    def linear(layer: Any, rows: int, columns: int = WIDTH) -> None:
        layer.weight, layer.bias = weights(rows, columns), np.zeros(rows, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def attention(layer: Any, *sizes: int) -> None:
        norm(layer.layer_norm)
        for part, rows in zip(layer.linear, sizes, strict=True):
            linear(part, rows)

    def feed_forward(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 2 * WIDTH)
        linear(layer.linear_1, WIDTH, 2 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    for convolution, inputs in ((encoder.conv1, MELS), (encoder.conv2, WIDTH)):
        convolution.weight, convolution.bias = weights(WIDTH, inputs, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = weights(FRAMES, WIDTH)
    decoder.position_encodings.encodings = weights(LONGEST, WIDTH)
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    attention(encoder.layer[0].self_attention, 3 * WIDTH, WIDTH)
    feed_forward(encoder.layer[0].ffn)
    attention(decoder.layer[0].self_attention, 3 * WIDTH, WIDTH)
    attention(decoder.layer[0].attention, WIDTH, 2 * WIDTH, WIDTH)
    feed_forward(decoder.layer[0].ffn)
    decoder.embeddings.weight = weights(vocabulary, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    return spec
