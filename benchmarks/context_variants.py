"""Which sequence model reads a paper best? All on the same paragraph vectors.

    python -m benchmarks.context_variants --pipeline training/paragraphs/model-best \
        --train ../shared/corpus/train-0.jsonl.xz --test ../shared/corpus/dev.jsonl.xz

Trains each variant on the frozen vectors and logits of the pipeline's encoder,
headings hidden, ancestor rule, and prints its scores on the other papers.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy
import spacy
import torch
from sklearn.metrics import accuracy_score, f1_score
from thinc.api import require_gpu
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from spacy_imrad.labels import LABELS
from spacy_imrad.models.context.features import context_features, n_numbers
from spacy_imrad.models.context.settings import ContextSettings
from spacy_imrad.models.context.shim import _bag
from spacy_imrad.models.context.torch_network import ContextNetwork
from spacy_imrad.pipeline.loading import find_classifier

from .accuracy import batches

N_HASHES = 64


@dataclass
class Paper:
    vectors: torch.Tensor
    logits: torch.Tensor
    numbers: torch.Tensor
    gold: torch.Tensor


class Nothing(ContextNetwork):
    """Place features and vector, no neighbours."""

    def read(self, hidden: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        return hidden


class Transformer(ContextNetwork):
    """Two layers of self-attention over the paragraphs, positions by sinusoids."""

    def __init__(self, settings: ContextSettings) -> None:
        super().__init__(settings)
        layer = nn.TransformerEncoderLayer(
            2 * settings.width,
            nhead=6,
            dim_feedforward=4 * settings.width,
            dropout=0.2,
            batch_first=True,
            norm_first=True,
        )
        self.sequence = nn.TransformerEncoder(  # type: ignore[assignment]
            layer, settings.depth
        )

    def set_dropout(self, rate: float) -> None:
        self.dropout.p = rate

    def read(self, hidden: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        padded = pad_sequence(list(hidden.split(lengths)), batch_first=True)
        size = torch.tensor(lengths, device=hidden.device)
        steps = torch.arange(padded.shape[1], device=hidden.device)
        rates = torch.exp(
            torch.arange(0, padded.shape[2], 2, device=hidden.device)
            * (-numpy.log(1000.0) / padded.shape[2])
        )
        angles = steps[:, None] * rates
        place = torch.cat([angles.sin(), angles.cos()], dim=1)
        empty = steps >= size[:, None]
        read = self.sequence(padded + place, src_key_padding_mask=empty)
        return read[~empty]


class Crf(nn.Module):
    """A linear chain over the labels; paragraphs without a label are summed out."""

    def __init__(self) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(len(LABELS), len(LABELS)))

    def log_sum(self, logits: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """logits: papers x paragraphs x labels. RETURNS: log Z of each paper."""
        reached = logits[:, 0]
        for step in range(1, logits.shape[1]):
            following = logits[:, step] + (
                reached.unsqueeze(2) + self.transitions
            ).logsumexp(dim=1)
            reached = torch.where((step < lengths)[:, None], following, reached)
        return reached.logsumexp(dim=1)

    def loss(
        self, logits: torch.Tensor, gold: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        one_hot = nn.functional.one_hot(gold.clamp(min=0), len(LABELS)).bool()
        allowed = one_hot | (gold < 0).unsqueeze(2)
        pinned = logits.masked_fill(~allowed, -1e4)
        gap = self.log_sum(logits, lengths) - self.log_sum(pinned, lengths)
        return gap.sum() / (gold >= 0).sum().clamp(min=1)

    def marginals(self, logits: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        logits = logits.detach().requires_grad_()
        with torch.enable_grad():
            total = self.log_sum(logits, lengths).sum()
        return torch.autograd.grad(total, logits)[0]


def encode(pipeline: str, corpus: Path, limit: int) -> list[Paper]:
    nlp = spacy.load(pipeline)
    encoder = find_classifier(nlp).model.get_ref("encoder")
    papers = []
    for _, docs, golds in batches(nlp, corpus, "papers-ancestor", limit):
        for doc, gold, encoded in zip(docs, golds, encoder.predict(docs), strict=True):
            features = context_features(doc.outline, list(LABELS), N_HASHES)
            papers.append(
                Paper(
                    torch.as_tensor(encoder.ops.to_numpy(encoded.vectors)),
                    torch.as_tensor(encoder.ops.to_numpy(encoded.logits)),
                    torch.from_numpy(features.numbers),
                    torch.from_numpy(gold),
                )
            )
    return papers


def forward(
    network: ContextNetwork, papers: list[Paper], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """RETURNS: Padded logits and gold labels, and the papers' lengths."""
    lengths = [len(paper.gold) for paper in papers]
    no_words = [_bag([[0]] * sum(lengths), device)] * 2
    logits, _ = network(
        *(
            torch.cat([getattr(paper, name) for paper in papers]).to(device)
            for name in ("vectors", "logits", "numbers")
        ),
        no_words,
        lengths,
    )
    padded = pad_sequence(list(logits.split(lengths)), batch_first=True)
    gold = pad_sequence([p.gold for p in papers], batch_first=True, padding_value=-1)
    return padded, gold.to(device), torch.tensor(lengths, device=device)


