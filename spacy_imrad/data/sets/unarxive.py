"""unarXive 2022: whole arXiv papers as JSON Lines, under Creative Commons licences."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from spacy_imrad.data.sets.files import list_files
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.jsonl import SUFFIXES, read_json_lines

_LEVELS: Final = {"section": 1, "subsection": 2, "subsubsection": 3}


def read_unarxive(path: str, on_skip: OnSkip) -> Iterator[Record]:
    r"""Stream the papers whose licence is one of Creative Commons.

    By the convention "unarxive" and from 200 characters on, their paragraphs are those
    of the IMRaD data set that was made of them: formulas stand as `\(latex\)`,
    references to figures and tables as `<FIGURE>` and `<TABLE>`, citations as `[k]`,
    counted anew in each paragraph.

    path: A file of them (`.jsonl`, `.jsonl.gz`, `.jsonl.xz`), or a folder that has
        such files, at any depth.
    on_skip: Told of each record that is no paper, and of papers under other licences.
    YIELDS: Records without a split; the source is the discipline.
    RAISES: FileNotFoundError if there is no such file; ValueError if a file has no
        good record.
    """
    for file in list_files(Path(path), SUFFIXES):
        for paper in read_json_lines(file, _parse, partial(on_skip, "unreadable")):
            if "creativecommons.org" in paper.license.lower():
                yield Record(paper)
            else:
                on_skip("licence", f"{paper.id}: {paper.license or 'none named'}")


def _parse(record: Any) -> Paper:
    # The records are as many as arXiv has papers: what lacks a part is no paper.
    try:
        metadata = record["metadata"]
        return Paper(
            id=_string(record["paper_id"]),
            sections=tuple(_sections(record["body_text"], record["ref_entries"])),
            source=_string(record.get("discipline") or ""),
            field=_string(metadata.get("categories") or ""),
            license=_string(metadata.get("license") or ""),
            title=" ".join(_string(metadata.get("title") or "").split()),
            abstract=_string(metadata.get("abstract") or "").strip(),
        )
    except KeyError as error:
        raise ValueError(f"it lacks {error}") from error
    except (AttributeError, TypeError) as error:
        raise ValueError(f"a part is of another type ({error})") from error


def _sections(
    body: list[dict[str, Any]], entries: Mapping[str, Mapping[str, str]]
) -> Iterator[PaperSection]:
    def heading(part: dict[str, Any]) -> tuple[str, str, str]:
        return part["section"] or "", part["sec_number"] or "", part["sec_type"] or ""

    for (title, number, kind), parts in groupby(body, heading):
        # Without a dotted number nothing tells in which section a sub-section lies,
        # since sections without text of their own are missing: it stands on its own.
        dotted = "." in number
        yield PaperSection(
            heading=_string(title),
            paragraphs=tuple(_text(part, entries) for part in parts),
            level=_LEVELS.get(kind, 1) if dotted else 1,
            number=number if dotted or (kind == "section" and number != "-1") else None,
        )


def _text(part: dict[str, Any], entries: Mapping[str, Mapping[str, str]]) -> str:
    works: dict[str, int] = {}
    spans = []
    for span in part["cite_spans"]:
        number = works.setdefault(span["ref_id"], len(works) + 1)
        spans.append((span["start"], span["end"], f"[{number}]"))
    for span in part["ref_spans"]:
        spans.append((span["start"], span["end"], _surface(entries[span["ref_id"]])))
    text = _string(part["text"])
    pieces = []
    position = 0
    for start, end, surface in sorted(spans):
        pieces += [text[position:start], surface]
        position = end
    return "".join([*pieces, text[position:]]).strip()


def _surface(entry: Mapping[str, str]) -> str:
    kind = entry["type"]
    return rf"\({entry['latex']}\)" if kind == "formula" else f"<{kind.upper()}>"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


DATASET: Final = Dataset(read_unarxive, unit="paper", convention="ancestor")
