"""Sentences by rules."""

import pytest

from spacy_imrad.segmenters.sentences import split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        "We saw 5 mice (n = 5. See Fig. 2).|They ran.",
        "Smith et al. (2010) found p < .05, i.e. a change of 0.5 mg.|It was new.",
        "This follows J. R. Smith et al.|The mice had hepatitis B.|We used vitamin C.",
        "In the U.S. Department it was 3 vs. 4.|E. coli was grown at 37 °C for 2 h.",
        '"It works."|Then we left.|Is it?|Yes!',
        "P = 0. 05 was the cut-off.|See Sect. 3.1.",
        "ClinicalTrials.gov has NCT1.|A. thaliana and S. sp. nov. were found.",
        "Rates rose (P < 0.001).|mTOR fell.|p53 rose.|α-synuclein did not.",
        "It took approx. 5 min.|The end came at 8 a.m. on Monday.",
        "The work was used before.[12]|We go on.",
        "No. 5 was lost.|It was Trial 1.|20 patients died.",
        "A first paragraph\n\nA second one.".replace("\n\n", "|"),
    ],
)
def test_sentences_end_where_they_end(sentences: str) -> None:
    parts = sentences.split("|")
    separator = "\n\n" if "A first paragraph" in sentences else " "
    text = separator.join(parts)
    assert [text[start:end] for start, end in split_sentences(text)] == parts


def test_a_lost_space_is_no_obstacle() -> None:
    text = "We had results.We found (n = 3).MethodsA total was seen at example.Org."
    assert [text[a:b] for a, b in split_sentences(text)][:2] == [
        "We had results.",
        "We found (n = 3).",
    ]