def chunks(papers: list[Paper], size: int) -> Iterator[list[Paper]]:
    for start in range(0, len(papers), size):
        yield papers[start : start + size]


def run(
    network: ContextNetwork,
    crf: Crf | None,
    train: list[Paper],
    test: list[Paper],
    epochs: int,
    device: torch.device,
) -> tuple[float, float]:
    """RETURNS: Accuracy and macro F1 on the test papers."""
    network.set_dropout(0.2)
    modules = nn.ModuleList([network, *([crf] if crf else [])]).to(device)
    optimizer = torch.optim.AdamW(modules.parameters(), lr=1e-3, weight_decay=0.01)
    total = epochs * (len(train) // 32 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total)
    for _ in range(epochs):
        modules.train()
        order = torch.randperm(len(train)).tolist()
        for batch in chunks([train[i] for i in order], 32):
            logits, gold, lengths = forward(network, batch, device)
            if crf:
                loss = crf.loss(logits, gold, lengths)
            else:
                loss = nn.functional.cross_entropy(
                    logits.flatten(0, 1), gold.flatten(), ignore_index=-1
                )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(modules.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    modules.eval()
    gold_all, predicted = [], []
    for batch in chunks(test, 64):
        with torch.no_grad():
            logits, gold, lengths = forward(network, batch, device)
        scores = crf.marginals(logits, lengths) if crf else logits
        labelled = gold >= 0
        gold_all.append(gold[labelled].cpu())
        predicted.append(scores[labelled].argmax(dim=1).cpu())
    pair = torch.cat(gold_all), torch.cat(predicted)
    return accuracy_score(*pair), f1_score(*pair, average="macro")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--papers", type=int, default=3000, help="to train on")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--gpu-id", type=int, default=-1)
    args = parser.parse_args()
    device = torch.device("cpu")
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
        device = torch.device("cuda", args.gpu_id)
    train = encode(args.pipeline, args.train, args.papers)
    test = encode(args.pipeline, args.test, 0)
    settings = ContextSettings(
        vector_width=train[0].vectors.shape[1],
        n_labels=len(LABELS),
        n_numbers=n_numbers(len(LABELS)),
        n_hashes=N_HASHES,
        word_width=8,
        width=192,
        depth=2,
    )
    print(f"{len(train)} papers to train on, {len(test)} to test on\n")
    print("| sequence model | accuracy | macro F1 | training |\n|---|---|---|---|")
    for name, network, crf in (
        ("none", Nothing, None),
        ("transformer, 2 layers", Transformer, None),
        ("GRU, 2 layers", ContextNetwork, None),
        ("GRU, 2 layers, and a linear-chain CRF", ContextNetwork, Crf),
    ):
        torch.manual_seed(0)
        start = time.perf_counter()
        accuracy, macro = run(
            network(settings), crf() if crf else None, train, test, args.epochs, device
        )
        seconds = time.perf_counter() - start
        print(
            f"| {name} | {accuracy:.4f} | {macro:.4f} | {seconds:.0f} s |", flush=True
        )


if __name__ == "__main__":
    main()
