"""Masked-language modelling of scientific text, before any label is seen (Devlin et al.
2019; Gururangan et al. 2020, "Don't Stop Pretraining").

An encoder whose upper layers are to pool wordpieces learns that here, too: a few layers
that are dropped afterwards read what it said, each vector repeated for the wordpieces
that it stands for, added to what the last layer before the first pooling said (Dai et
al. 2020, Funnel-Transformer).
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast
from zlib import crc32

import numpy
from numpy.typing import NDArray

from spacy_imrad.atomic import replacing
from spacy_imrad.document.paper import Paper
from spacy_imrad.extras import require
from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.base_encoder import make_base_encoder_v1
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.pooling import (
    CONFIG_KEY,
    check_pooling,
    layers_of,
    pool_wordpieces,
)
from spacy_imrad.models.encoder.shim import set_dropout

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Tokens: TypeAlias = NDArray[numpy.uint16] | NDArray[numpy.uint32]

STATE_FILE: Final = "state.pt"
LOG_FILE: Final = "log.jsonl"
_TEXTS: Final = 20_000
_HELD_OUT_ROWS: Final = 2048


@dataclass(frozen=True, slots=True)
class Pretraining:
    """How long and how fast an encoder learns.

    steps: Number of updates; where there is a time limit, at most so many.
    seconds: Time limit for all updates, 0 for none. The learning rate falls to 0 at its
        end.
    batch_tokens: Wordpieces in an update.
    micro_tokens: Wordpieces that the device holds at a time; they divide the batch.
    length: Wordpieces in a sequence.
    mask_share: Share of the wordpieces to be guessed.
    learn_rate: Peak of the learning rate, after a linear rise of `warmup` updates; from
        there it falls as a cosine.
    pooling: How many wordpieces a vector of each layer is to stand for, see
        `spacy-imrad.PooledCheckpoint.v1`; none for the base's own.
    decoder_layers: Layers above a pooled encoder that guess, and are dropped afterwards.
    held_out: Share of the papers that only measure.
    seed: Seed of all that is random.
    compile: Let torch compile the network, which takes a minute and makes a GPU twice
        as fast.
    RAISES: ValueError for a number out of its range.
    """

    steps: int = 2000
    seconds: float = 0.0
    batch_tokens: int = 262_144
    micro_tokens: int = 131_072
    length: int = 256
    mask_share: float = 0.2
    learn_rate: float = 6e-4
    warmup: int = 150
    weight_decay: float = 0.01
    pooling: Sequence[int] = ()
    decoder_layers: int = 2
    held_out: float = 0.005
    seed: int = 0
    compile: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "length", "learn_rate", "micro_tokens"):
            if getattr(self, name) <= 0:
                raise ValueError(
                    f"`{name}` is {getattr(self, name)}; it has to be above 0."
                )
        for name in ("mask_share", "held_out"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` is {getattr(self, name)}; it has to be between 0 and 1."
                )
        if self.micro_tokens % self.length or self.batch_tokens % self.micro_tokens:
            raise ValueError(
                f"`length` ({self.length}) has to divide `micro_tokens` "
                f"({self.micro_tokens}), and that `batch_tokens` ({self.batch_tokens})."
            )
        if self.pooling:
            check_pooling(self.pooling)

    @property
    def rows(self) -> int:
        """Sequences that the device holds at a time."""
        return self.micro_tokens // self.length

    @property
    def parts(self) -> int:
        """How often the device is filled for an update."""
        return self.batch_tokens // self.micro_tokens

    def rate(self, step: int, share: float) -> float:
        """The learning rate when `share` of the training is over."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        return self.learn_rate * rise * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


class Progress(NamedTuple):
    """Where a pretraining stands.

    loss: Mean cross-entropy over the masked wordpieces since the last report, in nats.
    held_out: The same over held-out papers; None between its measurements.
    rate: Wordpieces a second.
    """

    step: int
    share: float
    loss: float
    held_out: float | None
    rate: float


class Corpus(NamedTuple):
    """Wordpiece ids of papers, one after the other, `[SEP]` behind each paragraph."""

    train: Tokens
    held_out: Tokens


