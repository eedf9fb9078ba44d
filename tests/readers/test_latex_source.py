"""What surrounds the text of LaTeX papers: preambles, code, encodings, other files."""

import pytest

from spacy_imrad.readers import read_paper


def headings(paper):
    return [section.heading for section in paper.sections]


PREAMBLES = [
    r"\newcolumntype{C}{>{$}c<{$}}",
    r"\newenvironment{wide}{\begin{landscape}\begin{center}}{\end{center}\end{landscape}}",
    r"\makeatletter\renewcommand{\maketitle}{\section*{\@title}}\makeatother",
    r"\xapptocmd\appendix{\addcontentsline{toc}{section}{\appendixname: #1}}{}{}",
    r"\patchcmd{\thebibliography}{\section*{\refname}}{}{}{}",
    r"\def\bra#1|{\left<#1\right|} \let\olditem\item",
    r"\title{Old} \newcommand{\x}{ % an open { brace and a $",
    r"\AtBeginDocument{\section{Hidden}}",
    r"\titleformat{\section}{\bfseries}{\thesection}{1em}{}",
    r"\begin{filecontents}{x.bib}" "\n@book{a, title={$}}\n" r"\end{filecontents}",
]


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_the_preamble_is_no_text(preamble, read):
    paper = read(
        "a.tex",
        rf"\documentclass{{article}}{preamble}"
        "\n"
        r"\title{Snow}\begin{document}\maketitle\section{Methods}We dug."
        r"\section{Results}Ice.\end{document} \section{Behind}",
    )
    assert paper.title.endswith("Snow")
    assert headings(paper) == ["Methods", "Results"]
    assert [s.paragraphs for s in paper.sections] == [("We dug.",), ("Ice.",)]


VERBATIM = [
    "\\begin{verbatim}\n%s\n\\end{verbatim}",
    "\\begin{Verbatim}[fontsize=\\small]\n%s\n\\end{Verbatim}",
    "\\begin{lstlisting}[language=R]\n%s\n\\end{lstlisting}",
    "\\begin{minted}{python}\n%s\n\\end{minted}",
    "\\begin{verbatim*}\n%s\n\\end{verbatim*}",
    "\\DefineVerbatimEnvironment{code}{Verbatim}{}\\begin{code}\n%s\n\\end{code}",
    "\\lstnewenvironment{code}{}{}\\begin{code}\n%s\n\\end{code}",
    "\\newminted{python}{}\\begin{pythoncode}\n%s\n\\end{pythoncode}",
]


@pytest.mark.parametrize("form", VERBATIM)
@pytest.mark.parametrize(
    "code", ['x <- "\\\\.csv$"', "open { $c", "% }", "\\section{x"]
)
def test_verbatim_text_is_not_read(form, code, read):
    paper = read(
        "a.tex",
        rf"\section{{A}} Before.{form % code} Behind $x$.\section{{B}} Ice.",
    )
    methods, results = paper.sections
    assert methods.paragraphs == ("Before.", r"Behind \(x\).")
    assert [aside.text for aside in methods.asides] == [code]
    assert results.paragraphs == ("Ice.",)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\verb|a$b{|", "a$b{"),
        (r"\verb*+x%+", "x%"),
        (r"\lstinline[language=C]!a{!", "a{"),
        (r"\lstinline{$x}", "$x"),
        (r"\mintinline{python}|x%2|", "x%2"),
        (r"\url{http://x.org/a%20b_c}", "http://x.org/a%20b_c"),
        (r"\href{http://x.org/a%20}{this}", "this"),
        (r"\verb", ""),
        (r"\SI{80}{\nano\molar}", "80 nM"),
        (r"\SI{4}{\hour}", "4 h"),
        (r"\qty{5}{\percent}", "5 %"),
        (r"\SI{3}{\meter\per\second\squared}", "3 m/s²"),
        (r"\SI{2}{\kilo\gram\cubic\metre}", "2 kg m³"),
        (r"\SI{20}{\degreeCelsius}", "20 °C"),
        (r"\qty{7}{\um}", "7 µm"),
        (r"\SIrange{1}{2}{\kHz}", "1 to 2 kHz"),
        (r"\num{1e-5}", "1 × 10⁻⁵"),
        (r"\num{3 \pm 1}", "3 ± 1"),
        (r"\si{mol.L^{-1}}", "mol L⁻¹"),
        (r"\'{e}\`a\c{c}\v s\'{\i}\o", "éàçšíø"),
        (
            r"50\,\% of \textcolor{red}{ice} \& \multicolumn{2}{c}{snow}",
            "50 % of ice & snow",
        ),
        (r"a\iffalse b\else c\fi d", "acd"),
        (r"\newif\ifold\oldfalse a\ifold b\else c\fi", "ac"),
        ("snow% a comment\n  fall", "snowfall"),
        ("costs \\$5 and $x$ \\% of it", r"costs $5 and \(x\) % of it"),
        ("a $ b\n\nand $x$", "a b"),
    ],
)
def test_inline(latex, text, read):
    (methods,) = read("a.tex", rf"\section{{Methods}} {latex}").sections
    assert (methods.paragraphs or ("",))[0] == text


