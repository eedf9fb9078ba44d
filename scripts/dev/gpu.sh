#!/usr/bin/env bash
# Train on a machine with a GPU and no network, where PyTorch, transformers and cupy are
# installed, and that is lent by the call. README.md says what to bring to $DATA.
#
#   gpu.sh take FOLDER       move what one call brought to $DATA and $WHEELS
#   gpu.sh setup             install the wheels to $SITE
#   gpu.sh start GPU JOB…    do jobs one after the other on that GPU, in the background
#   gpu.sh fetch JOB SECS    wait for one, at most so long, and copy what it made to $OUT:
#                            of a training that is not done, the best weights so far
#
# Jobs: `large`, `varied` (the same with what EXTRA overrides), `longer` (goes on from the
# weights that were brought, with a new document context), `pooled` and `small` (learn from
# `large` if that is done, else from those weights), `smaller` (`small` with what EXTRA
# overrides), `unarxive` and `unarxive_sm` (what the weights that were brought know of the unarXive
# convention), `reference` and `paragraphs` train; `await-JOB` waits; `calibrated` calibrates
# what is trained, `tables` measures it, `choice` on the dev papers, and `speed` how many
# papers the GPU labels.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SITE=${SITE:-/tmp/site}
DATA=${DATA:-/tmp/data}
WHEELS=${WHEELS:-/tmp/wheels}
RUNS=${RUNS:-/tmp/runs}
GPU=${GPU:-0}
BASE=(--paths.base "$DATA/minilm-half.whl")
# Steps of the large model, as in its config if there is no number.
LENGTH=(${STEPS:+--training.max_steps "$STEPS"
    --training.optimizer.learn_rate.total_steps "$STEPS"})
# Overrides for all trainings of a `start`, to vary them or to rehearse with less.
read -ra OVERRIDES <<<"${EXTRA:-}"
# The tree goes before the wheel that was made of it, which has no weights.
export PYTHONPATH=$ROOT:$SITE HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1 OMP_NUM_THREADS=4
export PYTHONWARNINGS=ignore

# train RUN CONFIG [OVERRIDES]
train() {
    date +"%T $1 begins" >>"$RUNS/times"
    python3 -m spacy train "configs/$2.cfg" --output "$RUNS/$1" --gpu-id "$GPU" \
        --paths.train "$DATA/train" --paths.dev "$DATA/dev/dev.jsonl.xz" \
        --training.logger.progress_bar null "${@:3}" "${OVERRIDES[@]}" 2>&1 |
        while IFS= read -r line; do printf '%(%T)T %s\n' -1 "$line"; done \
            >"$RUNS/$1.log"
    date +"%T $1 ends" >>"$RUNS/times"
}

# finish RUN: write the weights, not yet calibrated, because those in 8 bits are later
finish() {
    python3 -m spacy_imrad weights "$RUNS/$1/model-last" --output "$RUNS/$1/weights"
    hand_over "$1" "$RUNS/$1/weights"
}

