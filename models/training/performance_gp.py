"""Run times by a Gaussian process on their logarithm: few runs are enough, and what was not tried has a wider spread.

log t = mean(x) + level + g(x),  cov g = a^2 S + b^2 S M + c^2 M, with S a squared exponential over the scaled inputs, a length
for each, and M one over the properties of the machine. The hyperparameters are the maximum a posteriori ones."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper
from scipy.optimize import minimize

from .performance_laws import FLOOR, Law
from .trees import constant, model_of

# Of a logarithm and a reciprocal: smaller inputs count as this.
TINY = 1e-9
FACTORS = 4


@dataclass(frozen=True)
class Prior:
    """Log-normal priors as (median, spread of the logarithm); amplitudes are of log time."""

    length: tuple[float, float]
    shared: tuple[float, float]  # a
    own: tuple[float, float] | None  # b; None: there are no machines
    machine: float  # c, fixed
    noise: tuple[float, float]


@dataclass(frozen=True)
class Affine:
    """Columns of the pool (see `pool_of`) to scaled inputs."""

    weights: np.ndarray
    offsets: np.ndarray

    def of(self, pool: np.ndarray) -> np.ndarray:
        return pool @ self.weights + self.offsets


@dataclass(frozen=True)
class Process:
    law: Law | None
    level: float
    shape: Affine
    machine: Affine
    at: np.ndarray  # scaled inputs of the runs, divided by the lengths
    machines: np.ndarray
    amplitudes: tuple[float, float, float]
    noise: float
    alpha: np.ndarray
    inverse: np.ndarray

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Time, and the standard deviation of its logarithm."""
        pool = pool_of(features)
        shape, machine = self.shape.of(pool), self.machine.of(pool)
        a, b, c = self.amplitudes
        near = np.exp(-0.5 * squares(shape, self.at))
        like = np.exp(-0.5 * squares(machine, self.machines))
        cov = a * a * near + b * b * near * like + c * c * like
        mean = np.log(self.law.of(pool)) if self.law else 0.0
        variance = a * a + b * b + c * c + self.noise**2 - ((cov @ self.inverse) * cov).sum(1)
        return np.exp(mean + self.level + cov @ self.alpha), np.sqrt(np.maximum(variance, 1e-8))


def pool_of(features: np.ndarray) -> np.ndarray:
    """[x, log x, 1 / x, 1] in float64: what laws multiply and processes see."""
    x = np.asarray(features, dtype=np.float32).astype(np.float64)
    safe = np.maximum(x, TINY)
    return np.hstack([x, np.log(safe), 1 / safe, np.ones((len(x), 1))])


def squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def process_of(
    features: np.ndarray, times: np.ndarray, law: Law | None, shape: Affine, machine: Affine, prior: Prior
) -> Process:
    pool = pool_of(features)
    z, m = shape.of(pool), machine.of(pool)
    rest = np.log(times) - (np.log(law.of(pool)) if law else 0.0)
    level = float(rest.mean())
    rest = rest - level
    n, d = z.shape
    apart = np.stack([np.subtract.outer(z[:, i], z[:, i]) ** 2 for i in range(d)]).reshape(d, n * n)
    like = np.exp(-0.5 * squares(m, m))
    own = prior.own is not None
    medians = np.array([*[-2 * np.log(prior.length[0])] * d, np.log(prior.shared[0]), np.log((prior.own or (1, 1))[0]), np.log(prior.noise[0])])
    spreads = np.array([*[2 * prior.length[1]] * d, prior.shared[1], (prior.own or (1, 1))[1], prior.noise[1]])

    def parts(theta: np.ndarray):
        near = np.exp(-0.5 * (np.exp(theta[:d]) @ apart)).reshape(n, n)
        shared = np.exp(2 * theta[d]) * near
        mine = np.exp(2 * theta[d + 1]) * near * like if own else np.zeros((n, n))
        return shared, mine, shared + mine + prior.machine**2 * like + np.exp(2 * theta[d + 2]) * np.eye(n)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        shared, mine, cov = parts(theta)
        away = (theta - medians) / spreads
        try:
            lower = np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            return 1e10, np.zeros_like(theta)
        inverse = np.linalg.inv(cov)
        alpha = inverse @ rest
        slope = 0.5 * (inverse - np.outer(alpha, alpha))
        gradient = away / spreads
        gradient[:d] += -0.5 * np.exp(theta[:d]) * (apart @ (slope * (shared + mine)).ravel())
        gradient[d] += 2 * (slope * shared).sum()
        gradient[d + 1] += 2 * (slope * mine).sum()
        gradient[d + 2] += 2 * np.exp(2 * theta[d + 2]) * np.trace(slope)
        return 0.5 * rest @ alpha + np.log(np.diag(lower)).sum() + 0.5 * away @ away, gradient

    start = medians.copy()
    start[d + 2] += np.log(2)
    theta = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    inverse = np.linalg.inv(parts(theta)[2])
    lengths = np.exp(-0.5 * theta[:d])
    return Process(
        law=law, level=level, shape=Affine(shape.weights / lengths, shape.offsets / lengths), machine=machine,
        at=z / lengths, machines=m,
        amplitudes=(float(np.exp(theta[d])), float(np.exp(theta[d + 1])) if own else 0.0, prior.machine),
        noise=float(np.exp(theta[d + 2])), alpha=inverse @ rest, inverse=inverse,
    )  # fmt: skip


