"""The few array operations the anomaly models are written in, in two makes: numpy for training, ONNX nodes for shipping.
A model's step is one function over either, so there is one copy of its mathematics."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Arrays:
    """Operations on float32 arrays, computed at once."""

    where = staticmethod(np.where)
    maximum = staticmethod(np.maximum)
    minimum = staticmethod(np.minimum)
    absolute = staticmethod(np.abs)
    log = staticmethod(np.log)
    sqrt = staticmethod(np.sqrt)
    floor = staticmethod(np.floor)
    tanh = staticmethod(np.tanh)
    matmul = staticmethod(np.matmul)

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def number(condition):
        return condition.astype(np.float32)

    @staticmethod
    def columns(x, start, end):
        return x[:, start:end]

    @staticmethod
    def concat(parts):
        return np.concatenate(parts, axis=1)

    @staticmethod
    def total(x):
        return x.sum(axis=1, keepdims=True)

    @staticmethod
    def largest(x):
        return x.max(axis=1, keepdims=True)

    @staticmethod
    def smallest(x):
        return x.min(axis=1, keepdims=True)

    @staticmethod
    def constant(value):
        return np.asarray(value, dtype=np.float32)


class Node:
    """A value of a graph under construction; arithmetic on it adds nodes."""

    def __init__(self, graph: "Graph", name: str) -> None:
        self.graph, self.name = graph, name

    def _two(self, kind, other, swapped=False):
        other = self.graph.constant(other)
        return self.graph.add(kind, *((other, self) if swapped else (self, other)))

    def __add__(self, other):
        return self._two("Add", other)

    def __radd__(self, other):
        return self._two("Add", other, True)

    def __sub__(self, other):
        return self._two("Sub", other)

    def __rsub__(self, other):
        return self._two("Sub", other, True)

    def __mul__(self, other):
        return self._two("Mul", other)

    def __rmul__(self, other):
        return self._two("Mul", other, True)

    def __truediv__(self, other):
        return self._two("Div", other)

    def __rtruediv__(self, other):
        return self._two("Div", other, True)

    def __neg__(self):
        return self.graph.add("Neg", self)

    def __lt__(self, other):
        return self._two("Less", other)

    def __gt__(self, other):
        return self._two("Greater", other)

    def __le__(self, other):
        return self._two("LessOrEqual", other)

    def __ge__(self, other):
        return self._two("GreaterOrEqual", other)

    def __and__(self, other):
        return self.graph.add("And", self, other)

    def __or__(self, other):
        return self.graph.add("Or", self, other)


class Graph:
    """The same operations as Arrays, written down as ONNX nodes."""

    def __init__(self) -> None:
        self.nodes, self.initializers, self._known = [], [], {}

    def add(self, kind, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [self.constant(i).name for i in inputs], [name], **attributes))
        return Node(self, name)

    def constant(self, value):
        if isinstance(value, Node):
            return value
        array = np.asarray(value, dtype=np.float32)
        return self._stored(array)

    def _stored(self, array):
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = Node(self, f"c{len(self.initializers)}")
            self.initializers.append(numpy_helper.from_array(array, self._known[key].name))
        return self._known[key]

    def input(self, name):
        return Node(self, name)

    def output(self, node, name):
        self.nodes.append(helper.make_node("Identity", [node.name], [name]))

    def where(self, condition, one, other):
        return self.add("Where", condition, one, other)

    def maximum(self, one, other):
        return self.add("Max", one, other)

    def minimum(self, one, other):
        return self.add("Min", one, other)

    def absolute(self, x):
        return self.add("Abs", x)

    def log(self, x):
        return self.add("Log", x)

    def sqrt(self, x):
        return self.add("Sqrt", x)

    def floor(self, x):
        return self.add("Floor", x)

    def tanh(self, x):
        return self.add("Tanh", x)

    def sigmoid(self, x):
        return self.add("Sigmoid", x)

    def matmul(self, one, other):
        return self.add("MatMul", one, other)

    def number(self, condition):
        return self.add("Cast", condition, to=TensorProto.FLOAT)

    def columns(self, x, start, end):
        bounds = [self._stored(np.array([at], dtype=np.int64)) for at in (start, end, 1)]
        return self.add("Slice", x, *bounds)

    def concat(self, parts):
        return self.add("Concat", *parts, axis=1)

    def total(self, x):
        return self.add("ReduceSum", x, self._stored(np.array([1], dtype=np.int64)), keepdims=1)

    def largest(self, x):
        return self.add("ReduceMax", x, axes=[1], keepdims=1)

    def smallest(self, x):
        return self.add("ReduceMin", x, axes=[1], keepdims=1)
