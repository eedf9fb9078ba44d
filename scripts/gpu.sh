#!/usr/bin/env bash
# Train on a machine with a GPU and no network, where PyTorch, transformers and cupy are
# installed. docs/TRAINING.md says what to bring in which call.
#
#   gpu.sh setup WHEELS   install the wheels in that folder to $SITE
#   gpu.sh train NAME     start `spacy train configs/NAME.cfg` in the background
#   gpu.sh log            show the end of every training log
#   gpu.sh bundle NAME    write the weights in half precision to $OUT, in parts of 14 MB
set -euo pipefail

SITE=${SITE:-/tmp/site}
DATA=${DATA:-/tmp/data}
RUNS=${RUNS:-/tmp/runs}
export PYTHONPATH=$SITE HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

case $1 in
setup)
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir \
        --upgrade --target "$SITE" "$2"/*.whl
    python3 -c 'import spacy, spacy_imrad; spacy.require_gpu(); print("ready")'
    ;;
train)
    mkdir -p "$RUNS"
    setsid nohup python3 -m spacy train "configs/$2.cfg" --output "$RUNS/$2" \
        --gpu-id 0 --paths.train "$DATA/train" --paths.dev "$DATA/dev.jsonl.xz" \
        --paths.minilm "$DATA/minilm-half.whl" "${@:3}" \
        >"$RUNS/$2.log" 2>&1 </dev/null &
    ;;
log)
    tail -n 12 "$RUNS"/*.log
    nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv,noheader
    ;;
bundle)
    python3 scripts/bundle_weights.py "$RUNS/$2/${3:-model-best}" "$RUNS/$2/weights"
    tar -C "$RUNS/$2/weights" -c . | split -b 14M - "$OUT/$2.tar.part"
    ;;
esac
