"""The ONNX graph of an encoder of BERT's family with its classification head.

It reads one window at a time, so that nothing is padded and masked, and no text's
scores depend on the company that it keeps. Of the last layer only the first wordpiece
is computed: nothing else leaves it. The graph holds no weights, only their names.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy
from numpy.typing import NDArray

from spacy_imrad.extras import require
from spacy_imrad.models.checkpoints.int8 import SCALE, Weights
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY, check_pooling, halvings

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

IDS: Final = "ids"
VECTOR: Final = "vector"
LOGITS: Final = "logits"

# ONNX Runtime's own operators.
CONTRIB: Final = "com.microsoft"
ACTIVATIONS: Final = {"gelu": "FastGelu", "gelu_new": "FastGelu", "relu": "Relu"}


@dataclass(frozen=True, slots=True)
class Architecture:
    """How transformers names the weights of one kind of encoder.

    encoder: What the names of the encoder's weights begin with.
    layer: The same for a layer's, less the number.
    query, key, value, attended, inner, outer: A layer's matrices.
    attended_norm, outer_norm: Its norms.
    head: The first matrix of the head and its activation, then the last matrix.
    position_of_first: The row of the position embeddings for a text's first wordpiece;
        None for the one behind the padding's.
    """

    encoder: str
    layer: str
    query: str
    key: str
    value: str
    attended: str
    attended_norm: str
    inner: str
    outer: str
    outer_norm: str
    head: tuple[str, str, str]
    position_of_first: int | None = 0


_BERT_LAYER: Final[dict[str, Any]] = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "outer_norm": "output.LayerNorm",
}
_ROBERTA: Final = Architecture(
    encoder="roberta.",
    layer="roberta.encoder.layer.",
    head=("classifier.dense", "Tanh", "classifier.out_proj"),
    position_of_first=None,
    **_BERT_LAYER,
)
ARCHITECTURES: Final = {
    "distilbert": Architecture(
        encoder="distilbert.",
        layer="distilbert.transformer.layer.",
        query="attention.q_lin",
        key="attention.k_lin",
        value="attention.v_lin",
        attended="attention.out_lin",
        attended_norm="sa_layer_norm",
        inner="ffn.lin1",
        outer="ffn.lin2",
        outer_norm="output_layer_norm",
        head=("pre_classifier", "Relu", "classifier"),
    ),
    "bert": Architecture(
        encoder="bert.",
        layer="bert.encoder.layer.",
        head=("bert.pooler.dense", "Tanh", "classifier"),
        **_BERT_LAYER,
    ),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The part of a checkpoint's config that the graph depends on.

    n_heads, n_layers: Attention heads of a layer, and layers.
    activation: Key of `ACTIVATIONS`.
    epsilon: Epsilon of the layer norms.
    padding_id: Identifier of the wordpiece that fills up batches.
    pooling: How many wordpieces a vector of each layer stands for.
    """

    architecture: Architecture
    n_heads: int
    n_layers: int
    activation: str
    epsilon: float
    padding_id: int
    pooling: tuple[int, ...]

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Shape":
        """Read a `config.json`.

        RAISES: ValueError if there is no graph for such an encoder.
        """
        kind = str(config.get("model_type"))
        activation = config.get("activation") or config.get("hidden_act")
        positions = config.get("position_embedding_type", "absolute")
        if (
            kind not in ARCHITECTURES
            or activation not in ACTIVATIONS
            or positions != "absolute"
        ):
            raise ValueError(
                f"ONNX Runtime reads encoders of the kinds {sorted(ARCHITECTURES)} "
                f"with absolute positions and an activation of {sorted(ACTIVATIONS)}; "
                f"this one is '{kind}' with {positions} positions and '{activation}'. "
                'Leave it on torch (`runtime = "torch"`).'
            )
        distilled = kind == "distilbert"
        n_layers = config["n_layers" if distilled else "num_hidden_layers"]
        pooling = config.get(CONFIG_KEY) or [1] * n_layers
        check_pooling(pooling, n_layers)
        return cls(
            ARCHITECTURES[kind],
            config["n_heads" if distilled else "num_attention_heads"],
            n_layers,
            str(activation),
            config.get("layer_norm_eps", 1e-12),
            config.get("pad_token_id") or 0,
            tuple(pooling),
        )

    def factors(self) -> list[str]:
        """Names of the matrices that nearly all the work is done with."""
        a = self.architecture
        parts = (a.query, a.key, a.value, a.attended, a.inner, a.outer)
        return [
            f"{a.layer}{layer}.{part}.weight"
            for layer in range(self.n_layers)
            for part in parts
        ]

    def tables(self) -> list[str]:
        """Names of the embedding tables worth rounding."""
        return [f"{self.architecture.encoder}embeddings.word_embeddings.weight"]


