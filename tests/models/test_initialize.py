"""What `initialize` does to exported weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spacy_imrad.models.checkpoints.exported import export_checkpoint
from spacy_imrad.models.checkpoints.hf import load_checkpoint
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim


@pytest.fixture
def folder(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    export_checkpoint(load_checkpoint(tiny_checkpoint)).to_disk(tmp_path / "exported")
    return tmp_path / "exported"


def test_exported_weights_stay_exported_until_they_are_trained(
    folder: Path, outline_of: Callable[..., Any]
) -> None:
    model = build_hf_sequence_classifier_v1(str(folder), max_length=128, stride=16)
    shim = encoder_shim(model)
    model.initialize()
    assert shim.exported is not None
    assert model.get_ref("encoder").get_dim("nO") == 32
    model.begin_update([outline_of(["we propose a method"])])
    assert shim.exported is None