def graph_of(process: Process, baseline: Law | Affine, width: int) -> onnx.ModelProto:
    """float32 in and out; in between float64, since a covariance's inverse cancels digits."""
    node = helper.make_node
    a, b, c = process.amplitudes
    initializers = [
        constant("tiny", np.float64(TINY)), constant("half", np.float64(-0.5)), constant("two", np.float64(-2)),
        constant("zero", np.float64(0)), constant("floor", np.float64(1e-8)),
        constant("last", np.array([1], dtype=np.int64)), constant("first_at", np.array([0], dtype=np.int64)),
        constant("shared", np.float64(a * a)), constant("own", np.float64(b * b)), constant("machine", np.float64(c * c)),
        constant("most", np.float64(a * a + b * b + c * c + process.noise**2)),
        constant("level", np.float64(process.level)), constant("alpha", process.alpha[:, None]),
        constant("inverse", process.inverse),
    ]  # fmt: skip
    nodes = [
        node("Cast", ["features"], ["x"], to=TensorProto.DOUBLE),
        node("Max", ["x", "tiny"], ["safe"]),
        node("Log", ["safe"], ["logs"]),
        node("Reciprocal", ["safe"], ["inverses"]),
        node("Gather", ["safe", "first_at"], ["first"], axis=1),
        node("Div", ["first", "first"], ["ones"]),
        node("Concat", ["x", "logs", "inverses", "ones"], ["pool"], axis=1),
    ]
    for name, affine, at in (("shape", process.shape, process.at), ("machines", process.machine, process.machines)):
        initializers += [
            constant(f"{name}_weights", affine.weights), constant(f"{name}_offsets", affine.offsets),
            constant(f"{name}_runs", np.ascontiguousarray(at.T)), constant(f"{name}_norms", (at * at).sum(1)[None, :]),
        ]  # fmt: skip
        nodes += [
            node("MatMul", ["pool", f"{name}_weights"], [f"{name}_scaled"]),
            node("Add", [f"{name}_scaled", f"{name}_offsets"], [f"{name}_at"]),
            node("Mul", [f"{name}_at", f"{name}_at"], [f"{name}_squared"]),
            node("ReduceSum", [f"{name}_squared", "last"], [f"{name}_norm"], keepdims=1),
            node("MatMul", [f"{name}_at", f"{name}_runs"], [f"{name}_dots"]),
            node("Mul", [f"{name}_dots", "two"], [f"{name}_cross"]),
            node("Add", [f"{name}_norm", f"{name}_norms"], [f"{name}_sums"]),
            node("Add", [f"{name}_sums", f"{name}_cross"], [f"{name}_apart"]),
            node("Max", [f"{name}_apart", "zero"], [f"{name}_distance"]),
            node("Mul", [f"{name}_distance", "half"], [f"{name}_power"]),
            node("Exp", [f"{name}_power"], [f"{name}_near"]),
        ]
    nodes += [
        node("Mul", ["shape_near", "shared"], ["cov_shared"]),
        node("Mul", ["shape_near", "machines_near"], ["near_like"]),
        node("Mul", ["near_like", "own"], ["cov_own"]),
        node("Mul", ["machines_near", "machine"], ["cov_machine"]),
        node("Sum", ["cov_shared", "cov_own", "cov_machine"], ["cov"]),
        node("MatMul", ["cov", "alpha"], ["deviation"]),
        node("MatMul", ["cov", "inverse"], ["explaining"]),
        node("Mul", ["explaining", "cov"], ["explained_parts"]),
        node("ReduceSum", ["explained_parts", "last"], ["explained"], keepdims=1),
        node("Sub", ["most", "explained"], ["left_over"]),
        node("Max", ["left_over", "floor"], ["variance"]),
        node("Sqrt", ["variance"], ["deviation_of_log"]),
        node("Cast", ["deviation_of_log"], ["spread"], to=TensorProto.FLOAT),
        node("Add", ["deviation", "level"], ["around"]),
    ]
    if process.law is not None or isinstance(baseline, Law):
        initializers.append(constant("law_floor", np.float64(FLOOR)))
    log_time = "around"
    if process.law is not None:
        nodes += [
            node("Max", [_product("law", process.law, nodes, initializers), "law_floor"], ["law_time"]),
            node("Log", ["law_time"], ["law_log"]),
            node("Add", ["law_log", "around"], ["log_time"]),
        ]
        log_time = "log_time"
    if isinstance(baseline, Law):
        plain = _product("plain", baseline, nodes, initializers)
        nodes.append(node("Max", [plain, "law_floor"], ["plain_precise"]))
    else:
        initializers += [constant("plain_weights", baseline.weights), constant("plain_offsets", baseline.offsets)]
        nodes += [
            node("MatMul", ["pool", "plain_weights"], ["plain_scaled"]),
            node("Add", ["plain_scaled", "plain_offsets"], ["plain_log"]),
            node("Exp", ["plain_log"], ["plain_precise"]),
        ]
    nodes += [
        node("Exp", [log_time], ["time_precise"]),
        node("Cast", ["time_precise"], ["time"], to=TensorProto.FLOAT),
        node("Cast", ["plain_precise"], ["baseline"], to=TensorProto.FLOAT),
    ]
    return model_of("run-time", nodes, [("features", (width,))], [(name, (1,)) for name in ("time", "spread", "baseline")], initializers)


def _product(name: str, law: Law, nodes: list, initializers: list) -> str:
    """The law's sum of products; the name of the value."""
    product = ""
    for factor in range(FACTORS):
        initializers.append(constant(f"{name}_factor_{factor}", law.factors[:, factor]))
        picked = f"{name}_picked_{factor}"
        nodes.append(helper.make_node("Gather", ["pool", f"{name}_factor_{factor}"], [picked], axis=1))
        if product:
            nodes.append(helper.make_node("Mul", [product, picked], [f"{name}_product_{factor}"]))
        product = f"{name}_product_{factor}" if product else picked
    initializers.append(constant(f"{name}_weights", law.weights[:, None]))
    nodes.append(helper.make_node("MatMul", [product, f"{name}_weights"], [f"{name}_sum"]))
    return f"{name}_sum"
