"""Training data from papers: one paragraph, or one whole paper, a Doc."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from spacy.attrs import IDX
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.outline import PROSE, Heading, Outline, Paragraph, Section
from spacy_imrad.document.paper import Paper
from spacy_imrad.document.stored_outline import store_outline
from spacy_imrad.labels import Convention, check_convention
from spacy_imrad.readers.jsonl import PathLike, read_papers
from spacy_imrad.training.gold import GoldPaper, read_gold, section_gold
from spacy_imrad.training.gold_v1 import read_gold_v1, section_gold_v1
from spacy_imrad.training.section_order import methods_last
from spacy_imrad.training.shortening import shorten_sections

Rule: TypeAlias = Literal["strict", "ancestor", "unarxive"]
Unit: TypeAlias = Literal["paragraph", "paper"]
Headings: TypeAlias = Literal["show", "hide", "rename"]
Matters: TypeAlias = Literal["body", "all"]
Tokens: TypeAlias = Literal["nlp", "paragraph"]

_BREAK: Final = "\n\n"


class _Text(NamedTuple):
    """A text to make a Doc of.

    paper: None if the text has paragraphs of several.
    outline: The candidate paragraphs are those of its body.
    labels: For each section; empty if it has none.
    """

    text: str
    paper: Paper | None
    outline: Outline
    labels: list[str]


class _Block(NamedTuple):
    """Characters of a text, end-exclusive; the label is empty where there is none."""

    start: int
    end: int
    label: str = ""


def make_papers_corpus_v1(
    path: str | list[str],
    *,
    unit: Unit = "paragraph",
    rule: Rule = "strict",
    headings: Headings = "hide",
    matter: Matters = "body",
    tokens: Tokens = "nlp",
    min_length: int = 200,
    spans_key: str = "imrad",
    paragraphs_key: str = "imrad_paragraphs",
    headings_key: str = "imrad_headings",
    methods_last: float | dict[str, float] = 0.0,
    shortened: float = 0.0,
    pack: int = 1,
    limit: int = 0,
    shuffle: bool = False,
    seed: int = 0,
) -> "PapersCorpus":
    """Read papers as Examples, with the gold labels of version 0.1
    (`spacy-imrad.PapersCorpus.v1`). New configs take `make_papers_corpus_v2`, which
    explains the arguments.

    rule: The convention for gold labels; "unarxive" is called "strict" here.
    headings_key: Span group for the headings.
    """
    _check_option("rule", rule, get_args(Rule))
    if headings_key in (spans_key, paragraphs_key):
        raise ValueError(
            "PapersCorpus needs three different keys, got "
            f"{(spans_key, paragraphs_key, headings_key)}."
        )
    return PapersCorpus(
        path,
        unit=unit,
        convention="unarxive" if rule == "strict" else rule,
        headings=headings,
        matter=matter,
        tokens=tokens,
        min_length=min_length,
        spans_key=spans_key,
        paragraphs_key=paragraphs_key,
        methods_last=methods_last,
        shortened=shortened,
        pack=pack,
        limit=limit,
        shuffle=shuffle,
        seed=seed,
        v1_headings_key=headings_key,
    )


def make_papers_corpus_v2(
    path: str | list[str],
    *,
    unit: Unit = "paragraph",
    convention: Convention = "unarxive",
    headings: Headings = "hide",
    matter: Matters = "body",
    tokens: Tokens = "nlp",
    min_length: int = 200,
    spans_key: str = "imrad",
    paragraphs_key: str = "imrad_paragraphs",
    methods_last: float | dict[str, float] = 0.0,
    shortened: float = 0.0,
    pack: int = 1,
    limit: int = 0,
    shuffle: bool = False,
    seed: int = 0,
) -> "PapersCorpus":
    """Read papers as Examples (`spacy-imrad.PapersCorpus.v2`).

    path: A file of papers as JSON Lines, a folder of such files, or several of these.
    unit: "paragraph" for one Doc per labelled paragraph, "paper" for one Doc per paper
        that has a labelled paragraph.
    convention: The convention for gold labels.
    headings: What happens to the headings of a whole paper: "show", "hide", or "rename"
        to replace those that name a section by others that name nothing.
    matter: "body" if only paragraphs of the body are candidates, "all" if front and
        back matter are, too.
    tokens: "nlp" tokenizes as the pipeline does; "paragraph" makes one token of each
        heading and paragraph, which is several times faster.
    min_length: Paragraphs of fewer characters have no gold label.
    spans_key, paragraphs_key: Span groups for the gold labels.
    methods_last: Share of papers in which the Methods are moved to the end, from 0 to
        1; or such a share by source.
    shortened: Share of papers in which named sections are cut at random places, so that
        their lengths are not memorised, from 0 to 1.
    pack: Number of paragraphs in a Doc if `unit` is "paragraph".
    limit: Maximum number of Docs; 0 for all.
    shuffle: Whether each pass has a new random order, for which all texts are held in
        memory. `spacy train` needs this only if it streams (`max_epochs = -1`).
    seed: Random seed.
    RAISES: ValueError if an option has an unknown value, or a number is negative.
    """
    return PapersCorpus(
        path,
        unit=unit,
        convention=check_convention(convention),
        headings=headings,
        matter=matter,
        tokens=tokens,
        min_length=min_length,
        spans_key=spans_key,
        paragraphs_key=paragraphs_key,
        methods_last=methods_last,
        shortened=shortened,
        pack=pack,
        limit=limit,
        shuffle=shuffle,
        seed=seed,
    )


class PapersCorpus:
    """Stream Examples from papers; the arguments are `make_papers_corpus_v2`'s.

    Of each Example the reference has

    - `spans[paragraphs_key]`: the candidate paragraphs, each with its gold label; the
      label is empty where there is none;
    - `spans[spans_key]`: the labelled sections, a heading with the paragraphs directly
      under it, or neighbouring paragraphs with one label where no headings are shown;
    - `user_data["imrad_source"]` and `["imrad_id"]`: which paper it is, unless
      paragraphs of several share the Doc.

    The predicted Doc has the boundaries of the paragraphs, never a label. If it is a
    whole paper, both have its outline in `spans["imrad_outline"]`; its body are the
    candidate paragraphs. By `spacy-imrad.PapersCorpus.v1` both have, if headings are
    shown, these instead in `spans[v1_headings_key]`, their levels as a list in the
    group's `attrs["levels"]`.

    v1_headings_key: Given, labels and texts are those of `spacy-imrad.PapersCorpus.v1`.
    """

    def __init__(
        self,
        path: PathLike | Iterable[PathLike],
        *,
        unit: Unit,
        convention: Convention,
        headings: Headings,
        matter: Matters,
        tokens: Tokens,
        min_length: int,
        spans_key: str,
        paragraphs_key: str,
        methods_last: float | dict[str, float],
        shortened: float,
        pack: int,
        limit: int,
        shuffle: bool,
        seed: int,
        v1_headings_key: str | None = None,
    ) -> None:
        _check_option("unit", unit, get_args(Unit))
        _check_option("headings", headings, get_args(Headings))
        _check_option("matter", matter, get_args(Matters))
        _check_option("tokens", tokens, get_args(Tokens))
        for name, number in (("min_length", min_length), ("limit", limit)):
            if number < 0:
                raise ValueError(f"Negative {name} for PapersCorpus: {number}.")
        if pack < 1 or (pack > 1 and unit != "paragraph"):
            raise ValueError(
                f"`pack` is {pack} for PapersCorpus: the paragraphs that share a Doc "
                'are at least 1, and exactly 1 where `unit` is not "paragraph".'
            )
        order = methods_last if isinstance(methods_last, dict) else {"": methods_last}
        for name, shares in (
            ("methods_last", order.values()),
            ("shortened", [shortened]),
        ):
            for share in shares:
                if not 0 <= share <= 1:
                    raise ValueError(
                        f"`{name}` is {share} for PapersCorpus: a share is from 0 to 1."
                    )
        if spans_key == paragraphs_key:
            raise ValueError(
                f"PapersCorpus needs two different keys, got '{spans_key}' twice."
            )
        self.path = path if isinstance(path, PathLike) else list(path)
        self.unit = unit
        self.convention: Convention = convention
        self.headings = headings
        self.all_matter = matter == "all" or headings == "hide"
        self.tokenize = tokens == "nlp"
        self.min_length = min_length
        self.spans_key = spans_key
        self.paragraphs_key = paragraphs_key
        self.methods_last = methods_last
        self.shortened = shortened
        self.pack = pack
        self.limit = limit
        self.shuffle = shuffle
        self.v1_headings_key = v1_headings_key
        is_v1 = v1_headings_key is not None
        self._read_gold = read_gold_v1 if is_v1 else read_gold
        self._section_gold = section_gold_v1 if is_v1 else section_gold
        self._random = random.Random(seed)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Read the papers once.

        nlp: Its tokenizer makes the Docs.
        YIELDS: The Examples.
        RAISES: FileNotFoundError if a path does not exist, ValueError if a file is
            damaged or no Example was found.
        """
        papers = read_papers(self.path)
        split = self._paragraphs if self.unit == "paragraph" else self._whole
        texts: Iterator[_Text] = (text for paper in papers for text in split(paper))
        if self.shuffle:
            shuffled = list(texts)
            self._random.shuffle(shuffled)
            texts = iter(shuffled)
        if self.pack > 1:
            texts = _packs(texts, self.pack)
        found = False
        for text in islice(texts, self.limit or None):
            found = True
            yield self._example(nlp, text)
        if not found:
            raise ValueError(
                f"No paragraph of {self.min_length} or more characters has a label by "
                f"the {self.convention!r} convention: {self.path}"
            )

    def _paragraphs(self, paper: Paper) -> Iterator[_Text]:
        gold = self._read_gold(paper, self.convention)
        for section, label in zip(gold.outline.sections, gold.labels, strict=True):
            for paragraph in section.paragraphs if label else ():
                text = gold.text[paragraph.start : paragraph.end]
                if paragraph.kind in PROSE and len(text) >= self.min_length:
                    single = Section(None, (Paragraph(0, len(text)),))
                    yield _Text(text, paper, Outline((single,)), [label or ""])

    def _varied(self, paper: Paper) -> Paper:
        # The same papers in each run, in whichever order they are read.
        chance = random.Random(paper.id)
        share = self.methods_last
        if isinstance(share, dict):
            share = share.get(paper.source, 0)
        if chance.random() < share:
            paper = methods_last(paper, self._section_gold(paper))
        if chance.random() < self.shortened:
            paper = shorten_sections(paper, self._section_gold(paper))
        return paper

    def _whole(self, paper: Paper) -> Iterator[_Text]:
        gold = self._read_gold(self._varied(paper), self.convention)
        text = self._shown(gold, paper)
        if any(block.label for block in self._candidates(text)):
            yield text

    def _shown(self, gold: GoldPaper, paper: Paper) -> _Text:
        """The gold paper as the Doc is to have it."""
        labels = [label or "" for label in gold.labels]
        sections = [
            replace(section, matter="body")
            if label or (self.all_matter and not is_opening)
            else section
            for section, label, is_opening in zip(
                gold.outline.sections, labels, gold.opening, strict=True
            )
        ]
        if self.headings == "show":
            return _Text(gold.text, paper, Outline(tuple(sections)), labels)
        parts: list[str] = []
        length = 0

        def add(part: str) -> tuple[int, int]:
            nonlocal length
            start = length + len(_BREAK) if parts else 0
            parts.append(part)
            length = start + len(part)
            return start, length

        shown: list[Section] = []
        kept: list[str] = []
        for index, (section, label) in enumerate(zip(sections, labels, strict=True)):
            heading = section.heading if self.headings == "rename" else None
            paragraphs = section.paragraphs
            if heading is not None:
                title, printed = heading.title, gold.text[heading.start : heading.end]
                if section_label(title):
                    title = printed = _invented_name(f"{paper.id} {index}")
                heading = Heading(*add(printed), heading.level, title)
            else:
                paragraphs = tuple(p for p in paragraphs if p.kind in PROSE)
                paragraphs = paragraphs if section.matter == "body" else ()
            moved = tuple(
                Paragraph(*add(gold.text[p.start : p.end]), p.kind) for p in paragraphs
            )
            if heading is not None or moved:
                shown.append(replace(section, heading=heading, paragraphs=moved))
                kept.append(label)
        if self.headings == "hide":
            shown = [replace(section, parent=None) for section in shown]
        return _Text(_BREAK.join(parts), paper, Outline(tuple(shown)), kept)

    def _candidates(self, text: _Text) -> list[_Block]:
        """The candidate paragraphs, with their labels."""
        return [
            _Block(
                paragraph.start,
                paragraph.end,
                text.labels[index]
                if paragraph.end - paragraph.start >= self.min_length
                else "",
            )
            for index, paragraph in text.outline.prose()
        ]

    def _sections(self, text: _Text) -> list[_Block]:
        """The labelled sections that have paragraphs."""
        found = [
            _Block(section.start, section.end, label)
            for section, label in zip(text.outline.sections, text.labels, strict=True)
            if label and section.paragraphs
        ]
        whole_hidden = self.unit == "paper" and self.headings == "hide"
        return _merge_neighbours(found) if whole_hidden else found

    def _example(self, nlp: Language, text: _Text) -> Example:
        predicted = (
            nlp.make_doc(text.text) if self.tokenize else _one_token_a_block(text.text)
        )
        reference = predicted.copy()
        paragraphs = _find_tokens(predicted, self._candidates(text))
        _set_spans(predicted, self.paragraphs_key, paragraphs, labelled=False)
        _set_spans(reference, self.paragraphs_key, paragraphs)
        sections = _find_tokens(predicted, self._sections(text))
        _set_spans(reference, self.spans_key, sections)
        if self.unit == "paper":
            for doc in (predicted, reference):
                self._set_outline(doc, text.outline)
        if text.paper is not None:
            reference.user_data["imrad_source"] = text.paper.source
            reference.user_data["imrad_id"] = text.paper.id
        return Example(predicted, reference)

    def _set_outline(self, doc: Doc, outline: Outline) -> None:
        if self.v1_headings_key is None:
            hidden = self.headings == "hide"
            store_outline(doc, outline.without_headings() if hidden else outline)
        elif self.headings != "hide":
            headings = [x.heading for x in outline.sections if x.heading is not None]
            blocks = [_Block(heading.start, heading.end) for heading in headings]
            _set_spans(doc, self.v1_headings_key, _find_tokens(doc, blocks))
            levels = [heading.level for heading in headings]
            doc.spans[self.v1_headings_key].attrs["levels"] = levels


