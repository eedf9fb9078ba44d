"""What LaTeX's macros and environments are to a reader of papers."""

from typing import Final


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


LEVELS: Final = {
    "part": -1,
    "addpart": -1,
    "chapter": 0,
    "addchap": 0,
    "section": 1,
    "addsec": 1,
    "subsection": 2,
    "subsubsection": 3,
    "paragraph": 4,
    "bmhead": 4,
    "subparagraph": 5,
}
TITLES: Final = _words("title Title TITLE icmltitle")
ABSTRACTS: Final = _words("abstract Abstract ABSTRACT")

# --- Macros ----------------------------------------------------------------------

REFERENCES: Final = _words("ref autoref cref Cref eqref pageref subref vref nameref")
INPUTS: Final = _words(
    "input include subfile import subimport includefrom subincludefrom inputfrom "
    "subinputfrom"
)
NOTES: Final = _words("footnote footnotetext caption captionof endnote marginpar")
CAPTIONS: Final = _words("caption captionof subcaption")
BOLD: Final = _words("textbf underline uline")
ENDS_OF_PARAGRAPHS: Final = _words("par newpage clearpage cleardoublepage bigskip")
SPACES: Final = _words("\\ newline linebreak quad qquad hfill enspace thinspace")
# What is printed for a character that is a command otherwise.
ESCAPED: Final = {
    **{char: char for char in "%&$#_{}"},
    **dict.fromkeys(" ,;:\n\t", " "),
    **dict.fromkeys("!-/@+><|)]", ""),
    "textbackslash": "\\",
    "slash": "/",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textbar": "|",
    "textless": "<",
    "textgreater": ">",
    "textellipsis": "…",
    "ldots": "…",
    "dots": "…",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
    "ie": "i.e.",
    "eg": "e.g.",
    "etal": "et al.",
    "etc": "etc.",
    "copyright": "©",
    "pounds": "£",
    "textquotesingle": "'",
    "textquotedbl": '"',
    "textperiodcentered": "·",
    "textsuperscript": "",
    "textsubscript": "",
}
# Combining characters by the accent.
ACCENTS: Final = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "d": "\u0323",
    "b": "\u0331",
    "r": "\u030a",
}
LEFT_OUT: Final = _words(
    """
    addbibresource addcontentsline address addtocontents addtocounter addtolength affil
    affiliation affiliations author authorrunning authors bibitem bibliography
    bibliographystyle bstctlcite captionsetup ccsdesc cmidrule cline color corref
    correspondence cortext date DeclareMathOperator DeclareUnicodeCharacter definecolor
    doi documentclass ead email fancyfoot fancyhead fancyhf fnref fntext fontfamily
    fontseries fontshape fontsize footnotemark geometry graphicspath history hphantom
    hskip hspace hypersetup hyphenation icmlaffiliation icmlauthor
    icmlcorrespondingauthor icmlkeywords icmltitlerunning IEEEauthorblockA
    IEEEauthorblockN includegraphics includeonly includepdf index institute journalname
    keywords Keywords label let linenumbers linespread listoffigures listoftables
    lstset maketitle makeatletter makeatother markboth markright midrule newif
    newcolumntype newcounter newglossaryentry newacronym newlength newtheorem nocite
    noalign nolinenumbers numberwithin orcid orcidlink pacs pagenumbering pagestyle
    PassOptionsToPackage phantom phantomsection printbibliography protect raisebox
    received refstepcounter renewbibmacro RequirePackage rule runningauthor runningtitle
    selectlanguage setcitestyle setcopyright setcounter setlength setlist
    shortauthors shorttitle sisetup SetKwInOut specialrule stepcounter
    tableofcontents tcbset thanks theoremstyle thispagestyle tikzset titleformat
    titlerunning titlespacing tnoteref tnotetext todo toprule usepackage
    usetikzlibrary vphantom vskip vspace vfill acmConference acmDOI acmISBN acmJournal
    acmPrice acmYear acmVolume acmNumber acmArticle acmMonth acmSubmissionID
    copyrightyear accepted revised accepteddate firstpage pubyear excludecomment
    newminted
    DefineVerbatimEnvironment CustomVerbatimEnvironment lstnewenvironment newtcblisting
    RecustomVerbatimEnvironment DeclareDocumentEnvironment includecomment
    """
)

# --- Environments, without a star --------------------------------------------------

FLOATS: Final = _words(
    "figure table wrapfigure wraptable sidewaysfigure sidewaystable SCfigure SCtable "
    "algorithm algorithm2e teaserfigure marginfigure margintable longtable listing "
    "floatingfigure figwindow strip subfigure subtable scheme chart graphicalabstract"
)
LENGTHS: Final = _words(
    "vskip hskip kern parindent parskip baselineskip hsize vsize textheight textwidth "
    "topmargin oddsidemargin evensidemargin columnsep itemsep tabcolsep leftskip "
    "rightskip hangindent"
)
QUANTITIES: Final = _words("SI qty si unit num ang numrange SIrange qtyrange")
MATHS: Final = _words(
    "equation align alignat flalign gather multline eqnarray displaymath math dmath "
    "dgroup IEEEeqnarray subequations xalignat empheq numcases"
)
LISTS: Final = _words(
    "itemize enumerate description compactitem compactenum compactdesc inparaenum "
    "inparaitem asparaenum asparaitem"
)
CODE: Final = _words("alltt algorithmic algorithmicx algpseudocode pseudocode")
TABLES: Final = _words(
    "tabular tabularx tabulary array tblr longtblr supertabular xtabular deluxetable "
    "tabularray tabbing NiceTabular longtabu tabu"
)
IGNORED: Final = _words(
    "CCSXML IEEEkeywords IEEEbiography IEEEbiographynophoto biography keyword keywords "
    "pgfpicture picture thebibliography references tikzpicture tikzcd forest pspicture "
    "feynmandiagram pgfonlayer axis contribution highlights MSCcodes AMS titlepage"
)
ACKNOWLEDGEMENTS: Final = _words(
    "acknowledgments acknowledgements acknowledgment acknowledgement acks ack"
)