def tokenize_papers(
    papers: Iterable[Paper], tokenizer: "Tokenizer", held_out: float
) -> Corpus:
    """Read papers' paragraphs as wordpieces.

    held_out: Share of the papers, chosen by their ids, that go to the second part.
    RAISES: ValueError if either part has no text.
    """
    tokenizer.no_truncation()
    separator = tokenizer.token_to_id("[SEP]")
    kind = numpy.uint16 if tokenizer.get_vocab_size() <= 2**16 else numpy.uint32
    kept: dict[bool, list[Any]] = {False: [], True: []}
    for texts in _batches(papers, held_out):
        encodings = tokenizer.encode_batch(
            [text for text, _ in texts], add_special_tokens=False
        )
        for encoding, (_, is_held_out) in zip(encodings, texts, strict=True):
            kept[is_held_out].append(
                numpy.array([*encoding.ids, separator], dtype=kind)
            )
    for is_held_out, parts in kept.items():
        if not parts:
            which = "held-out " if is_held_out else ""
            raise ValueError(
                f"There are too few {which}papers with text to learn from."
            )
    return Corpus(*(numpy.concatenate(kept[which]) for which in (False, True)))


def _batches(
    papers: Iterable[Paper], held_out: float
) -> Iterator[list[tuple[str, bool]]]:
    batch: list[tuple[str, bool]] = []
    for paper in papers:
        chosen = crc32(paper.id.encode()) < held_out * 2**32
        for section in paper.sections:
            batch += [(text, chosen) for text in section.paragraphs]
        if len(batch) >= _TEXTS:
            yield batch
            batch = []
    if batch:
        yield batch


def sequences(tokens: Tokens, length: int, first: int) -> Tokens:
    """Cut text into sequences of one length that begin with the token `first`.

    RETURNS: Array of sequences x length; a rest that fills none is left out.
    RAISES: ValueError if the text fills none.
    """
    n_rows = len(tokens) // (length - 1)
    if not n_rows:
        raise ValueError(
            f"The papers have {len(tokens)} wordpieces; a sequence needs {length - 1}."
        )
    rows = tokens[: n_rows * (length - 1)].reshape(n_rows, length - 1)
    return numpy.pad(rows, ((0, 0), (1, 0)), constant_values=first)


def load_base(name: str, pooling: Sequence[int]) -> Checkpoint:
    """The encoder to go on from: see `spacy-imrad.BaseEncoder.v1`.

    RAISES: What the loader raises; ValueError if it can't pool so.
    """
    checkpoint = make_base_encoder_v1(name)(LABELS)
    if pooling:
        layers = layers_of(checkpoint.module)
        check_pooling(pooling, None if layers is None else len(layers))
        setattr(checkpoint.module.config, CONFIG_KEY, list(pooling))
    pool_wordpieces(checkpoint.module)
    return checkpoint


def make_network(checkpoint: Checkpoint, decoder_layers: int) -> Any:
    """A module that gives the loss of guessing masked wordpieces.

    It takes ids (sequences x length, int64), the flat indices of the wordpieces to be
    guessed and what they were; its `encoder` is the checkpoint's own.
    """
    require("torch", "torch")
    import torch
    from torch import nn

    encoder = checkpoint.module.base_model
    layers = layers_of(checkpoint.module)
    pooling = list(getattr(checkpoint.module.config, CONFIG_KEY, [1] * len(layers)))
    unpooled = pooling.count(1)
    width = encoder.config.hidden_size

    class MaskedLanguageModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            # Trained layers are a better beginning than random ones.
            self.decoder = (
                nn.ModuleList(
                    deepcopy(_without_hooks(layer))
                    for layer in layers[-decoder_layers:]
                )
                if pooling[-1] > 1 and decoder_layers
                else nn.ModuleList()
            )
            self.transform = nn.Sequential(
                nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)
            )
            self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

        def forward(
            self, ids: "torch.Tensor", where: "torch.Tensor", wanted: "torch.Tensor"
        ) -> "torch.Tensor":
            hidden = encoder.embeddings(ids)
            detailed = hidden
            for index, layer in enumerate(layers):
                hidden = _first(layer(hidden, None))
                if index < unpooled:
                    detailed = hidden
            if pooling[-1] > 1:
                rest = hidden[:, 1:].repeat_interleave(pooling[-1], dim=1)
                rest = rest[:, : ids.shape[1] - 1]
                hidden = detailed + torch.cat([hidden[:, :1], rest], dim=1)
                for layer in self.decoder:
                    hidden = _first(layer(hidden, None))
            guessed = self.transform(hidden.reshape(-1, width)[where])
            table = encoder.get_input_embeddings().weight
            logits = nn.functional.linear(guessed, table, self.bias)
            return nn.functional.cross_entropy(logits.float(), wanted)

    return MaskedLanguageModel()


