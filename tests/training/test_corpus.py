import json
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import registry

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.labels import LABELS
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.readers import make_doc
from spacy_imrad.readers.jsonl import read_papers
from spacy_imrad.training.corpus import make_papers_corpus_v1, make_papers_corpus_v2

SHARED = Path(__file__).parents[3] / "shared" / "corpus"

LONG = "We measured the depth of the snow (in cm) twice a day, at eight sites. " * 4
SECTIONS = [
    {"heading": "Introduction", "level": 1, "paragraphs": [LONG + "One.", "Short."]},
    {"heading": "2 Methods", "level": 1, "paragraphs": []},
    {"heading": "Sites", "level": 2, "paragraphs": [f"  {LONG}Two.\n"]},
    {"heading": "Shovels", "level": 2, "paragraphs": [LONG + "Three.", LONG + "Four."]},
    {"heading": "Snow", "level": 1, "paragraphs": [LONG + "Five."]},
    {"heading": "Conclusion", "level": 1, "paragraphs": [LONG + "Six."]},
    {"heading": "Acknowledgements", "level": 1, "paragraphs": [LONG + "Seven."]},
]


@pytest.fixture
def nlp():
    return spacy.blank("en")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "papers.jsonl"
    papers = [
        {"id": f"p{i}", "source": "tests", "sections": SECTIONS} for i in range(3)
    ] + [{"id": "none", "sections": [{"heading": "Snow", "paragraphs": [LONG]}]}]
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return path


def _labels(group):
    return [span.label_ for span in group]


def _read(nlp, path, **options):
    return list(make_papers_corpus_v1(str(path), **options)(nlp))


def test_registered():
    assert registry.readers.get("spacy-imrad.PapersCorpus.v1") is make_papers_corpus_v1


def test_from_config(nlp, path):
    config = {
        "corpora": {
            "@readers": "spacy-imrad.PapersCorpus.v1",
            "path": str(path),
            "unit": "paper",
            "rule": "ancestor",
        }
    }
    reader = registry.resolve(config)["corpora"]
    assert len(list(reader(nlp))) == 3


def test_paragraphs_by_the_strict_rule(nlp, path):
    examples = _read(nlp, path)
    assert len(examples) == 6
    reference, predicted = examples[0].reference, examples[0].predicted
    assert reference.text == predicted.text == LONG + "One."
    for key in ("imrad", "imrad_paragraphs"):
        (span,) = reference.spans[key]
        assert (span.start, span.end) == (0, len(reference))
        assert span.label_ == "Introduction"
    assert set(predicted.spans) == {"imrad_paragraphs"}
    assert predicted.user_data == {}
    assert reference.user_data["imrad_source"] == "tests"
    assert reference.user_data["imrad_id"] == "p0"


def test_paragraphs_by_the_ancestor_rule(nlp, path):
    examples = _read(nlp, path, rule="ancestor", limit=5)
    assert [e.reference.spans["imrad"][0].label_ for e in examples] == [
        "Introduction",
        "Methods",
        "Methods",
        "Methods",
        "Discussion",
    ]
    assert examples[1].text == LONG + "Two."


def test_min_length_counts_characters(nlp, path):
    assert len(_read(nlp, path, min_length=1)) == 9
    assert len(_read(nlp, path, min_length=len(LONG + "One."))) == 6
    with pytest.raises(ValueError, match="No paragraph"):
        _read(nlp, path, min_length=len(LONG + "One.") + 1)


def test_whole_papers_with_headings_hidden(nlp, path):
    example = _read(nlp, path, unit="paper", rule="ancestor")[0]
    reference, predicted = example.reference, example.predicted
    assert "Methods" not in reference.text
    paragraphs = reference.spans["imrad_paragraphs"]
    assert _labels(paragraphs) == [
        "Introduction",
        "",
        "Methods",
        "Methods",
        "Methods",
        "",
        "Discussion",
        "",
    ]
    assert [p.text for p in paragraphs] == reference.text.split("\n\n")
    sections = reference.spans["imrad"]
    assert _labels(sections) == ["Introduction", "Methods", "Discussion"]
    assert sections[0].text.endswith("Short.")
    assert sections[1].text.endswith("Four.")
    assert "imrad_headings" not in reference.spans
    assert [(s.start, s.end) for s in predicted.spans["imrad_paragraphs"]] == [
        (s.start, s.end) for s in paragraphs
    ]


def test_whole_papers_with_headings_shown(nlp, path):
    example = _read(nlp, path, unit="paper", rule="ancestor", headings="show")[0]
    reference, predicted = example.reference, example.predicted
    for doc in (reference, predicted):
        group = doc.spans["imrad_headings"]
        assert [span.text for span in group] == [s["heading"] for s in SECTIONS]
        assert group.attrs["levels"] == [1, 1, 2, 2, 1, 1, 1]
    sections = reference.spans["imrad"]
    assert [(s.label_, s.text.split("\n\n")[0]) for s in sections] == [
        ("Introduction", "Introduction"),
        ("Methods", "Sites"),
        ("Methods", "Shovels"),
        ("Discussion", "Conclusion"),
    ]
    # The heading says that the last paragraph is back matter.
    assert len(reference.spans["imrad_paragraphs"]) == 7