def _check_option(name: str, value: str, options: tuple[str, ...]) -> None:
    if value not in options:
        raise ValueError(
            f"Unknown {name} for PapersCorpus: {value!r}. "
            f"Expected one of {list(options)}."
        )


def _invented_name(seed: str) -> str:
    """A heading of words that no language has; the same for the same seed."""
    chance = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = ["".join(chance.choices(syllables, k=3)) for _ in range(3)]
    return " ".join(words).title()


def _packs(texts: Iterator[_Text], size: int) -> Iterator[_Text]:
    """So many texts of one paragraph as one text each, in order."""
    while pack := list(islice(texts, size)):
        sections: list[Section] = []
        start = 0
        for text in pack:
            end = start + len(text.text)
            sections.append(Section(None, (Paragraph(start, end),)))
            start = end + len(_BREAK)
        joined = _BREAK.join(text.text for text in pack)
        labels = [label for text in pack for label in text.labels]
        yield _Text(joined, None, Outline(tuple(sections)), labels)


def _one_token_a_block(text: str) -> Doc:
    words = [word for block in text.split(_BREAK) for word in (block, _BREAK) if word]
    # The vocabulary goes with the Doc: whole paragraphs would swell the pipeline's, and
    # be saved with it.
    return Doc(Vocab(), words=words[:-1], spaces=[False] * (len(words) - 1))


