"""Makes `data/tiny.onnx`, a voice for Piper that hums each phoneme for 35 ms: ``uv run --with onnx python <this>``."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

RATE = 22050
PITCH_HZ = 180
PHONEME = 770.0
"""Samples."""
FILE = Path(__file__).parent.parent / "data" / "tiny.onnx"


def constant(name: str, value: object, kind: type) -> onnx.TensorProto:
    """A number or a list of them, in the graph."""
    return numpy_helper.from_array(np.array(value, kind), name)


GRAPH = helper.make_graph(
    [
        helper.make_node("Cast", ["input_lengths"], ["phonemes"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scales", "second"], ["pace"]),
        helper.make_node("Mul", ["phonemes", "samples"], ["normal"]),
        helper.make_node("Mul", ["normal", "pace"], ["lengths"]),
        helper.make_node("Squeeze", ["lengths"], ["length"]),
        helper.make_node("Range", ["zero", "length", "one"], ["time"]),
        helper.make_node("Mul", ["time", "angle"], ["angles"]),
        helper.make_node("Sin", ["angles"], ["wave"]),
        helper.make_node("Mul", ["wave", "loudness"], ["soft"]),
        helper.make_node("Unsqueeze", ["soft", "axes"], ["output"]),
    ],
    "tiny",
    [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ],
    [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])],
    [
        constant("second", 1, np.int64),
        constant("samples", PHONEME, np.float32),
        constant("zero", 0.0, np.float32),
        constant("one", 1.0, np.float32),
        constant("angle", 2 * np.pi * PITCH_HZ / RATE, np.float32),
        constant("loudness", 0.2, np.float32),
        constant("axes", [0, 1], np.int64),
    ],
)

if __name__ == "__main__":
    model = helper.make_model(GRAPH, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    FILE.write_bytes(model.SerializeToString())
    config = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": 1,
    }
    Path(f"{FILE}.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
