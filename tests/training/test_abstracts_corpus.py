"""Abstracts as training data: what is read out of each kind of file."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training import Example
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.training.abstracts import make_abstracts_corpus_v1, read_abstracts

RCT = """###123
OBJECTIVE\tTo see why snow melts .
METHODS\tWe dug at 20 sites .
METHODS\tWe weighed it .
RESULTS\tIt was 5 cm deep .
CONCLUSIONS\tSnow matters .

###124
BACKGROUND\tIce is cold .
RESULTS\tIt melts .
"""
CSABSTRUCT = {
    "abstract_id": 7,
    "sentences": ["Ice is cold.", "We melt it.", "It is water.", "See our code."],
    "labels": ["background", "method", "result", "other"],
    "confs": [1, 1, 1, 0.5],
}
JATS = """<article><front><article-meta><title-group><article-title>Ice</article-title>
</title-group><abstract><sec><title>Aims</title><p>To see ice. It is cold.</p></sec>
<sec><title>Methods and results</title><p>We dug.</p></sec>
<sec><title>Results:</title><p>It fell.</p></sec>
<sec><title>Trial registration</title><p>NCT1.</p></sec></abstract></article-meta>
</front><body><sec><title>Introduction</title><p>Ice is old.</p></sec></body>
</article>"""
PAPER = {
    "id": "9",
    "title": "Snow",
    "abstract": "BackgroundSnow is cold.MethodsWe dug.ConclusionIt helps.",
    "sections": [],
}


def write(folder: Path) -> dict[str, Path]:
    content = {
        "rct.txt": RCT,
        "cs.jsonl": json.dumps(CSABSTRUCT) + "\n",
        "ice.xml": JATS,
        "papers.jsonl": json.dumps(PAPER) + "\n",
    }
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf8")
    return {name: folder / name for name in content}


def rows(path: Path, **options: Any) -> list[list[tuple[str, str]]]:
    corpus = make_abstracts_corpus_v1(str(path), **options)
    return [
        [(s.text, s.label_) for s in example.reference.spans["imrad_abstract"]]
        for example in corpus(spacy.blank("en"))
    ]


@pytest.mark.parametrize("tokens", ["nlp", "sentence"])
def test_pubmed_rct(tmp_path: Path, tokens: str) -> None:
    first, second = rows(write(tmp_path)["rct.txt"], tokens=tokens)
    assert first == [
        ("To see why snow melts .", "Introduction"),
        ("We dug at 20 sites .", "Methods"),
        ("We weighed it .", "Methods"),
        ("It was 5 cm deep .", "Results"),
        ("Snow matters .", "Discussion"),
    ]
    assert [label for _, label in second] == ["Introduction", "Results"]


def test_csabstruct_leaves_other_without_label(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path)["cs.jsonl"])
    assert [label for _, label in found] == ["Introduction", "Methods", "Results", ""]


def test_jats_has_its_labels_as_elements(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path)["ice.xml"])
    assert found == [
        ("To see ice.", "Introduction"),
        ("It is cold.", "Introduction"),
        ("We dug.", ""),
        ("It fell.", "Results"),
    ]


def test_glued_labels_are_parted(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path)["papers.jsonl"])
    assert found == [
        ("Snow is cold.", "Introduction"),
        ("We dug.", "Methods"),
        ("It helps.", "Discussion"),
    ]


def test_shown_labels_stand_where_they_are_printed(tmp_path: Path) -> None:
    files = write(tmp_path)
    first, _ = rows(files["rct.txt"], printed="show", tokens="sentence")
    assert [text for text, _ in first][:3] == [
        "OBJECTIVE: To see why snow melts .",
        "METHODS: We dug at 20 sites .",
        "We weighed it .",
    ]


def test_a_folder_has_all_kinds(tmp_path: Path) -> None:
    write(tmp_path)
    corpus = make_abstracts_corpus_v1(str(tmp_path), shuffle=True, limit=4)
    examples: list[Example] = list(corpus(spacy.blank("en")))
    assert len(examples) == 4
    for example in examples:
        sentences = [s.start_char for s in example.predicted.sents]
        gold = [s.start_char for s in example.reference.spans["imrad_abstract"]]
        assert sentences == gold
        assert "imrad_abstract" not in example.predicted.spans


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "###1\nno tab here\n", "line 2: expected a label"),
        ("a.txt", "###1\nSNOW\tIt fell.\n", "unknown label 'SNOW'"),
        ("a.jsonl", '{"sentences": ["a"], "labels": []}\n', "line 1: expected"),
        ("a.jsonl", '{"sentences": [1], "labels": ["method"]}\n', "no string"),
        ("a.jsonl", '{"id": "1", "sections": [], "abstract": "A."}\n', "No abstract"),
    ],
)
def test_bad_data_are_a_value_error(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf8")
    with pytest.raises(ValueError, match=message):
        list(make_abstracts_corpus_v1(str(tmp_path / name))(spacy.blank("en")))


@pytest.mark.parametrize(
    "options", [{"printed": "all"}, {"tokens": "word"}, {"limit": -1}]
)
def test_bad_options_are_a_value_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="AbstractsCorpus"):
        make_abstracts_corpus_v1("x", **options)


def test_the_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(read_abstracts([tmp_path / "nowhere.txt"]))


def test_the_config_trains_calibrates_and_labels(tmp_path: Path) -> None:
    """`configs/abstracts.cfg` from the corpus to the table of `label --abstracts`."""
    pytest.importorskip("torch")
    pytest.importorskip("scipy")
    from spacy.cli.train import train

    (tmp_path / "data.txt").write_text(RCT, encoding="utf8")
    config = Path(__file__).parents[2] / "configs" / "abstracts.cfg"
    data = str(tmp_path / "data.txt")
    train(
        config,
        tmp_path / "out",
        overrides={
            "paths.train": data,
            "paths.dev": data,
            "training.max_steps": 60,
            "training.eval_frequency": 60,
            "training.optimizer.learn_rate.warmup_steps": 5,
            "components.imrad_classifier.model.name": "imrad_distilbert_sm",
            "initialize.components.imrad_classifier.abstracts": {"width": 16},
        },
    )
    trained, calibrated = tmp_path / "out" / "model-last", tmp_path / "calibrated"
    run = CliRunner().invoke
    done = run(
        app, ["calibrate", str(trained), data, "--abstracts", "-o", str(calibrated)]
    )
    assert done.exit_code == 0, done.output
    weights = tmp_path / "weights"
    done = run(app, ["weights", str(calibrated), "-o", str(weights)])
    assert done.exit_code == 0, done.output
    assert (weights / "abstract.safetensors").stat().st_size < 2_000_000
    lines = tmp_path / "abstracts.txt"
    lines.write_text(
        "To see why snow melts. We dug at 20 sites. It was 5 cm deep.\n"
        "\nRESULTS: It melts. METHODS: We weighed it.\n",
        encoding="utf8",
    )
    done = run(
        app,
        [
            *("label", str(lines), "--abstracts", "-f", "csv", "--text"),
            *("-p", str(calibrated), "-o", str(tmp_path / "labels.csv")),
        ],
    )
    assert done.exit_code == 0, done.output
    header, *table = (tmp_path / "labels.csv").read_text(encoding="utf8").splitlines()
    assert header.startswith("file,section,label,score")
    assert [row.split(",")[2] for row in table] == [
        *("Introduction", "Methods", "Results"),
        *("Results", "Methods"),
    ]
