"""What people do with Docs and pipelines, done with ours."""

import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import spacy
from spacy import displacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, DocBin

from spacy_imrad.labels import DISPLACY_COLORS

PAPER = """\
# Sleep and light

## Introduction

Night work at the Alma Hospital costs sleep.

## Methods

Nurses of the Alma Hospital wore an actigraph in Turku.

They slept at home.

## Results

Sleep in Turku lasted six hours.
"""
LABELS = ["Introduction", "Methods", "Results"]


@pytest.fixture
def nlp(make_nlp: Callable[..., Language]) -> Language:
    """Rules find organizations and places; headings decide about sections."""
    nlp = make_nlp()
    ruler = nlp.add_pipe("entity_ruler", before="imrad_classifier")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "ORG", "pattern": [{"LOWER": "alma"}, {"LOWER": "hospital"}]},
            {"label": "GPE", "pattern": "Turku"},
        ]
    )
    return nlp


def labels(doc: Doc) -> list[str]:
    return [span.label_ for span in doc.spans["imrad"]]


def entities_in(doc: Doc, label: str) -> list[str]:
    return [entity.text for entity in doc.ents if entity._.imrad == label]


def test_entities_are_filtered_by_section(nlp: Language) -> None:
    doc = nlp(PAPER)
    assert labels(doc) == LABELS
    assert entities_in(doc, "Introduction") == ["Alma Hospital"]
    assert entities_in(doc, "Methods") == ["Alma Hospital", "Turku"]
    assert entities_in(doc, "Results") == ["Turku"]


def test_matches_are_filtered_by_section(nlp: Language) -> None:
    matcher = Matcher(nlp.vocab)
    matcher.add("PLACE", [[{"LOWER": "turku"}]])
    doc = nlp(PAPER)
    found = [span._.imrad for span in matcher(doc, as_spans=True)]
    assert found == ["Methods", "Results"]


def test_sentences_know_their_section(nlp: Language) -> None:
    nlp.add_pipe("sentencizer")
    doc = nlp(PAPER)
    found = {
        sentence.text.strip(): sentence._.imrad
        for sentence in doc.sents
        if "slept" in sentence.text
    }
    assert found == {"They slept at home.": "Methods"}


@pytest.mark.parametrize("key", ["imrad", "imrad_paragraphs"])
def test_displacy_draws_the_spans(key: str, nlp: Language) -> None:
    doc = nlp(PAPER)
    options = {"spans_key": key}
    html = displacy.render(doc, style="span", options=options, jupyter=False, page=True)
    for label in LABELS:
        assert label in html
        assert DISPLACY_COLORS[label] in html
    assert DISPLACY_COLORS["Discussion"] not in html


def test_displacy_draws_sections_as_entities(nlp: Language) -> None:
    # As spacy-streamlit and reports draw them: blocks of text, not layers of lines.
    doc = nlp(PAPER)
    blocks = [
        {"start": span.start_char, "end": span.end_char, "label": span.label_}
        for span in doc.spans["imrad"]
    ]
    given = {"text": doc.text, "ents": blocks, "title": None}
    html = displacy.render(given, style="ent", manual=True, jupyter=False)
    assert [html.count(DISPLACY_COLORS[label]) for label in LABELS] == [1, 1, 1]


def test_joined_docs_keep_labels(nlp: Language) -> None:
    docs = list(nlp.pipe([PAPER, "", "We propose a method."]))
    joined = Doc.from_docs(docs)
    assert labels(joined) == [label for doc in docs for label in labels(doc)]
    assert entities_in(joined, "Results") == ["Turku"]
    # spaCy drops the attrs of groups, and the scores with them.
    assert joined._.imrad_scores == {}
    again = nlp.get_pipe("imrad_classifier")(joined)
    assert sum(again._.imrad_scores.values()) == pytest.approx(1, abs=1e-5)


def test_a_section_as_a_doc_can_be_read_anew(nlp: Language) -> None:
    doc = nlp(PAPER)
    section = doc.spans["imrad"][1].as_doc()
    assert section._.imrad is None
    section = nlp.get_pipe("imrad_classifier")(section)
    assert labels(section) == ["Methods"]
    assert section.text.strip() == doc.spans["imrad"][1].text.strip()


def test_what_retokenizes_comes_before(nlp: Language) -> None:
    nlp.add_pipe("merge_entities", before="imrad_classifier")
    doc = nlp(PAPER)
    assert [token._.imrad for token in doc if token.text == "Alma Hospital"] == [
        "Introduction",
        "Methods",
    ]


