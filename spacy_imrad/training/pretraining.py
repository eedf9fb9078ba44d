"""Masked-language modelling of scientific text, before any label is seen (Gururangan et
al. 2020, "Don't Stop Pretraining")."""

import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy
from numpy.typing import NDArray

from spacy_imrad.atomic import replacing
from spacy_imrad.document.paper import Paper
from spacy_imrad.extras import require
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.pooling import check_pooling
from spacy_imrad.models.encoder.shim import set_dropout
from spacy_imrad.training.masked_language_model import load_base, make_network
from spacy_imrad.training.masked_text import (
    FIRST,
    MASK,
    Tokens,
    sequences,
    special_token,
    tokenize_papers,
)

if TYPE_CHECKING:
    import torch

STATE_FILE: Final = "state.safetensors"
LOG_FILE: Final = "log.jsonl"
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
    decoder_layers: Layers above an encoder that pools, see `make_network`.
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
    held_out: The same over held-out papers, now.
    rate: Wordpieces a second.
    """

    step: int
    share: float
    loss: float
    held_out: float
    rate: float


def pretrain(
    papers: Iterable[Paper],
    base: str,
    output: Path,
    settings: Pretraining,
    *,
    device: str = "cpu",
    every: int = 100,
) -> Iterator[Progress]:
    """Go on pretraining an encoder, or go on with a pretraining that was killed.

    papers: What to read: to go on, the same papers in the same order.
    base: Wheel, folder or name of the encoder to begin from.
    output: Folder that gets the encoder, as `transformers` writes it, `log.jsonl`, and
        on the way `state.safetensors`.
    every: Updates between two reports, after which the state is saved.
    YIELDS: Where it stands. The encoder is written before the last.
    RAISES: ValueError for papers without text, or a state of other settings.
    """
    require("torch", "torch")
    import torch

    # A layer that is new is drawn from the seed, and nothing from the caller's.
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        checkpoint = load_base(base, settings.pooling)
        network = make_network(checkpoint, settings.decoder_layers).to(device)
    run = _Run(papers, checkpoint, network, output, settings, device)
    yield from run.report(every)


class _Run:
    """One pretraining, from its beginning or its last state."""

    def __init__(
        self,
        papers: Iterable[Paper],
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
        self.mask = special_token(tokenizer, MASK)
        self.vocabulary = tokenizer.get_vocab_size()
        first = special_token(tokenizer, FIRST)
        corpus = tokenize_papers(papers, tokenizer, settings.held_out)
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
        from safetensors.torch import save_file

        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": x for name, x in values.items()}
        now = {
            "settings": _plain(self.settings),
            "step": self.step,
            "seconds": self.seconds,
        }
        with replacing(self.output / STATE_FILE) as part:
            save_file(tensors, part, metadata={"pretraining": json.dumps(now)})

    def _restore(self) -> None:
        from safetensors import safe_open

        file = self.output / STATE_FILE
        if not file.is_file():
            return
        with safe_open(file, "pt", device=str(self.device)) as stored:
            now = json.loads(stored.metadata()["pretraining"])
            if now["settings"] != _plain(self.settings):
                raise ValueError(
                    f"'{self.output}' has a pretraining that was not finished, with "
                    f"other settings: {now['settings']}. Go on with these, or name "
                    "another folder."
                )
            network: dict[str, Any] = {}
            state: dict[int, dict[str, Any]] = {}
            for name in stored.keys():  # noqa: SIM118  It is no dict.
                kind, _, rest = name.partition(".")
                if kind == "network":
                    network[rest] = stored.get_tensor(name)
                else:
                    index, _, key = rest.partition(".")
                    state.setdefault(int(index), {})[key] = stored.get_tensor(name)
        self.network.load_state_dict(network)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.step, self.seconds = now["step"], now["seconds"]

    def _write(self) -> None:
        module: Any = self.checkpoint.module.base_model.cpu()
        module.config.architectures = [type(module).__name__]
        module.save_pretrained(self.output)
        self.checkpoint.tokenizer.save(str(self.output / "tokenizer.json"))
        (self.output / STATE_FILE).unlink(missing_ok=True)


def _plain(settings: Pretraining) -> dict[str, Any]:
    return {**asdict(settings), "pooling": list(settings.pooling)}
