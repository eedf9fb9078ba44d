"""`spacy train` from papers to a pipeline that labels, through the command line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
from thinc.api import Config

from spacy_imrad import LABELS

HEADINGS = ["Introduction", "Methods", "Results", "Related Work", "Discussion"]
SENTENCES = [
    "The important problem is here, and it is related to this introduction.",
    "We propose a method for samples and patients in this training.",
    "Results show a significant increase and decrease of the loss.",
    "Prior work and earlier studies are related work, by earlier studies.",
    "We conclude with limitations, discussion and future limitations.",
]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    with path.open("w", encoding="utf8") as file:
        for number in range(6):
            sections = [
                {
                    "heading": heading,
                    "paragraphs": [sentence, " ".join([sentence] * (1 + number % 3))],
                }
                for heading, sentence in zip(HEADINGS, SENTENCES, strict=True)
            ]
            paper = {"id": str(number), "source": "ours", "sections": sections}
            file.write(json.dumps(paper) + "\n")
    return path


def write_config(path: Path, model: dict[str, Any], papers: Path, unit: str) -> None:
    corpus = {
        "@readers": "spacy-imrad.PapersCorpus.v2",
        "path": str(papers),
        "unit": unit,
        "min_length": 10,
        **({"headings": "show"} if unit == "paper" else {}),
    }
    nlp = spacy.blank("en")
    config = Config(nlp.config).merge(
        {
            "nlp": {"pipeline": ["imrad_classifier"]},
            "components": {
                "imrad_classifier": {"factory": "imrad_classifier", "model": model}
            },
            "corpora": {"train": corpus, "dev": corpus},
            "training": {
                "dropout": 0.0,
                "max_steps": 40,
                "eval_frequency": 20,
                "optimizer": {
                    "@optimizers": "Adam.v1",
                    "learn_rate": 0.01,
                    "use_averages": False,
                },
                "batcher": {
                    "@batchers": "spacy.batch_by_sequence.v1",
                    "size": 20 if unit == "paragraph" else 3,
                },
                "score_weights": {"spans_imrad_acc": 1.0},
            },
        }
    )
    config.to_disk(path)


def train(config: Path, output: Path, *overrides: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "spacy", "train", str(config)),
            *("--output", str(output), *overrides),
        ],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", ["paragraph", "paper"])
def test_a_trained_pipeline_labels_papers(
    unit: str,
    papers: Path,
    tmp_path: Path,
    tiny_model: dict[str, Any],
    build_checkpoint: Callable[..., Path],
) -> None:
    model = {**tiny_model, "name": str(build_checkpoint(labels=None)), "cache_size": 99}
    if unit == "paper":
        model = {
            "@architectures": "spacy-imrad.DocumentContext.v1",
            "paragraphs": model,
            "width": 16,
            "depth": 1,
            "rate_scale": 1.0,
        }
    write_config(tmp_path / "config.cfg", model, papers, unit)
    train(tmp_path / "config.cfg", tmp_path / "output")
    nlp = spacy.load(tmp_path / "output" / "model-best")
    scores = nlp.meta["performance"]
    assert scores["spans_imrad_acc"] == scores["spans_imrad_macro_f"] == 1
    assert scores["imrad_classifier_loss"] > 0
    doc = nlp("\n\n".join(sentence for sentence in SENTENCES))
    assert [span.label_ for span in doc.spans["imrad_paragraphs"]] == list(LABELS)
    if unit == "paper":
        blocks = zip(HEADINGS, SENTENCES, strict=True)
        doc = nlp("\n\n".join(f"# {heading}\n\n{text}" for heading, text in blocks))
        assert [span.label_ for span in doc.spans["imrad"]] == HEADINGS


@pytest.mark.usefixtures("needs_torch")
def test_a_convention_that_is_learned_later_leaves_the_first_as_it_was(
    tmp_path: Path,
) -> None:
    # By the data set's convention all of these are Methods, whatever they tell.
    with (tmp_path / "papers.jsonl").open("w", encoding="utf8") as file:
        for number in range(8):
            text = f"{SENTENCES[2]} {number} of 20 runs were {number} % better. " * 5
            sections = [{"heading": "Experiments", "paragraphs": [text] * 4}]
            paper = {"id": str(number), "sections": sections}
            file.write(json.dumps(paper) + "\n")
    config = Path(__file__).parents[2] / "configs" / "unarxive.cfg"
    papers = str(tmp_path / "papers.jsonl")
    train(
        *(config, tmp_path / "output", "--paths.train", papers, "--paths.dev", papers),
        *("--training.max_steps", "20", "--training.eval_frequency", "20"),
        *("--training.optimizer.learn_rate", "0.001"),
    )
    trained = spacy.load(tmp_path / "output" / "model-last")
    text = "\n\n".join([SENTENCES[2] * 3] * 4)
    assert trained(text)._.imrad == "Methods"
    bundled = spacy.blank("en")
    bundled.add_pipe("imrad_classifier")
    trained.get_pipe("imrad_classifier").convention = "ancestor"
    scores = [nlp(text).spans["imrad"].attrs["scores"] for nlp in (trained, bundled)]
    assert (scores[0] == scores[1]).all()
    assert trained(text)._.imrad == "Results"
