"""Texts made to keep a pattern busy. A process reads them all within a limit of CPU
time that is generous for what grows linearly, and too little for anything else."""

import resource
import subprocess
import sys

CPU_SECONDS = 120
LENGTH = 30_000

SHORT_LINES = (
    "-" * 40 + " Page 3",
    "_" * 40 + " (signature)",
    "*" * 40 + " cut here",
    "-" * 20 + "+" + "-" * 20,
    "=" * 60 + " x",
    "- " * 20 + "cut here",
    "-" * 30 + "|" + "-" * 9,
    "-----BEGIN PGP MESSAGE-----",
    "*" * 32 + " RESULTS " + "*" * 32,
    "-" * 71 + ".",
    "Model | Accuracy\n" + "-" * 36 + "|---------\nOurs | 0.9",
)
# What the patterns of the segmenters and of the lexicon are made of.
UNITS = (
    *"-*_=~#|$`\\{}[]()<>!.,:;/&§•■0aA\t ",
    *("- ", "* ", "**", "__", "==", "## ", "1.", "1. ", "(1) ", "[1] ", "[1, ", "iv. "),
    *("I.", "A. ", "\\section{", "\\section[", "\\begin{", "\\textbf{", "\\label{"),
    *("{#", "{a}", "[a](", "](", "<a ", "</b>", "<b>", "**a** ", "fig ", "Table 1"),
    *("a_", "a' ", "our ", "results ", "and ", "a, ", "main results of ", "data, and "),
    *("M ETHODS ", "R E S ", "1 2 ", "et al ", "a@", "1\t", "= ", " )", "1-", "a:"),
    *("Methods: ", "Methods. ", "**Methods.** ", "\u200b", "\u200f", "\u00ad", "[^1]"),
)


def _hostile() -> list[str]:
    texts = ["\n\n".join(SHORT_LINES), "\n".join(SHORT_LINES)]
    for unit in UNITS:
        for width in (60, 100, 190, 390, 600, LENGTH):
            line = unit * (width // len(unit))
            lines = LENGTH // width
            for start, end in (("", ""), ("", "x"), ("# ", "}"), ("1 A", "$")):
                block = f"{start}{line}{end}"
                texts.append("\n\n".join([block] * (lines // 2 + 1)))
                texts.append("\n".join([block] * (lines // 2 + 1)))
        texts.append(f"{unit}\n" * (LENGTH // len(unit) // 4))
    return texts


def test_hostile_texts_take_linear_time() -> None:
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def _read() -> None:
    from spacy_imrad.segmenters import outline_text
    from spacy_imrad.segmenters.abstracts import read_labels
    from spacy_imrad.segmenters.sentences import split_sentences

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for text in _hostile():
        print(repr(text[:60]), len(text), file=sys.stderr, flush=True)
        outline_text(text)
        read_labels(text, split_sentences(text))


if __name__ == "__main__":
    _read()