@pytest.mark.parametrize("ask", ["doc", "span", "token", "scores"])
def test_a_doc_retokenized_afterwards_does_not_answer(ask: str, nlp: Language) -> None:
    nlp.add_pipe("merge_entities")
    doc = nlp(PAPER)
    with pytest.raises(ValueError, match="retokenized after"):
        {
            "doc": lambda: doc._.imrad,
            "span": lambda: doc[3:5]._.imrad,
            "token": lambda: doc[3]._.imrad,
            "scores": lambda: doc._.imrad_scores,
        }[ask]()
    doc = nlp.get_pipe("imrad_classifier")(doc)
    assert labels(doc) == LABELS
    assert doc[3]._.imrad is None or doc[3]._.imrad in LABELS


def test_splitting_a_token_is_noticed_too(nlp: Language) -> None:
    doc = nlp(PAPER)
    place = next(token for token in doc if token.text == "Turku")
    with doc.retokenize() as retokenizer:
        retokenizer.split(place, ["Tur", "ku"], heads=[(place, 1), place])
    with pytest.raises(ValueError, match="retokenized after"):
        _ = doc._.imrad


def test_pipelines_and_docs_can_be_pickled(nlp: Language) -> None:
    doc = nlp(PAPER)
    copied, answered = pickle.loads(pickle.dumps((nlp, doc)))
    for other in (answered, copied(PAPER)):
        assert labels(other) == LABELS
        assert entities_in(other, "Methods") == ["Alma Hospital", "Turku"]
        numpy.testing.assert_allclose(
            other.spans["imrad"].attrs["scores"],
            doc.spans["imrad"].attrs["scores"],
            atol=1e-5,
        )


def test_stored_docs_answer_in_another_process(nlp: Language, tmp_path: Path) -> None:
    DocBin(docs=list(nlp.pipe([PAPER, PAPER]))).to_disk(tmp_path / "papers.spacy")
    script = f"""
import spacy
from spacy.tokens import DocBin
nlp = spacy.blank("en")
nlp.add_pipe("imrad_classifier", config={{"model": {{
    "@architectures": "spacy-imrad.HFSequenceClassifier.v1", "name": "not/loaded"}}}})
for doc in DocBin().from_disk({str(tmp_path / "papers.spacy")!r}).get_docs(nlp.vocab):
    print([e.text for e in doc.ents if e._.imrad == "Results"], doc._.imrad)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "['Turku'] Methods\n" * 2, done.stderr


def test_contexts_go_through_batches_and_empty_texts(nlp: Language) -> None:
    texts = [PAPER, "", "We propose a method.", PAPER]
    pairs = [(text, {"number": i}) for i, text in enumerate(texts)]
    found = list(nlp.pipe(pairs, as_tuples=True, batch_size=3))
    assert [context["number"] for _, context in found] == [0, 1, 2, 3]
    assert [doc.text for doc, _ in found] == texts
    assert labels(found[3][0]) == LABELS


SCRIPT = """
import multiprocessing, spacy
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    nlp = spacy.load({folder!r})
    texts = [{paper!r}, "", "We propose a method."] * 4
    # torch starts its threads, which a fork would lack.
    alone = [(d._.imrad, len(d.spans["imrad"])) for d in nlp.pipe(texts)]
    pairs = [(text, i) for i, text in enumerate(texts)]
    found = list(nlp.pipe(pairs, as_tuples=True, n_process=2, batch_size=2))
    assert [context for _, context in found] == list(range(len(texts)))
    assert [(d._.imrad, len(d.spans["imrad"])) for d, _ in found] == alone, alone
    assert [d.text for d, _ in found] == texts
    sections = found[0][0].spans["imrad"]
    assert sections.attrs["scores"].shape == (len(sections), 5)
    print("the same")
"""


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_worker_processes(
    method: str, build_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {method}")
    folder = tmp_path / "pipeline"
    wide = build_checkpoint(width=256)
    model = {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(wide),
        "max_length": 128,
    }
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp.to_disk(folder)
    script = tmp_path / "script.py"
    paper = PAPER + "\n\n" + "We propose a method for the model. " * 200
    script.write_text(SCRIPT.format(method=method, folder=str(folder), paper=paper))
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=500,
        env={"OMP_NUM_THREADS": "2", "TOKENIZERS_PARALLELISM": "false"},
    )
    assert done.stdout == "the same\n", done.stderr


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_the_device_does_not_change_what_is_said(
    device: str, make_nlp: Callable[..., Language], tmp_path: Path
) -> None:
    import torch

    backend = torch.cuda if device == "cuda" else torch.backends.mps
    if not backend.is_available():
        pytest.skip(f"no {device} device here")
    nlp = make_nlp()
    nlp.to_disk(tmp_path / "pipeline")
    expected = nlp(PAPER).spans["imrad_paragraphs"].attrs["scores"].tolist()
    script = f"""
import json, spacy
spacy.require_gpu()
nlp = spacy.load({str(tmp_path / "pipeline")!r})
doc = nlp({PAPER!r})
print(json.dumps(doc.spans["imrad_paragraphs"].attrs["scores"].tolist()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    numpy.testing.assert_allclose(json.loads(done.stdout), expected, atol=1e-4)