def test_names_of_sections_are_replaced(nlp, path):
    def read(headings):
        options = {"unit": "paper", "rule": "ancestor", "headings": headings}
        return _read(nlp, path, **options)[0].reference

    shown, renamed = read("show"), read("rename")
    titles = [span.text for span in renamed.spans["imrad_headings"]]
    known = [span.text for span in shown.spans["imrad_headings"]]
    assert len(titles) == len(known)
    for title, original in zip(titles, known, strict=True):
        assert (title == original) == (section_label(original) is None)
        assert section_label(title) is None
    for key in ("imrad_paragraphs", "imrad"):
        assert _labels(renamed.spans[key]) == _labels(shown.spans[key])
    assert renamed.text == read("rename").text


def test_methods_of_some_papers_stand_last(nlp, path):
    def label_orders(share):
        options = {"unit": "paper", "rule": "ancestor", "methods_last": share}
        return [
            _labels(e.reference.spans["imrad"]) for e in _read(nlp, path, **options)
        ]

    assert label_orders(0.0) == [["Introduction", "Methods", "Discussion"]] * 3
    assert label_orders(1.0) == [["Introduction", "Discussion", "Methods"]] * 3
    assert label_orders(0.5) == label_orders(0.5)
    first = _read(nlp, path, unit="paper")[0].reference.user_data["imrad_source"]
    assert label_orders({first: 1.0, "another": 0.0}) == label_orders(1.0)
    assert label_orders({"another": 1.0}) == label_orders(0.0)
    for wrong in (2, {first: 2}):
        with pytest.raises(ValueError, match="`methods_last` is 2"):
            label_orders(wrong)


def test_sections_of_some_papers_end_early(nlp, path):
    def lengths(share):
        options = {"unit": "paper", "rule": "ancestor", "shortened": share}
        return [
            len(e.reference.spans["imrad_paragraphs"])
            for e in _read(nlp, path, **options)
        ]

    whole, short = lengths(0.0), lengths(1.0)
    assert sum(short) < sum(whole)
    assert all(0 < a <= b for a, b in zip(short, whole, strict=True))
    with pytest.raises(ValueError, match="`shortened` is -1"):
        lengths(-1)


@pytest.mark.parametrize("unit", ["paragraph", "paper"])
@pytest.mark.parametrize("headings", ["show", "hide", "rename"])
def test_labels_are_never_predicted(nlp, path, unit, headings):
    for example in _read(nlp, path, unit=unit, rule="ancestor", headings=headings):
        for group in example.predicted.spans.values():
            assert set(_labels(group)) == {""}
        for span in example.reference.spans["imrad"]:
            assert span.label_ in LABELS


def test_other_keys(nlp, path):
    keys = {"spans_key": "a", "paragraphs_key": "b", "headings_key": "c"}
    example = _read(nlp, path, unit="paper", headings="show", **keys)[0]
    assert set(example.reference.spans) == {"a", "b", "c"}
    assert set(example.predicted.spans) == {"b", "c"}


def test_levels_survive_serialisation(nlp, path):
    example = _read(nlp, path, unit="paper", headings="show")[0]
    data = DocBin(docs=[example.reference], store_user_data=True).to_bytes()
    (doc,) = DocBin().from_bytes(data).get_docs(nlp.vocab)
    assert doc.spans["imrad_headings"].attrs["levels"] == [1, 1, 2, 2, 1, 1, 1]
    assert doc.user_data["imrad_id"] == "p0"


def test_shuffle_is_reproducible_and_differs_between_passes(nlp, path):
    def ids(corpus):
        return [(e.reference.user_data["imrad_id"], e.text) for e in corpus(nlp)]

    first, again = (
        make_papers_corpus_v1(str(path), rule="ancestor", shuffle=True, seed=1)
        for _ in range(2)
    )
    passes = [ids(first), ids(first)]
    assert passes[0] == ids(again)
    assert passes[0] != passes[1]
    assert sorted(passes[0]) == sorted(passes[1])


@pytest.mark.parametrize("tokens", ["nlp", "paragraph"])
def test_packed_paragraphs_are_the_single_ones(nlp, path, tokens):
    def paragraphs(pack):
        return [
            (span.text, span.label_)
            for example in _read(nlp, path, pack=pack, tokens=tokens)
            for span in example.reference.spans["imrad_paragraphs"]
        ]

    assert paragraphs(4) == paragraphs(1)
    first, last = _read(nlp, path, pack=4, tokens=tokens)
    assert len(first.predicted.spans["imrad_paragraphs"]) == 4
    assert not any(_labels(first.predicted.spans["imrad_paragraphs"]))
    assert len(last.predicted.spans["imrad_paragraphs"]) == 2


def test_limit_streams(nlp, path):
    with path.open("a") as file:
        file.write("not read\n")
    corpus = make_papers_corpus_v1(str(path), limit=2)
    assert len(list(corpus(nlp))) == 2
    assert len(list(corpus(nlp))) == 2