def _merge_neighbours(sections: list[_Block]) -> list[_Block]:
    """Sections with nothing but white space between them and one label, as one."""
    runs: list[_Block] = []
    for section in sections:
        last = runs[-1] if runs else None
        if (
            last is not None
            and last.label == section.label
            and section.start == last.end + len(_BREAK)
        ):
            runs[-1] = last._replace(end=section.end)
        else:
            runs.append(section)
    return runs


def _find_tokens(doc: Doc, blocks: list[_Block]) -> list[_Block]:
    """The same blocks in tokens of the Doc, widened to whole tokens."""
    token_starts = doc.to_array(IDX)
    starts = [block.start for block in blocks]
    ends = [block.end for block in blocks]
    first = np.searchsorted(token_starts, starts, side="right") - 1
    last = np.searchsorted(token_starts, ends, side="left")
    return [
        block._replace(start=start, end=end)
        for block, start, end in zip(blocks, first.tolist(), last.tolist(), strict=True)
    ]


def _set_spans(
    doc: Doc, key: str, blocks: list[_Block], *, labelled: bool = True
) -> None:
    spans = [
        Span(doc, block.start, block.end, label=block.label if labelled else "")
        for block in blocks
    ]
    doc.spans[key] = SpanGroup(doc, name=key, spans=spans)
