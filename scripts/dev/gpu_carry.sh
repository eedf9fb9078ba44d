#!/usr/bin/env bash
# Lay out what a lent GPU machine without network needs, in folders that fit one call
# each (64 MiB with the tree, from which the bundled weights are taken meanwhile).
#
#   gpu_carry.sh make CORPUS ARTICLES MINILM_WHEEL PLOS_WHEEL [WEIGHTS]   fill .carry/1 to 6
#   gpu_carry.sh done                                 put the bundled weights back
#
# CORPUS has train-*.jsonl.xz, dev.jsonl.xz and test.jsonl.xz, ARTICLES what
# `open_articles.py` wrote; .carry is not tracked.
# WEIGHTS, a folder that `spacy-imrad weights` wrote in half precision, go along as the
# teacher and as a start, in place of the bundled ones.
# README.md has the calls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

WEIGHTS=spacy_imrad/weights
ASIDE=.git/weights-aside
PYTHON=${PYTHON:-.venv/bin/python}
# Wheels for the machine's Python 3.12, besides what it has.
FIRST=(spacy==3.8.18 thinc==8.3.14 blis preshed cymem murmurhash srsly catalogue
    confection wasabi weasel spacy-legacy spacy-loggers smart-open cloudpathlib click
    pydantic)
SECOND=(typing-inspection annotated-types typing-extensions httpx typer rich shellingham
    wrapt markdown-it-py mdurl mdit-py-plugins pylatexenc pytest pluggy iniconfig)

download() {
    local platforms=()
    for name in manylinux_2_28 manylinux_2_27 manylinux_2_24 manylinux_2_17 \
        manylinux2014 manylinux1; do
        platforms+=(--platform "${name}_x86_64")
    done
    "$PYTHON" -m pip download --quiet --no-deps --only-binary=:all: \
        --python-version 3.12 --implementation cp "${platforms[@]}" -d "$1" "${@:2}"
}

make_all() {
    rm -rf .carry && mkdir -p .carry/{1,2,3,4,5,6}
    grep -qsx '/.carry/' .git/info/exclude || echo '/.carry/' >>.git/info/exclude
    download .carry/1 "${FIRST[@]}"
    # pydantic wants just one version of its core.
    local core
    core=$(unzip -p .carry/1/pydantic-2*.whl '*/METADATA' |
        sed -n 's/^Requires-Dist: pydantic-core==//p')
    download .carry/1 "pydantic-core==$core"
    download .carry/2 "${SECOND[@]}"
    [ -d "$ASIDE" ] || mv "$WEIGHTS" "$ASIDE"
    rm -rf build
    "$PYTHON" -m pip wheel --quiet --no-deps -w .carry/2 .
    rm -rf build
    "$PYTHON" scripts/dev/halve_minilm.py "$3" .carry/2/minilm-half.zip
    cp "$1"/dev.jsonl.xz "$1"/test.jsonl.xz "$4" .carry/2/
    cp "$1"/train-[01].jsonl.xz .carry/3/
    cp "$1"/train-[23].jsonl.xz .carry/4/
    cp "$2"/{train,dev}-*.jsonl.xz .carry/5/
    if [ -n "${5:-}" ]; then
        mkdir .carry/6/weights && cp -r "$5" .carry/6/weights/imrad_distilbert
    else
        cp -r "$ASIDE" .carry/6/weights
    fi
    du -sb .carry/*
}

case $1 in
make) make_all "${@:2}" ;;
done) rm -rf "$WEIGHTS" && mv "$ASIDE" "$WEIGHTS" ;;
esac
