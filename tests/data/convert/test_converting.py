"""Conversions: what they write, that they are the same twice, and after a kill."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_imrad.data.convert.converting import convert
from spacy_imrad.data.convert.settings import Settings
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers.jsonl import read_papers

HEADINGS = ["Introduction", "Methods", "Results", "Related Work", "Discussion"]
WORDS = [f"snow{i}" for i in range(300)]


@contextmanager
def no_progress(title, total):
    yield lambda: None


def write_papers(path: Path, number: int, seed: int = 0) -> None:
    chance = random.Random(seed)
    with path.open("w", encoding="utf8") as file:
        for index in range(number):
            sections = [
                {
                    "heading": heading,
                    "paragraphs": [" ".join(chance.choices(WORDS, k=40))] * 2,
                }
                for heading in HEADINGS
                if heading != "Related Work" or index % 5 == 0
            ]
            source = "north" if index % 3 else "south"
            paper = {"id": f"p{index}", "source": source, "sections": sections}
            file.write(json.dumps(paper) + "\n")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_papers(tmp_path / "papers.jsonl", 60)
    return Settings(
        dataset="folder",
        input=str(tmp_path / "papers.jsonl"),
        unit="paper",
        convention="ancestor",
        shard_size=40_000,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """But for the marker, which has times in it."""
    paths = (p for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def n_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_every_paper_is_in_one_split_and_every_split_has_every_label(
    settings, tmp_path
):
    report = convert(settings, tmp_path / "out", no_progress)
    ids = {
        split: {paper.id for paper in read_papers(tmp_path / "out" / "papers" / split)}
        for split in ("train", "dev", "test")
    }
    sizes = {split: len(papers) for split, papers in ids.items()}
    assert sum(sizes.values()) == len(set().union(*ids.values())) == 60
    assert sizes == {s: part["records"] for s, part in report["splits"].items()}
    assert sizes["dev"] >= 5
    assert sizes["test"] >= 5
    for part in report["splits"].values():
        assert all(part["labels"].values())
        assert set(part["sources"]) == {"north", "south"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert len(list((tmp_path / "out" / "papers" / "train").iterdir())) > 1


def test_docs_are_the_papers_with_gold_span_groups(settings, tmp_path):
    convert(settings, tmp_path / "out", no_progress)
    folder = tmp_path / "out"
    papers = list(read_papers(folder / "papers" / "dev"))
    nlp = spacy.blank("en")
    paths = sorted((folder / "docs" / "dev").iterdir())
    docs = [
        doc for path in paths for doc in DocBin().from_disk(path).get_docs(nlp.vocab)
    ]
    assert [doc.user_data["imrad_id"] for doc in docs] == [p.id for p in papers]
    for doc, paper in zip(docs, papers, strict=True):
        headings = [section.heading for section in paper.sections]
        assert [span.label_ for span in doc.spans["imrad"]] == headings
        outline = stored_outline(doc)
        assert [section.title for section in outline.sections] == headings
        assert [(span.label_, span.text) for span in doc.spans["imrad_paragraphs"]] == [
            (section.heading, text)
            for section in paper.sections
            for text in section.paragraphs
        ]
    assert len(list(Corpus(folder / "docs" / "train")(nlp))) > 40


def test_spacy_trains_on_the_docs(settings, tmp_path, make_nlp):
    convert(settings, tmp_path / "out", no_progress)
    nlp = make_nlp(use_headings=False)
    optimizer = nlp.initialize()
    examples = list(Corpus(tmp_path / "out" / "docs" / "train")(nlp))
    losses = {}
    nlp.update(examples[:4], sgd=optimizer, losses=losses)
    assert losses["imrad_classifier"] > 0
    # The boundaries are those of the gold: what is scored is the labels.
    scores = nlp.evaluate(list(Corpus(tmp_path / "out" / "docs" / "dev")(nlp)))
    paragraphs = scores["spans_imrad_paragraphs_per_type"]
    assert set(paragraphs) <= set(HEADINGS)
    assert 0 <= scores["spans_imrad_acc"] <= 1


def test_paragraphs_can_be_the_docs(settings, tmp_path):
    convert(
        replace(settings, unit="paragraph", convention="unarxive"),
        tmp_path,
        no_progress,
    )
    nlp = spacy.blank("en")
    docs = [example.reference for example in Corpus(tmp_path / "docs" / "dev")(nlp)]
    n_paragraphs = sum(
        len(section.paragraphs)
        for paper in read_papers(tmp_path / "papers" / "dev")
        for section in paper.sections
    )
    assert len(docs) == n_paragraphs
    assert all(doc.spans["imrad"][0].text == doc.text for doc in docs)


def test_near_duplicates_and_papers_without_labels_are_left_out(settings, tmp_path):
    lines = Path(settings.input).read_text().splitlines()
    copy = {**json.loads(lines[0]), "id": "copy", "title": "Published again"}
    short = {"id": "s", "sections": [{"heading": "Methods", "paragraphs": ["Short."]}]}
    Path(settings.input).write_text(
        "\n".join([*lines, json.dumps(copy), json.dumps(short), "no JSON"])
    )
    report = convert(settings, tmp_path / "out", no_progress)
    assert sum(part["records"] for part in report["splits"].values()) == 60
    assert report["skipped"] == {
        "near-duplicate": 1,
        "no labelled paragraph": 1,
        "unreadable": 1,
    }
    assert report["skipped_examples"]["near-duplicate"] == ["copy"]
    assert report["skipped_examples"]["no labelled paragraph"] == ["s"]


def test_a_paper_that_is_also_for_testing_is_not_trained_on(settings, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_papers(data / "train.jsonl", 20)
    write_papers(data / "test.jsonl", 3)
    report = convert(replace(settings, input=str(data)), tmp_path / "o", no_progress)
    assert report["splits"]["test"]["records"] == 3
    assert report["splits"]["train"]["records"] == 17


def test_the_seed_settles_the_result(settings, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        convert(replace(settings, seed=seed), tmp_path / name, no_progress)
    one, again, other = (contents(tmp_path / name) for name in "abc")
    assert one == again
    assert one["papers/test/00000.jsonl"] != other["papers/test/00000.jsonl"]


def test_another_conversion_is_replaced_only_on_demand(settings, tmp_path):
    convert(settings, tmp_path / "out", no_progress)
    other = replace(settings, seed=1)
    with pytest.raises(FileExistsError, match="other settings"):
        convert(other, tmp_path / "out", no_progress)
    convert(other, tmp_path / "out", no_progress, overwrite=True)
    convert(other, tmp_path / "fresh", no_progress)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_the_same_settings_go_on(settings, tmp_path):
    settings = replace(settings, dev_share=0.3, test_share=0.15)
    first = convert(settings, tmp_path / "out", no_progress)
    assert convert(settings, tmp_path / "out", no_progress) == first


def test_too_few_papers_for_a_split_are_an_error(settings, tmp_path):
    write_papers(Path(settings.input), 2)
    with pytest.raises(ValueError, match="none is left for the split 'dev'"):
        convert(settings, tmp_path / "out", no_progress)
    small = replace(settings, dev_share=0.0, test_share=0.0)
    assert set(convert(small, tmp_path / "o", no_progress)["splits"]) == {"train"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": "imagenet"}, "Unknown data set"),
        ({"unit": "chapter"}, "Unknown unit 'chapter'"),
        ({"convention": "lax"}, "Unknown convention 'lax'"),
        ({"dev_share": 0.5, "test_share": 0.5}, "sum below 1"),
        ({"test_share": -0.1}, "each has to be 0 or more"),
        ({"shard_size": 0}, "at least 0, 0 and 1"),
    ],
)
def test_bad_settings_are_an_error(settings, changes, reason):
    with pytest.raises(ValueError, match=reason):
        replace(settings, **changes)


@pytest.mark.slow
def test_killed_ten_times_it_ends_with_the_same_files(settings, tmp_path):
    write_papers(Path(settings.input), 300)
    settings = replace(settings, shard_size=10_000)
    command = [
        *(sys.executable, "-m", "spacy_imrad", "convert", "folder"),
        *("-o", str(tmp_path / "killed"), "--input", settings.input),
        *("--shard-size", "10000"),
    ]
    convert(settings, tmp_path / "undisturbed", no_progress)
    n_whole = n_files(tmp_path / "undisturbed")
    chance = random.Random(0)
    for number in range(10):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        # By files, since machines differ in speed, and at any moment between them.
        while n_files(tmp_path / "killed") <= number * n_whole // 20:
            assert process.poll() is None, "It ended before it was killed."
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "killed" / "report.json").exists()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert contents(tmp_path / "killed") == contents(tmp_path / "undisturbed")