calibrated() {
    local run
    for run in "$RUNS"/*/weights; do
        run=${run%/weights}
        [ -e "$run/calibrated" ] || python3 -m spacy_imrad calibrate \
            "$run/model-last" "$DATA/dev" --output "$run/calibrated" --gpu-id "$GPU" >"$run.calibrate.log" 2>&1
    done
}

# Files of at most 14 MB, because that is what such a machine gives back.
hand_over() {
    mkdir -p "$RUNS/home/$1"
    tar -C "$2" -c . | split -b 14M - "$RUNS/home/$1/$1.tar.part"
}

# measure FILE MODULE [ARGUMENTS]
measure() {
    python3 -m "benchmarks.$2" --gpu-id "$GPU" "${@:3}" >"$RUNS/tables/$1.md" 2>&1
}

large() {
    train large imrad_distilbert "${BASE[@]}" "${LENGTH[@]}"
    finish large
}

varied() {
    train varied imrad_distilbert "${BASE[@]}" "${LENGTH[@]}"
    finish varied
}

longer() {
    train longer imrad_distilbert --paths.base "$DATA/weights/imrad_distilbert" \
        --training.optimizer.learn_rate.initial_rate 0.00008 \
        --components.imrad_classifier.model.hidden_rate 0.75 "${LENGTH[@]}"
    finish longer
}

# learner RUN CONFIG [OVERRIDES]
learner() {
    local teacher=$DATA/weights/imrad_distilbert
    [ ! -e "$RUNS/large/weights" ] || teacher=$RUNS/large/weights
    train "$1" "$2" --paths.teacher "$teacher" "${@:3}"
    finish "$1"
}

pooled() { learner pooled imrad_distilbert_pooled "${LENGTH[@]}"; }

small() { learner small imrad_distilbert_sm; }

smaller() { learner smaller imrad_distilbert_sm; }

# convention_of RUN NAME: what the bundled weights of that name know of the unarXive convention
convention_of() {
    as_bundled
    train "$1" unarxive --components.imrad_classifier.model.name "$2"
    finish "$1"
}

unarxive() { convention_of unarxive imrad_distilbert; }

unarxive_sm() { convention_of unarxive_sm imrad_distilbert_sm; }

reference() { train reference reference "${BASE[@]}"; }

paragraphs() { train paragraphs paragraphs "${BASE[@]}"; }

# Fills `trained` with the options that name what was trained, the calibrated first.
find_trained() {
    local run kind
    for run in large varied longer pooled small smaller unarxive unarxive_sm reference \
        paragraphs; do
        for kind in calibrated model-last; do
            [ -e "$RUNS/$run/$kind" ] || continue
            trained+=(--pipeline "$run=$RUNS/$run/$kind")
            break
        done
    done
}

tables() {
    local corpus=(--corpus "$DATA/test.jsonl.xz") trained=() viterbi=()
    find_trained
    [ ! -e "$RUNS/paragraphs/model-last" ] ||
        viterbi=(--viterbi paragraphs --train "$DATA/train/train-3.jsonl.xz")
    measure plos accuracy --corpus "$DATA/allofplos-0.11.1-py3-none-any.whl" \
        --task papers-ancestor "${trained[@]}"
    measure boundaries boundaries "${corpus[@]}" "${trained[@]}"
    measure accuracy accuracy "${corpus[@]}" "${trained[@]}" "${viterbi[@]}" \
        --json "$RUNS/tables/accuracy.json"
}

choice() {
    local trained=()
    find_trained
    measure choice accuracy --corpus "$DATA/dev/dev.jsonl.xz" "${trained[@]}"
}

# With the large model, if it was trained, as if it were bundled.
as_bundled() {
    rm -rf spacy_imrad/weights
    cp -r "$DATA/weights" spacy_imrad/ || mkdir spacy_imrad/weights
    if [ -e "$RUNS/large.done" ] && [ -e "$RUNS/large/weights" ]; then
        rm -rf spacy_imrad/weights/imrad_distilbert
        cp -r "$RUNS/large/weights" spacy_imrad/weights/imrad_distilbert
    fi
}

speed() {
    as_bundled
    measure speed throughput --corpus "$DATA/test.jsonl.xz" --papers 400 \
        --paragraphs 4000 --parts 4 --whole-papers 400 --no-cold-start
    python3 -m pytest -q -m gpu tests >"$RUNS/tables/tests.md" 2>&1
}

case $1 in
take)
    mkdir -p "$DATA"/{train,dev} "$WHEELS"
    for file in "$2"/*; do
        case $file in
        *allofplos*) cp "$file" "$DATA/" ;;
        *.whl) cp "$file" "$WHEELS/" ;;
        *minilm-half.zip) cp "$file" "$DATA/minilm-half.whl" ;;
        */train-*) cp "$file" "$DATA/train/" ;;
        */dev*) cp "$file" "$DATA/dev/" ;;
        *) cp -r "$file" "$DATA/" ;;
        esac
    done
    ;;
setup)
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --upgrade --target "$SITE" "$WHEELS"/*.whl
    python3 -c 'import spacy, spacy_imrad; spacy.require_gpu(); print("ready")'
    ;;
start)
    mkdir -p "$RUNS/tables"
    GPU=$2 setsid nohup bash "$0" jobs "${@:3}" >"$RUNS/jobs-$2.log" 2>&1 </dev/null &
    ;;
jobs)
    # Each in a process of its own: one that fails ends, and the next begins.
    for job in "${@:2}"; do
        bash "$0" job "$job" || echo "$job failed"
        touch "$RUNS/$job.done"
    done
    ;;
job)
    case $2 in
    await-*) until [ -e "$RUNS/${2#await-}.done" ]; do sleep 1; done ;;
    *) "$2" ;;
    esac
    ;;
fetch)
    for _ in $(seq "$3"); do
        [ ! -e "$RUNS/$2.done" ] || break
        sleep 1
    done
    date
    tail -n 4 "$RUNS"/*.log
    nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv,noheader
    if [ ! -e "$RUNS/$2.done" ] && [ -e "$RUNS/$2/model-best" ]; then
        python3 -m spacy_imrad weights "$RUNS/$2/model-best" --output "$RUNS/$2/best"
        hand_over "$2" "$RUNS/$2/best"
    fi
    tar -C "$RUNS" -cf "$OUT/tables.tar" tables times $(cd "$RUNS" && echo ./*.log)
    if [ -e "$RUNS/home/$2" ]; then cp "$RUNS/home/$2"/* "$OUT/"; fi
    ;;
esac