def _first(output: Any) -> Any:
    """Versions of transformers differ in whether a layer returns a tuple."""
    return output[0] if isinstance(output, tuple) else output


def _without_hooks(layer: Any) -> Any:
    copied = deepcopy(layer)
    copied._forward_pre_hooks.clear()
    copied._forward_pre_hooks_with_kwargs.clear()
    return copied


def pretrain(
    papers: Callable[[], Iterable[Paper]],
    base: str,
    output: Path,
    settings: Pretraining,
    *,
    device: str = "cpu",
    every: int = 100,
) -> Iterator[Progress]:
    """Go on pretraining an encoder, or go on with a pretraining that was killed.

    papers: Gives the papers, the same ones each time that it is called.
    base: Wheel, folder or name of the encoder to begin from.
    output: Folder that gets the encoder, as `transformers` writes it, `log.jsonl`, and
        on the way `state.pt`.
    every: Updates between two reports, after which the state is saved.
    YIELDS: Where it stands. The encoder is written before the last.
    RAISES: ValueError for papers without text, or a state of other settings.
    """
    import torch

    # All that is random comes from the seed, and nothing from the caller's generators.
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        checkpoint = load_base(base, settings.pooling)
        network = make_network(checkpoint, settings.decoder_layers).to(device)
        yield from _Run(papers, checkpoint, network, output, settings, device).report(
            every
        )


