"""Gradient boosting (LightGBM) as ONNX: one TreeEnsembleRegressor for the raw score, then the link in plain operators."""

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .artifact import OPSET

ML_DOMAIN = "ai.onnx.ml"


def tree_nodes(booster: lightgbm.Booster, features: str, output: str, prefix: str = "") -> onnx.NodeProto:
    """A node giving raw scores [batch, classes] of float32 `features` [batch, n]. Numerical splits only.
    NaN goes the way LightGBM's missing value does."""
    model = booster.dump_model()
    classes = model["num_tree_per_iteration"]
    keys = ("treeids nodeids featureids values modes truenodeids falsenodeids missing_value_tracks_true hitrates").split()
    nodes: dict[str, list] = {key: [] for key in keys}
    leaves: dict[str, list] = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}

    def visit(node: dict, tree: int, ids: list[int]) -> int:
        index = ids[0]
        ids[0] += 1
        row = len(nodes["treeids"])
        for key in keys:
            nodes[key].append(0)
        nodes["treeids"][row], nodes["nodeids"][row], nodes["hitrates"][row] = tree, index, 1.0
        if "leaf_value" in node:
            nodes["modes"][row], nodes["values"][row] = "LEAF", 0.0
            for key, value in zip(leaves, (tree, index, tree % classes, float(node["leaf_value"]))):
                leaves[key].append(value)
            return index
        if node["decision_type"] != "<=":
            raise ValueError("only numerical splits are supported")
        nodes["modes"][row] = "BRANCH_LEQ"
        nodes["featureids"][row] = node["split_feature"]
        nodes["values"][row] = float_below(float(node["threshold"]))
        nodes["missing_value_tracks_true"][row] = int(node["missing_type"] == "NaN" and node["default_left"])
        nodes["truenodeids"][row] = visit(node["left_child"], tree, ids)
        nodes["falsenodeids"][row] = visit(node["right_child"], tree, ids)
        return index

    for tree, info in enumerate(model["tree_info"]):
        visit(info["tree_structure"], tree, [0])
    attributes = {f"nodes_{key}": value for key, value in nodes.items()} | {
        "target_treeids": leaves["treeids"],
        "target_nodeids": leaves["nodeids"],
        "target_ids": leaves["ids"],
        "target_weights": leaves["weights"],
    }
    return helper.make_node(
        "TreeEnsembleRegressor", [features], [output], name=f"{prefix}trees", domain=ML_DOMAIN, n_targets=classes,
        aggregate_function="SUM", post_transform="NONE", **attributes,
    )


def float_below(threshold: float) -> float:
    """The largest float32 not above a float64 threshold: `x <= threshold` is then the same for every float32 x."""
    rounded = np.float32(threshold)
    return float(np.nextafter(rounded, np.float32(-np.inf)) if float(rounded) > threshold else rounded)


def constant(name: str, value) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


def model_of(name: str, nodes, inputs, outputs, initializers=()) -> onnx.ModelProto:
    """`inputs` and `outputs` are (name, shape without the batch axis[, TensorProto type])."""

    def info(entry):
        port, shape, *kind = entry
        return helper.make_tensor_value_info(port, kind[0] if kind else TensorProto.FLOAT, ["batch", *shape])

    graph = helper.make_graph(list(nodes), name, [info(i) for i in inputs], [info(o) for o in outputs], list(initializers))
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML_DOMAIN, 3)]
    )


def monotone_booster(
    rows: np.ndarray, labels: np.ndarray, ways: list[int], seed: int, *, leaves: int, fewest: int
) -> lightgbm.Booster:
    """A small, regularised, repeatable booster of 0/1 labels. `ways`: for each column 1 (more is worse), -1 or 0."""
    settings = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": leaves,
        "min_data_in_leaf": fewest,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "monotone_constraints": ways,
        "monotone_constraints_method": "intermediate",
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows, labels), num_boost_round=250)


def probability_model(name: str, booster: lightgbm.Booster, columns: int) -> onnx.ModelProto:
    """`features` [batch, columns] to `probability` [batch, 1]."""
    nodes = [tree_nodes(booster, "features", "raw"), helper.make_node("Sigmoid", ["raw"], ["probability"])]
    return model_of(name, nodes, [("features", (columns,))], [("probability", (1,))])
