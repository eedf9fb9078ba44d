#!/usr/bin/env bash
# Prints the paper in examples/formats as journals do: in LaTeX classes of theirs, as a
# manuscript with line numbers, from Word and from a browser. After example_formats.sh,
# with pdflatex, LibreOffice and Chromium (Debian: texlive-publishers
# texlive-latex-extra texlive-fonts-recommended libreoffice-writer chromium):
#
#     scripts/example_pdfs.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../examples/formats"
export SOURCE_DATE_EPOCH=1735689600 FORCE_SOURCE_DATE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp methods.tex "$work"

# The body, and what LaTeX papers have before it.
body=$(sed -n '/^\\section{Introduction}/,/^\\end{document}/p' paper.tex)
abstract=$(sed -n '/begin{abstract}/,/end{abstract}/p' paper.tex)
title=$(sed -n 's/^\(\\title{.*}\)$/\1/p' paper.tex)
common='\newcommand{\tool}{Thaw}\newcommand{\mean}[1]{\bar{#1}}'
times='\usepackage{mathptmx}'

print_latex() { # name, class, what stands from \begin{document} to the introduction
    printf '%s\n' "\\documentclass$2" "$common" "$3" "$body" >"$work/$1.tex"
    (cd "$work" && for _ in 1 2; do
        pdflatex -interaction=batchmode "$1" >/dev/null || true
    done)
    cp "$work/$1.pdf" "$1.pdf"
}

print_latex paper_ieee '[conference]{IEEEtran}' "\\begin{document}$title
\\author{\\IEEEauthorblockN{Ada Lindqvist}\\IEEEauthorblockA{Institute of Frost\\\\Ume\\aa}
\\and\\IEEEauthorblockN{Moses Adeyemi}\\IEEEauthorblockA{Institute of Salt\\\\Lagos}}
\\maketitle $abstract \\begin{IEEEkeywords}salt, bridges\\end{IEEEkeywords}"
print_latex paper_acm "[sigconf,nonacm]{acmart}$times" "$title
\\author{Ada Lindqvist}\\affiliation{\\institution{Institute of Frost}\\country{Sweden}}
\\author{Moses Adeyemi}\\affiliation{\\institution{Institute of Salt}\\country{Nigeria}}
\\begin{document}$abstract \\keywords{salt, bridges}\\maketitle"
print_latex paper_elsevier "[5p,twocolumn]{elsarticle}$times" "\\begin{document}
\\begin{frontmatter}$title\\author{Ada Lindqvist}\\author{Moses Adeyemi}
\\address{Institute of Frost}$abstract\\begin{keyword}salt \\sep bridges\\end{keyword}
\\end{frontmatter}"
print_latex paper_aps "[aps,prl,reprint]{revtex4-2}$times" "\\begin{document}$title
\\author{Ada Lindqvist}\\affiliation{Institute of Frost}\\author{Moses Adeyemi}
\\affiliation{Institute of Salt}$abstract\\maketitle"
print_latex paper_springer "{llncs}$times" "$title
\\author{Ada Lindqvist\\inst{1} \\and Moses Adeyemi\\inst{2}}
\\institute{Institute of Frost \\and Institute of Salt}
\\begin{document}\\maketitle $abstract"
print_latex paper_ams "{amsart}$times" "$title\\author{Ada Lindqvist}
\\author{Moses Adeyemi}\\begin{document}$abstract\\maketitle"
print_latex paper_manuscript \
    "[12pt]{article}$times\\usepackage{lineno,setspace}\\linenumbers\\doublespacing" \
    "$title\\author{Ada Lindqvist \\and Moses Adeyemi}\\begin{document}\\maketitle
$abstract"

(cd "$work" && soffice --headless --convert-to pdf "$OLDPWD/paper.docx" >/dev/null)
cp "$work/paper.pdf" paper_word.pdf
chromium --headless --no-sandbox --disable-gpu --print-to-pdf="$work/browser.pdf" \
    "file://$PWD/paper.html" 2>/dev/null
cp "$work/browser.pdf" paper_browser.pdf
