"""Sections of texts by medspaCy or EDS-NLP, in an environment that has it.

    python rivals_worker.py medspacy|edsnlp < request.json

Reads a JSON object with `texts`, and `rules`: headings in small letters by label, or
null for those that the package comes with. Prints one with the `sections` of each text
(first character, character after the last, label) and the processor's `seconds`. For
`benchmarks.rivals_sections`; needs nothing of spacy-imrad.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

Section: TypeAlias = tuple[int, int, str]
Rules: TypeAlias = dict[str, list[str]]
Find: TypeAlias = Callable[[str], list[Section]]


def medspacy(rules: Rules | None) -> Find:
    import medspacy.section_detection  # noqa: F401  registers the factory
    import spacy
    from medspacy.section_detection import SectionRule

    nlp = spacy.blank("en")
    nlp.max_length = 10**9
    # Without these, a heading's words are found in every sentence.
    lines = {"require_start_line": True, "require_end_line": True}
    config: dict[str, Any] = {} if rules is None else {"rules": None, **lines}
    sectionizer: Any = nlp.add_pipe("medspacy_sectionizer", config=config)
    for label, headings in (rules or {}).items():
        sectionizer.add([SectionRule(heading, label) for heading in headings])

    def find(text: str) -> list[Section]:
        doc = nlp(text)
        sections = []
        for section in doc._.sections:
            if section.category is not None:
                span = doc[slice(*section.section_span)]
                sections.append((span.start_char, span.end_char, section.category))
        return sections

    return find


def edsnlp(rules: Rules | None) -> Find:
    import edsnlp
    import edsnlp.pipes as eds

    nlp = edsnlp.blank("eds")
    nlp.add_pipe(eds.normalizer())
    if rules is None:
        nlp.add_pipe(eds.sections())
    else:
        patterns = {label: [*map(re.escape, found)] for label, found in rules.items()}
        nlp.add_pipe(eds.sections(sections=patterns))

    def find(text: str) -> list[Section]:
        sections = nlp(text).spans["sections"]
        return [(span.start_char, span.end_char, span.label_) for span in sections]

    return find


def main() -> None:
    request = json.load(sys.stdin)
    rules = request["rules"]
    find = {"medspacy": medspacy, "edsnlp": edsnlp}[sys.argv[1]](rules)
    find("Loads what is loaded late.\n")
    begin = time.process_time()
    sections = [find(text) for text in request["texts"]]
    seconds = time.process_time() - begin
    print(json.dumps({"sections": sections, "seconds": seconds}))


if __name__ == "__main__":
    main()