@pytest.mark.parametrize(
    ("definition", "use"),
    [
        (
            r"\newcommand{\be}{\begin{equation}}\newcommand{\ee}{\end{equation}}",
            r"\be y \ee",
        ),
        (r"\def\be{\begin{align}}\def\ee{\end{align}}", r"\be y \ee"),
        (r"\newcommand\ba{\[}\newcommand\ab{\]}", r"\ba y \ab"),
        (
            r"\newenvironment{eqs}{\begin{equation}}{\end{equation}}",
            r"\begin{eqs} y \end{eqs}",
        ),
        (
            r"\NewDocumentCommand{\form}{m}{\begin{equation}#1\end{equation}}",
            r"\form{y}",
        ),
    ],
)
def test_macros_that_open_and_close(definition, use, read):
    text = rf"{definition}\section{{A}} So {use} holds \verb|a|. \section{{B}} Ice."
    methods, results = read("a.tex", text).sections
    assert methods.paragraphs == (r"So \(y\) holds a.",)
    start, end = results.places[1]
    assert text[start:end] == "Ice."


def test_sections_in_macros(read):
    paper = read(
        "a.tex",
        r"\newcommand{\mysection}[1]{\section{#1}\label{sec:#1}}"
        r"\newenvironment{thanks*}{\section*{Thanks}}{}"
        r"\mysection{Methods} We dug. \paragraph{Sites.} North."
        r"\subparagraph{Depth} Deep. \begin{acks} To us. \end{acks}",
    )
    assert [(s.heading, s.level, s.paragraphs) for s in paper.sections] == [
        ("Methods", 1, ("We dug.",)),
        ("Sites.", 4, ("North.",)),
        ("Depth", 5, ("Deep.",)),
        ("Acknowledgments", 1, ("To us.",)),
    ]


@pytest.mark.parametrize(
    ("option", "encoding"),
    [
        ("latin1", "latin-1"),
        ("ansinew", "cp1252"),
        ("cp1252", "cp1252"),
        ("applemac", "mac-roman"),
        ("utf8x", "utf-8"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_the_encoding_that_a_file_names(option, encoding, read):
    word = "снег" if option == "koi8-r" else "Malmö"
    latex = rf"\usepackage[{option}]{{inputenc}}\begin{{document}}\section{{A}} {word}"
    assert read("a.tex", latex.encode(encoding)).sections[0].paragraphs == (word,)


def test_a_comment_in_another_encoding(read):
    latex = "\\section{Methods} % Malm\xf6\n We dug.".encode("latin-1")
    assert read("a.tex", latex).sections[0].paragraphs == ("We dug.",)


def test_parts_of_every_kind(tmp_path):
    (tmp_path / "parts" / "more").mkdir(parents=True)
    for name, latex in {
        "main.tex": r"\documentclass{book}\includeonly{parts/b}\begin{document}"
        r"\import{parts/}{a}\include{parts/b}\include{parts/left}\subfile{sub}"
        r"\input plain \section{Last} x \end{document}",
        "parts/a.tex": r"\section{A}\subimport{more/}{deep}",
        "parts/more/deep.tex": r"\section{Deep}",
        "parts/b.tex": r"\section{B}",
        "parts/left.tex": r"\section{Left out}",
        "sub.tex": r"\documentclass[main]{subfiles}\title{No}\begin{document}"
        r"\section{Sub}\end{document}\section{Behind}",
        "plain.tex": r"\section{Plain}",
    }.items():
        (tmp_path / name).write_text(latex)
    paper = read_paper(tmp_path / "main.tex")
    assert headings(paper) == ["A", "Deep", "B", "Sub", "Plain", "Last"]


@pytest.mark.parametrize(
    "latex",
    [
        r"\newcommand{" * 400,
        r"\newenvironment{}{\newenvironment{e\newenvironment{" * 100,
        r"\qty\qty",
        r"\^\title",
        r"\'\include",
        r"\verb",
        "\\",
        r"\begin",
        r"\begin{equation}" * 500,
        r"\cite[" * 500,
        "$" + "{$" * 500,
        r"\frac" * 500,
        r"\section{" * 500,
        r"\iffalse" * 500,
    ],
)
def test_what_is_left_open_ends(latex, read):
    assert read("a.tex", latex).id == "a"


def test_theorems_begin_with_their_name(read):
    (results,) = read(
        "a.tex",
        r"\newtheorem{thm}{Theorem}[section]\section{Results} So:"
        r"\begin{thm}[Moen] Snow melts.\end{thm}\begin{proof} Wait. \end{proof} Done.",
    ).sections
    assert results.paragraphs == (
        "So:",
        "Theorem (Moen). Snow melts.",
        "Proof. Wait.",
        "Done.",
    )
