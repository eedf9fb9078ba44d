#!/usr/bin/env bash
# Makes the paper in examples/formats in all other formats from its LaTeX source, with
# pandoc and pdflatex (Debian: pandoc texlive-latex-base texlive-latex-recommended):
#
#     scripts/example_formats.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../examples/formats"
export SOURCE_DATE_EPOCH=1735689600 FORCE_SOURCE_DATE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

markdown=markdown-fenced_divs-native_divs-link_attributes-header_attributes
markdown+=-simple_tables-multiline_tables-grid_tables
for made in "md:$markdown" xml:jats_archiving tei.xml:tei html:html5 rst:rst docx:docx; do
    pandoc --standalone --mathml --wrap=auto --from latex paper.tex \
        --to "${made#*:}" --output "paper.${made%%:*}"
done
# Without the table, whose lines look like others.
sed '/begin{table}/,/end{table}/d' paper.tex >"$work/no_table.tex"
pandoc --from latex --to plain "$work/no_table.tex" --resource-path . \
    --output "$work/body.txt"
{
    sed -n 's/^\\title{\(.*\)}$/\1/p' paper.tex
    printf '\nAbstract\n\n'
    sed -n '/begin{abstract}/,/end{abstract}/p' paper.tex | sed '1d;$d'
    printf '\n'
    cat "$work/body.txt"
} >paper.txt

cp paper.tex methods.tex "$work"
sed 's/\[10pt\]/[10pt,twocolumn]/' paper.tex >"$work/paper_two_columns.tex"
for name in paper paper_two_columns; do
    (cd "$work" && for _ in 1 2; do
        pdflatex -interaction=batchmode "$name" >/dev/null
    done)
    cp "$work/$name.pdf" .
done