def build_graph(shape: Shape, weights: Weights) -> bytes:
    """Build the graph for weights that `quantize` rounded.

    weights: The arrays themselves are no part of the graph: whoever runs it gives them
        to ONNX Runtime as external initializers.
    RETURNS: The ONNX model. Its input is `IDS`, int64 (1, wordpieces); its outputs are
        `VECTOR`, float32 (1, width), and `LOGITS`, float32 (1, labels).
    RAISES: ImportError without the package onnx.
    """
    return _Builder(shape, weights).build()


class _Builder:
    def __init__(self, shape: Shape, weights: Weights) -> None:
        self._onnx = require("onnx", "export")
        self._shape = shape
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._initializers: dict[str, TensorProto] = {}

    def build(self) -> bytes:
        onnx, shape, names = self._onnx, self._shape, self._shape.architecture
        hidden = self._embed(f"{names.encoder}embeddings.")
        for layer, times in enumerate(halvings(shape.pooling)):
            for _ in range(times):
                hidden = self._halve(hidden)
            is_last = layer == shape.n_layers - 1
            hidden = self._layer(f"{names.layer}{layer}.", hidden, only_first=is_last)
        self._op("Squeeze", [hidden, self._constant([1])], output=VECTOR)
        first, activation, last = names.head
        inner = self._op(activation, [self._exact(VECTOR, first)])
        self._exact(inner, last, output=LOGITS)
        helper, kinds = onnx.helper, onnx.TensorProto
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(IDS, kinds.INT64, [1, "wordpieces"])],
            [
                helper.make_tensor_value_info(name, kinds.FLOAT, [1, None])
                for name in (VECTOR, LOGITS)
            ],
            list(self._initializers.values()),
        )
        model = helper.make_model(
            graph,
            ir_version=8,
            producer_name="spacy-imrad",
            opset_imports=[
                helper.make_opsetid("", 17),
                helper.make_opsetid(CONTRIB, 1),
            ],
        )
        return model.SerializeToString()

    def _embed(self, prefix: str) -> str:
        """RETURNS: 1 x wordpieces x width."""
        table = prefix + "word_embeddings.weight"
        rows = self._op("Gather", [self._weight(table), IDS])
        rows = self._op("Cast", [rows], to=self._onnx.TensorProto.FLOAT)
        scales = self._op("Gather", [self._weight(table + SCALE), IDS])
        words = self._op("Mul", [rows, scales])
        first = self._shape.architecture.position_of_first
        start = self._shape.padding_id + 1 if first is None else first
        length = self._op("Shape", [IDS], start=1, end=2)
        positions = self._op(
            "Slice",
            [
                self._weight(prefix + "position_embeddings.weight"),
                self._constant([start]),
                self._op("Add", [length, self._constant([start])]),
                self._constant([0]),
            ],
        )
        kind = prefix + "token_type_embeddings.weight"
        if kind in self._weights:
            row = self._op("Gather", [self._weight(kind), self._constant([0])])
            positions = self._op("Add", [positions, row])
        return self._norm(self._op("Add", [words, positions]), prefix + "LayerNorm")

    def _halve(self, hidden: str) -> str:
        """The mean of each two wordpieces behind the first; an odd one is its own."""
        zero, one, two = (self._constant([number]) for number in range(3))
        last, end = self._constant([-1]), self._constant([2**31 - 1])
        first = self._op("Slice", [hidden, zero, one, one])
        extended = self._op(
            "Concat", [hidden, self._op("Slice", [hidden, last, end, one])], axis=1
        )
        left = self._op("Slice", [hidden, one, end, one, two])
        right = self._op("Slice", [extended, two, end, one, two])
        mean = self._op("Mul", [self._op("Add", [left, right]), self._constant([0.5])])
        return self._op("Concat", [first, mean], axis=1)

    def _layer(self, prefix: str, hidden: str, *, only_first: bool) -> str:
        names = self._shape.architecture
        read = self._rounded(hidden)
        asking = hidden
        if only_first:
            zero, one = self._constant([0]), self._constant([1])
            asking = self._op("Slice", [hidden, zero, one, one])
        attended = self._op(
            "MultiHeadAttention",
            [
                self._times(
                    self._rounded(asking) if only_first else read, prefix + names.query
                ),
                self._times(read, prefix + names.key),
                self._times(read, prefix + names.value),
            ],
            domain=CONTRIB,
            num_heads=self._shape.n_heads,
        )
        attended = self._times(self._rounded(attended), prefix + names.attended)
        middle = self._norm(
            self._op("Add", [attended, asking]), prefix + names.attended_norm
        )
        inner = self._times(self._rounded(middle), prefix + names.inner)
        # The cheaper form of GELU differs less than the rounding that follows.
        operator = ACTIVATIONS[self._shape.activation]
        domain = CONTRIB if operator == "FastGelu" else ""
        inner = self._op(operator, [inner], domain=domain)
        outer = self._times(self._rounded(inner), prefix + names.outer)
        return self._norm(self._op("Add", [outer, middle]), prefix + names.outer_norm)

    def _rounded(self, values: str) -> list[str]:
        """RETURNS: The names of the integers, their scale and their zero."""
        return self._ops("DynamicQuantizeLinear", [values], n_outputs=3)

    def _times(self, rounded: list[str], name: str) -> str:
        """A product of integers, with the bias added, as float32."""
        numbers, scale, zero = rounded
        weight = self._weight(f"{name}.weight")
        scales = self._weight(f"{name}.weight{SCALE}")
        bias = self._weight(f"{name}.bias")
        inputs = [numbers, weight, scale, scales, zero, "", bias]
        return self._op("MatMulIntegerToFloat", inputs, domain=CONTRIB)

    def _exact(self, values: str, name: str, output: str | None = None) -> str:
        inputs = [values, self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._op("Gemm", inputs, transB=1, output=output)

    def _norm(self, values: str, name: str) -> str:
        inputs = [values, self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._op(
            "LayerNormalization", inputs, axis=-1, epsilon=self._shape.epsilon
        )

    def _op(
        self,
        operator: str,
        inputs: list[str],
        *,
        output: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        return self._ops(operator, inputs, output=output, domain=domain, **attributes)[
            0
        ]

    def _ops(
        self,
        operator: str,
        inputs: list[str],
        *,
        n_outputs: int = 1,
        output: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        name = f"{operator}_{len(self._nodes)}"
        outputs = [output or f"{name}.{i}" for i in range(n_outputs)]
        self._nodes.append(
            self._onnx.helper.make_node(
                operator, inputs, outputs, name=name, domain=domain, **attributes
            )
        )
        return outputs

    def _constant(self, numbers: list[int] | list[float]) -> str:
        name = f"constant{numbers}"
        whole = all(isinstance(number, int) for number in numbers)
        dtype = numpy.int64 if whole else numpy.float32
        array: NDArray[Any] = numpy.asarray(numbers, dtype=dtype)
        self._initializers[name] = self._onnx.numpy_helper.from_array(array, name)
        return name

    def _weight(self, name: str) -> str:
        if name not in self._initializers:
            array = self._weights[name]
            dtype = self._onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
            self._initializers[name] = self._onnx.TensorProto(
                name=name,
                data_type=dtype,
                dims=array.shape,
                data_location=self._onnx.TensorProto.EXTERNAL,
                external_data=[
                    self._onnx.StringStringEntryProto(key="location", value="weights")
                ],
            )
        return name
