"""The configs that train with other packages' components, through the command line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy

from spacy_imrad import LABELS

CONFIGS = Path(__file__).parents[2] / "configs"
SENTENCES = {
    "Introduction": "The important problem is here, and it is related to this.",
    "Methods": "We propose a method for samples and patients in this training.",
    "Results": "Results show a significant increase and decrease of the loss.",
    "Related Work": "Prior work and earlier studies are related, by earlier studies.",
    "Discussion": "We conclude with limitations, discussion and future limitations.",
}
PARAGRAPHS = {label: " ".join([text] * 4) for label, text in SENTENCES.items()}
TEXT = "\n\n".join(f"{label}\n\n{text}" for label, text in PARAGRAPHS.items())


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    sections = [
        {"heading": label, "paragraphs": [text]} for label, text in PARAGRAPHS.items()
    ]
    lines = [
        json.dumps({"id": str(number), "source": "ours", "sections": sections})
        for number in range(6)
    ]
    path.write_text("\n".join(lines), encoding="utf8")
    return path


def train(config: str, papers: Path, output: Path, *overrides: str) -> spacy.Language:
    script = [sys.executable, "-m", "spacy", "train", str(CONFIGS / f"{config}.cfg")]
    paths = ["--paths.train", str(papers), "--paths.dev", str(papers)]
    done = subprocess.run(
        [*script, "--output", str(output), *paths, *overrides],
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return spacy.load(output / "model-best")


def test_spancat_learns_our_paragraphs(papers: Path, tmp_path: Path) -> None:
    nlp = train(
        "imrad_spancat",
        papers,
        tmp_path,
        *("--training.max_steps", "40", "--training.eval_frequency", "20"),
        *("--training.optimizer.learn_rate", "0.01", "--training.dropout", "0.0"),
    )
    doc = nlp(TEXT)
    assert [span.label_ for span in doc.spans["imrad_paragraphs"]] == list(LABELS)


def test_imrad_learns_with_the_transformer(
    papers: Path, build_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("spacy_transformers", reason="needs the extra [trf]")
    nlp = train(
        "imrad_trf",
        papers,
        tmp_path,
        *("--paths.encoder", str(build_checkpoint(labels=None, kind="bert"))),
        *("--components.transformer.model.get_spans.max_bytes", "126"),
        *("--training.max_steps", "30", "--training.eval_frequency", "15"),
        *("--training.optimizer.learn_rate.initial_rate", "0.003"),
        *("--training.optimizer.learn_rate.warmup_steps", "1"),
    )
    doc = nlp(TEXT)
    assert [span.label_ for span in doc.spans["imrad"]] == list(LABELS)
    assert nlp.meta["performance"]["spans_imrad_acc"] > 0.5
