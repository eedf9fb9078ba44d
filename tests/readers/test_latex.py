import time

import pytest

from spacy_imrad.document.paper import Aside
from spacy_imrad.readers import read_paper

PAPER = r"""
\documentclass{article}
\title[Snow]{On \emph{old} snow\thanks{Us.}}
\author{A. Moen}
\newcommand{\tool}{Thaw}
\newcommand{\mean}[2][x]{mean of #1 and #2}
\def\half#1{half a #1}
\begin{document}
\maketitle
\begin{abstract}Snow is old.\end{abstract}
\section*{Introduction\label{sec:i}} % a comment
It's 5\% of \tool{} \cite[see][]{moen,tan} and $x_1$, \'etude~--- ``\alpha'';
Figure~\ref{fig:pit}\footnote{At night.}. \citet{tan}: \mean{y}, \mean[a]{b},
\half{day}.

So \[ y = 2 \label{eq:y} \] holds
\begin{itemize}\item first \item second\end{itemize}
\begin{figure}\includegraphics{pit}\caption{The \textbf{pit}.}\end{figure}
and on.
\subsection{Depth}
{\bf Deep} \textcolor{red}{red} \verb|dig()| \unknown{kept}
\begin{verbatim}
dig()
\end{verbatim}
\begin{thebibliography}{9}\bibitem{moen} Moen.\end{thebibliography}
\appendix
\section{Proofs}
None.
\end{document}
"""


def test_structure_and_text(read):
    paper = read("snow.tex", PAPER)
    assert (paper.title, paper.abstract) == ("On old snow", "Snow is old.")
    introduction, depth, proofs = paper.sections
    assert (introduction.heading, introduction.level) == ("Introduction", 1)
    assert introduction.paragraphs == (
        r"It's 5% of Thaw [1], [2] and \(x_1\), étude — “α”; Figure <FIGURE>. [2]: "
        "mean of x and y, mean of a and b, half a day.",
        r"So \(y = 2\) holds first second and on.",
    )
    assert introduction.asides == (
        Aside("At night.", "caption"),
        Aside("The pit.", "caption"),
    )
    assert (depth.heading, depth.level) == ("Depth", 2)
    assert depth.paragraphs == ("Deep red dig() kept",)
    assert depth.asides == (Aside("dig()", "code"),)
    assert (proofs.heading, proofs.matter) == ("Proofs", "back")


def test_places(read):
    (introduction, *_) = read("snow.tex", PAPER).sections
    heading, first, second = (PAPER[start:end] for start, end in introduction.places)
    assert heading == r"\section*{Introduction\label{sec:i}}"
    assert first.startswith(r"It's 5\%")
    assert first.endswith(r"\half{day}.")
    assert second.startswith("So")
    assert second.endswith("and on.")


def test_other_files_are_brought_in_from_the_same_folder_only(tmp_path):
    folder = tmp_path / "paper"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "secret.tex").write_text(r"\section{Secret}")
    (folder / "macros.tex").write_text(r"\newcommand{\tool}{Thaw}")
    (folder / "parts" / "methods.tex").write_text(
        r"\section{Methods} \tool{} thaws. \input{parts/methods} \input{missing}"
    )
    (folder / "main.tex").write_text(
        r"\documentclass{article}\input{macros}\begin{document}\section{Introduction}Old."
        r"\input{parts/methods}\include{../secret}\section{Results}Ice.\end{document}"
    )
    paper = read_paper(folder / "main.tex")
    headings = [section.heading for section in paper.sections]
    assert headings == ["Introduction", "Methods", "Results"]
    assert paper.sections[1].paragraphs == ("Thaw thaws.",)


def test_notes_in_a_float_stand_beside_the_text(read):
    latex = (
        r"\section{Methods}\begin{table}[ht!]\centering\caption{Depths.}\label{t}"
        r"\resizebox{\textwidth}{!}{\begin{tabular}{lr} a & 1 \end{tabular}}"
        r"\begin{flushleft}Note: all depths are in metres.\end{flushleft}\end{table}"
        r"\begin{figure}\begin{subfigure}{4cm}\includegraphics{a}\caption{Pit.}"
        r"\end{subfigure}\hfill\caption{Pits.}\end{figure} We dug."
    )
    (methods,) = read("a.tex", latex).sections
    assert methods.paragraphs == ("We dug.",)
    assert [aside.text for aside in methods.asides] == [
        "Depths.",
        "a 1",
        "Note: all depths are in metres.",
        "Pit.",
        "Pits.",
    ]


@pytest.mark.parametrize(
    "definitions",
    [
        r"\newcommand{\a}{snow \a}",
        r"\newcommand{\a}{snow \b}\newcommand{\b}{\a}",
        r"\def\a#1{snow \a{#1#1}}",
    ],
)
def test_macros_within_themselves_are_left_out(definitions, read):
    paper = read("a.tex", rf"{definitions}\section{{Methods}} Old \a{{x}} fell.")
    assert paper.sections[0].paragraphs[0].startswith("Old snow")
    assert paper.sections[0].paragraphs[0].endswith("fell.")


def test_macros_without_end_are_refused_soon(read):
    doubling = "".join(
        rf"\newcommand{{\{a}}}{{\{b}\{b}}}"
        for a, b in zip("abcdefghijklmnopqrstuv", "bcdefghijklmnopqrstuvw", strict=True)
    )
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"a\.tex: macros that expand without end"):
        read("a.tex", rf"{doubling}\section{{Methods}} \a")
    assert time.perf_counter() - start < 60


@pytest.mark.parametrize(
    "latex",
    [
        r"\section{Methods} { open",
        r"\begin{x} \section{Methods",
        r"\section{A} \end{y}",
    ],
)
def test_broken_source_is_read_as_far_as_it_goes(latex, read):
    assert read("a.tex", latex).id == "a"


def test_deep_nesting(read):
    latex = r"\section{Methods}" + "{" * 20_000 + "We dug." + "}" * 20_000
    assert read("a.tex", latex).sections[0].paragraphs == ("We dug.",)


def test_bold_paragraphs_are_headings_only_where_there_are_no_others(read):
    bold = (
        r"\textbf{Methods}"
        "\n\nWe dug.\n\n"
        r"\noindent\textbf{Results}"
        "\n\nIce.\n\n"
    )
    paper = read("a.tex", rf"\title{{Snow}}\begin{{document}}{bold}\end{{document}}")
    assert [section.heading for section in paper.sections] == ["Methods", "Results"]
    paper = read(
        "a.tex", rf"\section{{Introduction}} So: {bold}\section{{Discussion}} x"
    )
    assert [s.heading for s in paper.sections] == ["Introduction", "Discussion"]