class _Run:
    """One pretraining, from its beginning or its last state."""

    def __init__(
        self,
        papers: Callable[[], Iterable[Paper]],
        checkpoint: Checkpoint,
        network: Any,
        output: Path,
        settings: Pretraining,
        device: str,
    ) -> None:
        import torch

        self.checkpoint = checkpoint
        self.network = network
        self.output = output
        self.settings = settings
        self.device = torch.device(device)
        tokenizer = checkpoint.tokenizer
        self.mask = tokenizer.token_to_id("[MASK]")
        self.vocabulary = tokenizer.get_vocab_size()
        first = tokenizer.token_to_id("[CLS]")
        corpus = tokenize_papers(papers(), tokenizer, settings.held_out)
        self.train = sequences(corpus.train, settings.length, first)
        held_out = sequences(corpus.held_out, settings.length, first)
        self.held_out = held_out[: min(_HELD_OUT_ROWS, len(held_out))]
        decayed = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": settings.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            betas=(0.9, 0.98),
            fused=self.device.type == "cuda",
        )
        set_dropout(network, 0.0)
        self.learning = (
            torch.compile(network, dynamic=False) if settings.compile else network
        )
        self._order: tuple[int, NDArray[numpy.intp]] | None = None
        self.step = 0
        self.seconds = 0.0
        self._restore()

    def report(self, every: int) -> Iterator[Progress]:
        settings = self.settings
        self.network.train()
        while (share := self._share()) < 1:
            begun, first, losses = time.monotonic(), self.step, []
            base = self.seconds
            while self.step < first + every and share < 1:
                losses.append(self._update(share))
                self.step += 1
                self.seconds = base + time.monotonic() - begun
                share = self._share()
            loss = float(sum(losses) / len(losses))
            tokens = len(losses) * settings.batch_tokens
            rate = tokens / (time.monotonic() - begun)
            progress = Progress(self.step, share, loss, self._measure(), rate)
            self._log(progress)
            if share >= 1:
                self._write()
            else:
                self._save()
            yield progress

    def _share(self) -> float:
        share = self.step / self.settings.steps
        if self.settings.seconds:
            share = max(share, self.seconds / self.settings.seconds)
        return share

    def _rows(self, step: int) -> NDArray[numpy.intp]:
        """The sequences of an update: those of a pass in an order of its own."""
        wanted = self.settings.rows * self.settings.parts
        numbers = numpy.arange(step * wanted, (step + 1) * wanted)
        rows = numpy.empty(wanted, dtype=numpy.intp)
        turns, places = numpy.divmod(numbers, len(self.train))
        for turn in numpy.unique(turns):
            now = turns == turn
            rows[now] = self._order_of(int(turn))[places[now]]
        return rows

    def _order_of(self, turn: int) -> NDArray[numpy.intp]:
        if self._order is None or self._order[0] != turn:
            generator = numpy.random.default_rng([self.settings.seed, turn])
            self._order = turn, generator.permutation(len(self.train))
        return self._order[1]

    def _update(self, share: float) -> "torch.Tensor":
        import torch

        settings = self.settings
        generator = torch.Generator(self.device).manual_seed(
            settings.seed * 1_000_003 + self.step
        )
        rows = self._rows(self.step).reshape(settings.parts, settings.rows)
        total = torch.zeros((), device=self.device)
        for part in rows:
            loss = self._loss(self.learning, self.train[part], generator)
            loss = loss / settings.parts
            loss.backward()
            total += loss.detach()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate(self.step, share)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return total

    def _loss(
        self, network: Any, rows: Tokens, generator: "torch.Generator"
    ) -> "torch.Tensor":
        import torch

        ids = torch.from_numpy(rows.astype(numpy.int64)).to(self.device)
        flat = ids.reshape(-1)
        n_guessed = int(flat.numel() * self.settings.mask_share)

        def chance(*sizes: int) -> "torch.Tensor":
            return torch.rand(*sizes, device=self.device, generator=generator)

        # The first of each sequence stands for all of it and is no text.
        order = chance(len(rows), rows.shape[1])
        order[:, 0] = 2
        where = order.reshape(-1).argsort()[:n_guessed]
        wanted = flat[where]
        # Of ten, eight are masked, one is replaced by any, and one stays.
        dice = chance(n_guessed)
        random = (chance(n_guessed) * self.vocabulary).long()
        given = torch.where(
            dice < 0.8, self.mask, torch.where(dice < 0.9, random, wanted)
        )
        shown = flat.index_put((where,), given).reshape(ids.shape)
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"
        ):
            return cast("torch.Tensor", network(shown, where, wanted))

    def _measure(self) -> float:
        import torch

        self.network.eval()
        generator = torch.Generator(self.device).manual_seed(0)
        size = min(self.settings.rows, len(self.held_out))
        losses = []
        with torch.no_grad():
            for start in range(0, len(self.held_out) - size + 1, size):
                rows = self.held_out[start : start + size]
                losses.append(float(self._loss(self.network, rows, generator)))
        self.network.train()
        return sum(losses) / len(losses)

    def _log(self, progress: Progress) -> None:
        self.output.mkdir(parents=True, exist_ok=True)
        with (self.output / LOG_FILE).open("a", encoding="utf8") as file:
            print(json.dumps(progress._asdict()), file=file)

    def _save(self) -> None:
        import torch

        state = {
            "settings": _plain(self.settings),
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        with replacing(self.output / STATE_FILE) as part:
            torch.save(state, part)

    def _restore(self) -> None:
        import torch

        file = self.output / STATE_FILE
        if not file.is_file():
            return
        state = torch.load(file, map_location=self.device, weights_only=True)
        if state["settings"] != _plain(self.settings):
            raise ValueError(
                f"'{self.output}' has a pretraining with other settings: "
                f"{state['settings']}. Name another folder, or begin anew."
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    def _write(self) -> None:
        module = self.checkpoint.module.base_model.cpu()
        module.config.architectures = [type(module).__name__]
        module.save_pretrained(self.output)
        self.checkpoint.tokenizer.save(str(self.output / "tokenizer.json"))
        (self.output / STATE_FILE).unlink(missing_ok=True)


def _plain(settings: Pretraining) -> dict[str, Any]:
    return {**asdict(settings), "pooling": list(settings.pooling)}
