"""From a labelled Doc to what the page shows."""

import re
from pathlib import Path

import numpy
import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from spacy_imrad import LABELS
from spacy_imrad.pipeline.explanation import explain
from spacy_imrad.pipeline.groups import Keys
from spacy_imrad.view import PaperView, Piece, view_paper

PAPERS = Path(__file__).parent / "papers"
PAPER = (PAPERS / "plain.md").read_text(encoding="utf8")
TEXT = "We conclude that the samples of earlier studies show a significant increase."
HOSTILE = (PAPERS / "hostile.md").read_text(encoding="utf8")


def shown(paper: PaperView) -> str:
    """All the text on the page, letters and digits only."""
    texts = [paper.title]
    for part in paper.parts:
        texts += [part.number + part.title] if part.headed else []
        texts += [block.text for block in part.blocks]
    return "".join(filter(str.isalnum, "".join(texts)))


@pytest.mark.parametrize(
    "text", [PAPER, HOSTILE, PAPER.replace("#", ""), "One paragraph alone.", "", " \n"]
)
def test_all_of_the_text_is_shown_in_order(nlp: Language, text: str) -> None:
    paper = view_paper(nlp(text))
    title = "" if text.startswith("#") else paper.title
    # Headings are shown without their markup.
    text = re.sub("^#.*", lambda line: re.sub("<[^>]*>", "", line[0]), text, flags=re.M)
    assert shown(paper).removeprefix(title) == "".join(filter(str.isalnum, text))


def test_outline(nlp: Language) -> None:
    paper = view_paper(nlp(PAPER), name="papers/study.md")
    assert (paper.title, paper.name) == ("A study of two groups", "papers/study.md")
    assert [(p.level, p.number, p.title) for p in paper.parts] == [
        (1, "", ""),
        (1, "1", "Introduction"),
        (1, "2", "Methods"),
        (2, "2.1", "Patients"),
        (2, "2.2", "Of the weather"),
        (1, "3", "Results"),
        (1, "4", "Discussion"),
        (1, "", "References"),
    ]
    assert [block.kind for block in paper.parts[3].blocks] == ["text", "table"]


def test_verdicts_are_those_of_the_groups(nlp: Language) -> None:
    doc = nlp(PAPER)
    paper = view_paper(doc)
    assert paper.labels == LABELS
    own = [p.verdict for p in paper.parts if p.blocks]
    for key, verdicts in (
        ("imrad", own),
        ("imrad_paragraphs", [b.verdict for p in paper.parts for b in p.blocks]),
    ):
        found = [verdict for verdict in verdicts if verdict is not None]
        group = doc.spans[key]
        assert [LABELS[v.label or 0] for v in found] == [span.label_ for span in group]
        numpy.testing.assert_allclose([v.scores for v in found], group.attrs["scores"])
        assert [verdict.why for verdict in found] == group.attrs["why"]


def test_a_heading_without_text_has_what_its_sections_have(nlp: Language) -> None:
    text = f"### Results\n\n{TEXT}\n\n### Methods\n\n{TEXT}\n\n"
    text = f"## Methods\n\n### Patients\n\n{TEXT}\n\n## Both\n\n{text}"
    paper = view_paper(nlp(f"# A study\n\n{text}"))
    methods, both = (p for p in paper.parts if p.headed and not p.blocks)
    assert methods.verdict is not None
    assert (methods.title, methods.verdict.why) == ("Methods", "children")
    assert methods.verdict.label == LABELS.index("Methods")
    assert methods.mixture == ()
    assert both.verdict is not None
    assert both.verdict.label is None
    assert both.mixture == (LABELS.index("Results"), LABELS.index("Methods"))
    assert not both.low


def test_the_whole_paper_has_its_scores(nlp: Language) -> None:
    doc = nlp(PAPER)
    paper = view_paper(doc, name=str(Path("home", "me", "papers", "study.md")))
    assert paper.scores == tuple(doc._.imrad_scores.values())
    best = doc.spans["imrad_paragraphs"].attrs["scores"].max(axis=1)
    assert best.min() <= (paper.confidence or 0) <= best.max()
    assert paper.short_name == "…/papers/study.md"