# --- Arguments -----------------------------------------------------------------------

_BY_ARGUMENTS: Final = {
    "": "appendix begingroup endgroup maketitle tableofcontents xspace",
    "{": "autoref bibliography bibliographystyle cline cref Cref doi eqref ensuremath "
    "emph endnote fancyhead fancyfoot fancyhf fontfamily fontseries fontshape fnref "
    "hyphenation hphantom index input include includeonly label linespread lstset "
    "makecell marginpar mbox nameref newcounter newlength nocite pacs pagenumbering "
    "pagestyle pageref phantom printbibliography ref refstepcounter selectlanguage si "
    "sisetup stepcounter subfile subref tcbset textsubscript textsuperscript "
    "thispagestyle tikzset tnoteref uline underline unit usetikzlibrary vphantom vref "
    "graphicspath hypersetup setcitestyle setcopyright corref orcidlink gls Gls glspl "
    "Glspl acrshort acrlong acrfull ac acp acs acl acf ce IEEEauthorblockA "
    "IEEEauthorblockN markright bmhead orcid subcaption history journalname "
    "excludecomment includecomment",
    "*{": "hspace vspace",
    "{{": "addtocontents addtocounter addtolength DeclareUnicodeCharacter fontsize "
    "href hypertarget hyperlink icmlauthor icmlaffiliation icmlcorrespondingauthor "
    "import includefrom inputfrom markboth numberwithin resizebox scalebox rotatebox "
    "setcounter setlength subimport subincludefrom subinputfrom texorpdfstring "
    "newglossaryentry "
    "tabincell",
    "*{{": "DeclareMathOperator",
    "{{{": "addcontentsline multicolumn specialrule DefineVerbatimEnvironment "
    "CustomVerbatimEnvironment RecustomVerbatimEnvironment DeclareDocumentEnvironment",
    "{[{{": "lstnewenvironment",
    "[{{{{": "newtcblisting",
    "[{": "abstract Abstract ABSTRACT addbibresource address affil affiliation author "
    "authorrunning bibitem captionsetup cortext date ead email fntext footnote "
    "footnotetext geometry hyperref icmltitle icmltitlerunning institute keywords "
    "Keywords num ang PassOptionsToPackage RequirePackage runningauthor runningtitle "
    "setlist shortauthors shorttitle thanks title Title TITLE titlerunning tnotetext "
    "todo usepackage documentclass color rule ccsdesc icmlkeywords includepdf doi "
    "affiliations authors correspondence acmDOI acmISBN acmJournal acmPrice acmYear "
    "acmVolume acmNumber acmArticle acmMonth acmSubmissionID copyrightyear received "
    "accepted revised accepteddate firstpage pubyear theoremstyle newif",
    "[{{": "SI qty textcolor colorbox numrange newminted",
    "[{[{[{": "multirow",
    "{[{": "newcolumntype",
    "{[[{": "raisebox parbox",
    "{{[{": "newacronym",
    "[{{{": "SIrange qtyrange acmConference definecolor fcolorbox",
    "[({": "cmidrule",
    "*[[{": "includegraphics",
    "*[{": "caption " + " ".join(LEVELS),
    "*{[{": "captionof",
    "*[[{ ": "autocite Autocite cite Cite citealp citealt citeauthor citep Citep citet "
    "Citet citeyear citeyearpar citenum citetext citetitle footcite fullcite parencite "
    "Parencite supercite textcite Textcite smartcite onlinecite",
    "*{[{[": "newtheorem",
    "*{[[[{": "titleformat",
    "*{{{{": "titlespacing",
    "[": "\\ item footnotemark newline linebreak pagebreak nopagebreak toprule midrule "
    "bottomrule linenumbers",
}
ARGUMENTS: Final = {
    name: arguments.strip()
    for arguments, names in _BY_ARGUMENTS.items()
    for name in names.split()
}
ENVIRONMENT_ARGUMENTS: Final = {
    "tabular": "[{",
    "array": "[{",
    "tabularx": "{[{",
    "tabulary": "{{",
    "longtable": "[{",
    "supertabular": "{",
    "deluxetable": "{",
    "tblr": "[{",
    "longtblr": "[{",
    "tabu": "{",
    "longtabu": "{",
    "NiceTabular": "{",
    "minipage": "[[[{",
    "multicols": "{[",
    "spacing": "{",
    "adjustwidth": "{{",
    "adjustbox": "{",
    "changemargin": "{{",
    "list": "{{",
    "wrapfigure": "[{[{",
    "mdframed": "[",
    "tcolorbox": "[",
    "otherlanguage": "{",
    "refsection": "[",
    "appendices": "",
    "resizebox": "{{",
    "textblock": "{",
    "CJK": "{{",
}

# What a paper may define anew without harm to its structure.
RESERVED: Final = (
    frozenset({*LEVELS, *REFERENCES, *NOTES, *ARGUMENTS})
    | frozenset({*FLOATS, *MATHS, *LISTS, *CODE, *TABLES, *IGNORED, "abstract"})
    | frozenset({"document", "begin", "end", "item", "\\"})
) - _words(
    "num qty SI si unit todo gls ac acs ang address affiliation authors email "
    "keywords date accepted received revised doi bmhead AMS strip scheme "
    "chart pseudocode"
)
