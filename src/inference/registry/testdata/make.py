"""Makes the tiny models the tests admit and refuse: `python make.py`, with the trainer's requirements. Each is under 2 KB.

All take features[N, 3] and give probability[N, 1] where their name says nothing else.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FLOAT = TensorProto.FLOAT


def constant(name, value, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(value, dtype=dtype), name)


def known(given="features", to="known"):
    """NaN as 0."""
    return [helper.make_node("IsNaN", [given], ["isnan"]), helper.make_node("Where", ["isnan", "zero", given], [to])]


def linear(weights, given="known", to="logit"):
    return [helper.make_node("MatMul", [given, "weights"], [to])], [
        constant("weights", np.reshape(weights, (-1, 1))),
        constant("zero", 0),
    ]


def save(name, nodes, initializers, width=3, output="probability", opset=17, columns=1, dims=("batch",)):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("features", FLOAT, [*dims, width])],
        [helper.make_tensor_value_info(output, FLOAT, ["batch", columns])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data = model.SerializeToString()
    assert len(data) < 2048, name
    (HERE / f"{name}.onnx").write_bytes(data)


def sigmoid(name, weights, **options):
    nodes, initializers = linear(weights)
    save(name, [*known(), *nodes, helper.make_node("Sigmoid", ["logit"], [options.get("output", "probability")])], initializers, **options)


def looped(name, trips, data_trips=None):
    """A probability of .5 after `trips` rounds, or as many as the largest feature says."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["goes"]),
            helper.make_node("Add", ["sum", "one"], ["more"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", FLOAT, []),
        ],
        [constant("one", 1)],
    )
    count = []
    if data_trips:
        count = [
            helper.make_node("ReduceMax", ["known"], ["largest"], keepdims=0),
            helper.make_node("Cast", ["largest"], ["trips"], to=TensorProto.INT64),
        ]
    nodes, initializers = linear([0, 0, 0])
    if not data_trips:
        initializers.append(constant("trips", trips, np.int64))
    save(
        name,
        [
            *known(),
            *nodes,
            *count,
            helper.make_node("Loop", ["trips", "", "zero"], ["total"], body=body),
            helper.make_node("Mul", ["total", "zero"], ["nothing"]),
            helper.make_node("Add", ["logit", "nothing"], ["sum_of_both"]),
            helper.make_node("Sigmoid", ["sum_of_both"], ["probability"]),
        ],
        initializers,
    )


def main():
    sigmoid("good", [1, -1, 0.5])
    sigmoid("other", [2, -2, 1])
    sigmoid("wide", [1, -1, 0.5, 1], width=4)
    sigmoid("renamed", [1, -1, 0.5], output="score")
    sigmoid("fixed-batch", [1, -1, 0.5], dims=(1,))
    sigmoid("old-opset", [1, -1, 0.5], opset=13)
    nodes, initializers = linear([1, -1, 0.5], given="features")
    save("nan-through", [*nodes, helper.make_node("Sigmoid", ["logit"], ["probability"])], initializers)
    nodes, initializers = linear([1, -1, 0.5])
    save("unbounded", [*known(), *nodes, helper.make_node("Identity", ["logit"], ["probability"])], initializers)
    save(
        "nan-out",
        [*known(), *nodes, helper.make_node("Sub", ["logit", "ten"], ["low"]), helper.make_node("Sqrt", ["low"], ["probability"])],
        [*initializers, constant("ten", 10)],
    )
    looped("slow", 60_000)
    looped("slow-on-data", 0, data_trips=True)
    looped("stuck", 10**15)
    external = constant("weights", np.zeros((3, 1)))
    external.ClearField("raw_data")
    external.data_location = TensorProto.EXTERNAL
    external.external_data.add(key="location", value="../../../../etc/hostname")
    nodes, _ = linear([0, 0, 0])
    save("external", [*known(), *nodes, helper.make_node("Sigmoid", ["logit"], ["probability"])], [external, constant("zero", 0)])


main()