def test_tokenizer_that_joins_paragraphs_widens_the_spans(nlp, path):
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, [text], [False])
    example = _read(nlp, path, unit="paper", limit=1)[0]
    assert {(s.start, s.end) for s in example.reference.spans["imrad"]} == {(0, 1)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "page"}, r"unit.*'page'.*'paragraph', 'paper'"),
        ({"rule": "loose"}, r"rule.*'loose'.*'strict', 'ancestor', 'unarxive'"),
        ({"headings": "some"}, r"headings.*'some'.*'show', 'hide'"),
        ({"min_length": -1}, "Negative min_length"),
        ({"limit": -1}, "Negative limit"),
        ({"pack": 0}, "`pack` is 0"),
        ({"unit": "paper", "pack": 2}, "`pack` is 2.*exactly 1 where `unit` is not"),
        ({"spans_key": "x", "paragraphs_key": "x"}, "two different keys"),
        ({"headings_key": "imrad"}, "three different keys"),
    ],
)
def test_bad_options(path, options, message):
    with pytest.raises(ValueError, match=message):
        make_papers_corpus_v1(str(path), **options)


def test_nothing_found(nlp, path):
    with pytest.raises(ValueError, match=r"No paragraph of 9999"):
        _read(nlp, path, min_length=9999)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        _read(nlp, path.parent / "nowhere.jsonl")


def test_shared_corpus(nlp):
    path = SHARED / "dev.jsonl.xz"
    if not path.exists():
        pytest.skip(f"the corpus of papers is not at {SHARED}")
    for unit in ("paragraph", "paper"):
        for example in _read(nlp, path, unit=unit, rule="ancestor", limit=20):
            reference = example.reference
            for span in reference.spans["imrad_paragraphs"]:
                assert span.text == span.text.strip()
            assert any(_labels(reference.spans["imrad_paragraphs"]))


# --- `spacy-imrad.PapersCorpus.v2` ---------------------------------------------------


def _read_v2(nlp, path, **options):
    return list(make_papers_corpus_v2(str(path), **options)(nlp))


def test_registered_v2(nlp, path):
    config = {
        "corpora": {
            "@readers": "spacy-imrad.PapersCorpus.v2",
            "path": str(path),
            "unit": "paper",
            "convention": "ancestor",
        }
    }
    assert len(list(registry.resolve(config)["corpora"](nlp))) == 3


@pytest.mark.parametrize("tokens", ["nlp", "paragraph"])
def test_a_whole_paper_is_the_doc_that_a_reader_makes(nlp, path, tokens):
    example = _read_v2(
        nlp, path, unit="paper", convention="ancestor", headings="show", tokens=tokens
    )[0]
    made = make_doc(nlp, next(read_papers(path)))
    for doc in (example.reference, example.predicted):
        assert doc.text == made.text
        assert stored_outline(doc) == stored_outline(made)
    paragraphs = example.reference.spans["imrad_paragraphs"]
    assert [(p.label_, p.text[-5:]) for p in paragraphs] == [
        ("Introduction", " One."),
        ("", "hort."),
        ("Methods", " Two."),
        ("Methods", "hree."),
        ("Methods", "Four."),
        ("", "Five."),
        ("Discussion", " Six."),
    ]
    assert set(_labels(example.predicted.spans["imrad_paragraphs"])) == {""}


@pytest.mark.parametrize("headings", ["show", "hide", "rename"])
@pytest.mark.parametrize("matter", ["body", "all"])
def test_the_pipe_trains_on_the_candidates(nlp, path, headings, matter):
    options = {"unit": "paper", "convention": "ancestor", "headings": headings}
    example = _read_v2(nlp, path, matter=matter, **options)[0]
    outlined, gold = gold_paragraphs(example, LABELS, no_segmenter, GoldKeys())
    candidates = example.reference.spans["imrad_paragraphs"]
    # Only a heading tells that the last paragraph is back matter.
    is_body = matter == "body" and headings != "hide"
    assert len(candidates) == (7 if is_body else 8)
    assert [LABELS[row] if row >= 0 else "" for row in gold] == _labels(candidates)
    titles = [section.title for section in outlined.outline.sections]
    if headings == "show":
        assert titles == [s["heading"].removeprefix("2 ") for s in SECTIONS]
    else:
        assert not any(map(section_label, titles))
        assert len(titles) == (1 if headings == "hide" else len(SECTIONS))


def test_title_and_abstract_are_no_candidates(nlp, tmp_path):
    paper = {"id": "p", "title": "On snow", "abstract": LONG, "sections": SECTIONS}
    path = tmp_path / "paper.jsonl"
    path.write_text(json.dumps(paper))
    options = {"unit": "paper", "convention": "ancestor", "matter": "all"}
    for headings in ("show", "hide"):
        (example,) = _read_v2(nlp, path, headings=headings, **options)
        assert len(example.reference.spans["imrad_paragraphs"]) == 8
        assert ("On snow" in example.text) == (headings == "show")


def test_unknown_convention(path):
    with pytest.raises(ValueError, match="'strict' before is 'unarxive'"):
        make_papers_corpus_v2(str(path), convention="strict")
