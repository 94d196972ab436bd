"""One definition of a network, run twice: by jax to train it, and as an ONNX graph to ship it.

A network is a function of `ops` and tensors; arithmetic is written with the operators + - * / @. `JaxOps` computes,
`OnnxOps` writes nodes. Axes are positive; the batch is axis 0.
"""

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .trees import model_of


class JaxOps:
    """Computes at once. Every array is float32 unless it is a mask."""

    def const(self, value):
        return jnp.asarray(value, dtype=jnp.float32)

    def isnan(self, x):
        return jnp.isnan(x)

    def where(self, mask, a, b):
        return jnp.where(mask, a, b)

    def sum(self, x, axis):
        return jnp.sum(x, axis=axis, keepdims=True)

    def mean(self, x, axis):
        return jnp.mean(x, axis=axis, keepdims=True)

    def max(self, x, axis):
        return jnp.max(x, axis=axis, keepdims=True)

    def abs(self, x):
        return jnp.abs(x)

    def maximum(self, a, b):
        return jnp.maximum(a, b)

    def minimum(self, a, b):
        return jnp.minimum(a, b)

    def exp(self, x):
        return jnp.exp(x)

    def log(self, x):
        return jnp.log(x)

    def sqrt(self, x):
        return jnp.sqrt(x)

    def relu(self, x):
        return jnp.maximum(x, 0)

    def softmax(self, x):
        """Over the last axis."""
        return jax.nn.softmax(x, axis=-1)

    def sort(self, x):
        """Ascending, over the last axis."""
        return jnp.sort(x, axis=-1)

    def reshape(self, x, *shape):
        """`shape` without the batch axis."""
        return x.reshape(x.shape[0], *shape)

    def swap(self, x):
        """Exchanges the last two of three axes."""
        return jnp.swapaxes(x, 1, 2)

    def slice(self, x, axis, start, end):
        return jax.lax.slice_in_dim(x, start, end, axis=axis)

    def gather(self, x, axis, index):
        return jnp.take(x, np.asarray(index), axis=axis)

    def concat(self, parts, axis):
        return jnp.concatenate(parts, axis=axis)

    def held(self, x, length: int):
        """[batch, n] with every NaN replaced by the last value seen before it; before the first, by the first."""
        place = jnp.arange(length, dtype=jnp.float32)
        seen = jnp.where(jnp.isnan(x), -1.0, place)
        first = jnp.min(jnp.where(jnp.isnan(x), length - 1.0, place), axis=1, keepdims=True)
        last = jnp.maximum(jax.lax.cummax(seen, axis=1), first).astype(jnp.int32)
        return jnp.take_along_axis(x, last, axis=1)


class Node:
    """A tensor of the graph being written."""

    def __init__(self, ops: "OnnxOps", name: str):
        self.ops, self.name = ops, name

    def _binary(self, kind, other, swapped=False):
        other = other if isinstance(other, Node) else self.ops.const(other)
        pair = (other, self) if swapped else (self, other)
        return self.ops.node(kind, *pair)

    def __add__(self, other):
        return self._binary("Add", other)

    def __radd__(self, other):
        return self._binary("Add", other, swapped=True)

    def __sub__(self, other):
        return self._binary("Sub", other)

    def __rsub__(self, other):
        return self._binary("Sub", other, swapped=True)

    def __mul__(self, other):
        return self._binary("Mul", other)

    def __rmul__(self, other):
        return self._binary("Mul", other, swapped=True)

    def __truediv__(self, other):
        return self._binary("Div", other)

    def __rtruediv__(self, other):
        return self._binary("Div", other, swapped=True)

    def __matmul__(self, other):
        return self._binary("MatMul", other)


class OnnxOps:
    """Writes one node for each call; the names are those of JaxOps."""

    def __init__(self):
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: Node, **attributes) -> Node:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [i.name for i in inputs], [name], **attributes))
        return Node(self, name)

    def _stored(self, array: np.ndarray) -> Node:
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array, name))
        return Node(self, name)

    def const(self, value) -> Node:
        return self._stored(np.asarray(value, dtype=np.float32))

    def _integers(self, *values: int) -> Node:
        return self._stored(np.asarray(values, dtype=np.int64))

    def isnan(self, x):
        return self.node("IsNaN", x)

    def where(self, mask, a, b):
        return self.node("Where", mask, *(v if isinstance(v, Node) else self.const(v) for v in (a, b)))

    def sum(self, x, axis):
        return self.node("ReduceSum", x, self._integers(axis), keepdims=1)

    def mean(self, x, axis):
        return self.node("ReduceMean", x, axes=[axis], keepdims=1)

    def max(self, x, axis):
        return self.node("ReduceMax", x, axes=[axis], keepdims=1)

    def abs(self, x):
        return self.node("Abs", x)

    def maximum(self, a, b):
        return self.node("Max", *(v if isinstance(v, Node) else self.const(v) for v in (a, b)))

    def minimum(self, a, b):
        return self.node("Min", *(v if isinstance(v, Node) else self.const(v) for v in (a, b)))

    def exp(self, x):
        return self.node("Exp", x)

    def log(self, x):
        return self.node("Log", x)

    def sqrt(self, x):
        return self.node("Sqrt", x)

    def relu(self, x):
        return self.node("Relu", x)

    def softmax(self, x):
        return self.node("Softmax", x, axis=-1)

    def sort(self, x):
        """Needs the length: TopK takes it as an input, so it is read from the shape."""
        shape = self.node("Shape", x)
        length = self.node("Gather", shape, self._integers(-1), axis=0)
        values, indices = f"t{len(self.nodes)}", f"t{len(self.nodes)}i"
        self.nodes.append(
            helper.make_node("TopK", [x.name, length.name], [values, indices], axis=-1, largest=0, sorted=1)
        )
        return Node(self, values)

    def reshape(self, x, *shape):
        return self.node("Reshape", x, self._integers(0, *shape))

    def swap(self, x):
        return self.node("Transpose", x, perm=[0, 2, 1])

    def slice(self, x, axis, start, end):
        return self.node("Slice", x, self._integers(start), self._integers(end), self._integers(axis))

    def gather(self, x, axis, index):
        return self.node("Gather", x, self._stored(np.asarray(index, dtype=np.int64)), axis=axis)

    def concat(self, parts, axis):
        return self.node("Concat", *parts, axis=axis)

    def held(self, x, length: int):
        """A running maximum of the places seen is a max-pool that looks back only."""
        place = self.const(np.arange(length))
        missing = self.isnan(x)
        seen = self.reshape(self.where(missing, -1.0, place), 1, length)
        pooled = self.node("MaxPool", seen, kernel_shape=[length], pads=[length - 1, 0], strides=[1])
        first = self.node("ReduceMin", self.where(missing, float(length - 1), place), axes=[1], keepdims=1)
        last = self.node("Max", self.reshape(pooled, length), first)
        return self.node("GatherElements", x, self.node("Cast", last, to=TensorProto.INT64), axis=1)


def graph_of(name: str, network, inputs: list[tuple[str, tuple[int, ...]]], output: str, shape: tuple[int, ...]):
    """`network(ops, *inputs)` as a model with one output. Shapes are without the batch axis."""
    ops = OnnxOps()
    result = network(ops, *(Node(ops, port) for port, _ in inputs))
    ops.nodes.append(helper.make_node("Identity", [result.name], [output]))
    ports = [(port, size, TensorProto.FLOAT) for port, size in inputs]
    return model_of(name, ops.nodes, ports, [(output, shape)], ops.initializers)
