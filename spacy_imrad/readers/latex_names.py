"""What LaTeX's macros and environments are to a reader of papers."""

from typing import Final


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


LEVELS: Final = {
    "part": -1,
    "chapter": 0,
    "section": 1,
    "subsection": 2,
    "subsubsection": 3,
    "paragraph": 4,
    "subparagraph": 5,
}

# --- Macros ----------------------------------------------------------------------

REFERENCES: Final = _words("ref autoref cref Cref eqref pageref subref vref nameref")
INPUTS: Final = _words("input include subfile")
NOTES: Final = _words("footnote footnotetext caption captionof")
ENDS_OF_PARAGRAPHS: Final = _words("par newpage clearpage")
SPACES: Final = frozenset(
    {"\\", " ", "newline", "linebreak", "xspace", "quad", "qquad"}
)
# Text with another look.
STYLES: Final = _words(
    "emph textbf textit textrm texttt textsc textsf textsl textup textmd text mbox "
    "underline uline href url textcolor"
)
LEFT_OUT: Final = _words(
    """
    addbibresource address addtocounter addtolength affil affiliation author
    authorrunning bibitem bibliography bibliographystyle captionsetup color date
    DeclareMathOperator definecolor documentclass email geometry graphicspath hphantom
    hspace hypersetup includegraphics index institute keywords label maketitle
    newenvironment newtheorem nocite orcid pacs pagestyle PassOptionsToPackage phantom
    RequirePackage renewenvironment setcounter setlength tableofcontents thanks
    theoremstyle thispagestyle titlerunning todo usepackage vphantom vspace
    """
)

# --- Environments, without a star --------------------------------------------------

FLOATS: Final = _words(
    "figure table wrapfigure wraptable sidewaysfigure sidewaystable SCfigure algorithm "
    "teaserfigure marginfigure margintable longtable"
)
MATHS: Final = _words(
    "equation align alignat gather multline eqnarray flalign displaymath math dmath "
    "IEEEeqnarray"
)
LISTS: Final = _words("itemize enumerate description compactitem compactenum")
CODE: Final = _words("verbatim lstlisting minted Verbatim alltt algorithmic")
TABLES: Final = _words("tabular tabularx tabulary array tblr")
IGNORED: Final = _words(
    "CCSXML comment filecontents IEEEkeywords keyword keywords pgfpicture picture "
    "thebibliography tikzpicture"
)

# --- Arguments that pylatexenc does not know of ------------------------------------

_BY_ARGUMENTS: Final = {
    "": "appendix begingroup endgroup maketitle tableofcontents xspace",
    "{": "mbox nameref nocite pacs pageref subfile subref textsubscript "
    "textsuperscript thispagestyle uline underline vref",
    "{{": "addtocounter addtolength href hypertarget setcounter setlength",
    "[{": "abstract addbibresource address affil affiliation author authorrunning "
    "bibitem captionsetup date email geometry graphicspath institute keywords num "
    "orcid thanks title titlerunning todo",
    "[{{": "SI qty",
    "*[{": "caption captionof footnotetext " + " ".join(LEVELS),
    "*[[{": "autocite cite citealp citealt citeauthor citep Citep citet Citet citeyear "
    "citeyearpar footcite parencite Parencite textcite Textcite",
    "*{[{[": "newtheorem",
}
ARGUMENTS: Final = {
    name: arguments
    for arguments, names in _BY_ARGUMENTS.items()
    for name in names.split()
}

# What a paper may define anew without harm to its structure.
RESERVED: Final = frozenset({*LEVELS, *REFERENCES, *NOTES, *ARGUMENTS, "item"}) - {
    "num",
    "qty",
    "SI",
    "todo",
}