def test_strip_covers_the_paper_once(nlp: Language) -> None:
    paper = view_paper(nlp(PAPER))
    ends = [piece.at + piece.width for piece in paper.strip]
    assert [piece.at for piece in paper.strip] == pytest.approx([0, *ends[:-1]])
    assert ends[-1] == pytest.approx(100)
    widths = {
        index: sum(piece.width for piece in paper.strip if piece.label == index)
        for index in range(len(LABELS))
    }
    total = sum(widths.values())
    assert [width / total for width in widths.values()] == pytest.approx(paper.shares)
    assert paper.main_label == max(widths, key=widths.__getitem__)


def test_low_confidence_is_marked(nlp: Language) -> None:
    doc = nlp(PAPER)
    best = doc.spans["imrad_paragraphs"].attrs["scores"].max(axis=1)
    threshold = float(numpy.median(best))
    paper = view_paper(doc, low_confidence=threshold)
    assert paper.n_low == (best < threshold).sum() > 0
    assert view_paper(doc, low_confidence=0.0).n_low == 0


def test_text_without_headings_is_named_by_its_opening(nlp: Language) -> None:
    text = "We propose a method, and the results of this method show an increase. " * 9
    (part,) = view_paper(nlp(text), name="notes.txt").parts
    assert part.title == "We propose a method, and the results of …"
    assert not part.headed
    assert view_paper(nlp(text), name="notes.txt").title == "notes"


def test_a_doc_from_disk_is_shown_the_same(nlp: Language) -> None:
    doc = nlp(PAPER)
    (again,) = (
        DocBin(docs=[doc]).from_bytes(DocBin(docs=[doc]).to_bytes()).get_docs(nlp.vocab)
    )
    assert view_paper(again) == view_paper(doc)


def test_explained_paragraphs_have_their_sentences(nlp: Language) -> None:
    doc = nlp(PAPER)
    effects = explain(doc, nlp.get_pipe("imrad_classifier"))
    paper = view_paper(doc, effects=effects)
    assert paper.is_explained
    assert not view_paper(doc).is_explained
    blocks = [b for p in paper.parts for b in p.blocks if b.verdict]
    for block, sentences in zip(blocks, effects, strict=True):
        assert [piece.effect for piece in block.pieces] == [s.effect for s in sentences]
        assert not sentences or "".join(p.text for p in block.pieces) == block.text


@pytest.mark.parametrize(
    ("effect", "weight"), [(0.01, 0), (-0.05, 1), (0.2, 2), (-0.9, 3)]
)
def test_stronger_effects_weigh_more(effect: float, weight: int) -> None:
    assert Piece("A sentence.", effect).weight == weight


def test_unlabelled_paragraphs_keep_their_scores(nlp: Language) -> None:
    pipe = nlp.get_pipe("imrad_classifier")
    pipe.cfg["threshold"] = 1.0
    try:
        paper = view_paper(nlp(PAPER))
    finally:
        pipe.cfg["threshold"] = 0.0
    verdicts = [b.verdict for p in paper.parts for b in p.blocks if b.verdict]
    assert {verdict.label for verdict in verdicts} == {None}
    assert all(len(verdict.scores) == len(LABELS) for verdict in verdicts)
    assert paper.main_label is None
    assert paper.n_unlabelled == paper.n_paragraphs == len(verdicts)


def test_groups_by_hand_have_labels_alone(nlp: Language) -> None:
    doc = nlp.make_doc("We read. We count.")
    doc.spans["gold"] = [doc.char_span(0, 18, label="Appendix")]
    doc.spans["gold_paragraphs"] = [
        doc.char_span(0, 8, label="Methods"),
        doc.char_span(9, 18, label="Appendix"),
    ]
    paper = view_paper(doc, keys=Keys("gold", "gold_paragraphs"))
    assert paper.labels == (*LABELS, "Appendix")
    (part,) = paper.parts
    assert [b.verdict.label for b in part.blocks if b.verdict] == [1, 5]
    assert {b.verdict.confidence for b in part.blocks if b.verdict} == {None}
    assert paper.n_low == 0


def test_a_doc_without_sections_is_an_error(nlp: Language) -> None:
    doc = Doc(nlp.vocab, words=["Nothing"])
    doc.spans["other"] = []
    with pytest.raises(ValueError, match=r"no span group 'imrad' \(it has 'other'\)"):
        view_paper(doc)
