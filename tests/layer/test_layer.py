"""Steps, gates and what a layer makes of rows, against a loop in long double."""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.errors import ClassliftError
from classlift.layer.adjusted import Adjusted
from classlift.layer.layer import OutputLayer
from classlift.layer.step import AffineStep, Domain
from support import slow

K = 5
DTYPES = [np.float32, np.float64]
FULL = np.eye(K) + np.random.default_rng(1).normal(0, 0.15, (K, K))
FULL += (1 - FULL.sum(axis=0)) / K  # columns sum to 1, as those of a fitted W do
BIAS = np.array([0.05, -0.12, 0.02, 0.1, -0.05])

PROBABILITY = slow.Step("probability", FULL, BIAS, 0.8)
LOG = slow.Step("log-probability", None, np.array([0.3, -1.0, 2.0, 0.0, -0.2]), None, 1.7)
GATED_LOG = LOG._replace(gate=0.6)
LOGIT = slow.Step("logit", np.array([0.5, 2.0, 1.0, 0.9, 1.1]), BIAS * 10, None, 2.0)
CHAINS = {
    "probability": (PROBABILITY,),
    "probability without gate": (PROBABILITY._replace(gate=None),),
    "log": (LOG,),
    "gated log": (GATED_LOG,),
    "diagonal log": (LOG._replace(weight=np.array([0.5, 2.0, 1.0, 0.9, 1.1])),),
    "full log": (LOG._replace(weight=FULL),),
    "probability, log": (PROBABILITY, LOG),
    "probability, gated log": (PROBABILITY, GATED_LOG),
    "log, probability": (LOG, PROBABILITY),
    "gated log, probability": (GATED_LOG, PROBABILITY._replace(gate=0.9)),
    "three": (PROBABILITY, GATED_LOG, PROBABILITY._replace(gate=0.7)),
    "logit": (LOGIT,),
    "logit, log": (LOGIT, LOG),
    "gated logit, probability": (LOGIT._replace(gate=0.5), PROBABILITY),
}


def make(steps):
    made = [AffineStep(Domain(s.domain), s.bias, s.weight, s.gate, s.temperature) for s in steps]
    return OutputLayer(tuple(made), K)


def some_rows(dtype=np.float64, n=80):
    """Unsure and sure rows, exact zeros, one-hot and uniform rows, rows that sum to 1.0005."""
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(K, 0.5), n)
    p[p < 0.01] = 0
    p /= p.sum(axis=1, keepdims=True)
    p[0], p[1] = np.eye(K)[2], 1 / K
    p[2:6] *= 1.0005
    return p.astype(dtype)


def some_logits(dtype=np.float64, n=80):
    z = np.random.default_rng(4).normal(0, 2, (n, K))
    z[0], z[1] = [0, 0, 80, 0, 0], 0
    return z.astype(dtype)


def block_of(kind, dtype):
    return Predictions(some_rows(dtype) if kind is Kind.PROBABILITIES else some_logits(dtype), kind)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [Kind.PROBABILITIES, Kind.LOGITS])
@pytest.mark.parametrize("chain", CHAINS)
def test_against_a_loop(chain, kind, dtype):
    steps, block = CHAINS[chain], block_of(kind, dtype)
    layer = make(steps)
    if layer.needs_logits and kind is not Kind.LOGITS:
        with pytest.raises(ClassliftError, match="needs logits"):
            layer.apply(block)
        return
    kept = block.scores.copy()
    result = layer.apply(block)
    expected = [slow.apply_row(row, kind is Kind.LOGITS, steps) for row in block.scores]
    np.testing.assert_array_equal(result.adjusted, [adjusted for _, adjusted in expected])
    close = 1e-11 if dtype == np.float64 else 3e-6
    probabilities = result.probabilities()
    np.testing.assert_allclose(probabilities, np.array([p for p, _ in expected], float), atol=close, rtol=0)
    assert probabilities.dtype == dtype
    np.testing.assert_array_equal(block.scores, kept)
    contract(result, probabilities)


def contract(result, out):
    """What SPEC section 7 promises of `probs`."""
    eps = np.finfo(out.dtype).eps
    adjusted, raw = result.adjusted, result.raw
    assert (out >= 0).all()
    np.testing.assert_allclose(out[adjusted].sum(axis=1, dtype=np.float64), 1, rtol=0, atol=8 * eps)
    np.testing.assert_array_equal(out.argmax(axis=1), result.predicted)
    if raw.kind is Kind.PROBABILITIES:
        assert out[~adjusted].tobytes() == raw.scores[~adjusted].tobytes()
    np.testing.assert_array_equal(result.predicted[~adjusted], raw.predicted[~adjusted])
    np.testing.assert_array_equal(result.changed, result.predicted != raw.predicted)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scores_are_what_the_formula_gives(dtype):
    block = block_of(Kind.PROBABILITIES, dtype)
    result = make((PROBABILITY,)).apply(block)
    unit = slow.unit_sum(block.scores).astype(float)
    expected = np.where(result.adjusted[:, None], unit @ FULL.T + BIAS, block.scores)
    np.testing.assert_allclose(result.scores, expected, atol=1e-6 if dtype == np.float32 else 1e-14)
    assert (result.scores < 0).any(), "the case must show that scores can be negative"
    assert result.scores[~result.adjusted].tobytes() == block.scores[~result.adjusted].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tie_made_by_rounding_keeps_the_class(dtype):
    """Two classes one unit in the last place apart, the later one larger; a third that clipping takes away."""
    rng = np.random.default_rng(0)
    top = rng.uniform(0.2, 0.45, 4000).astype(dtype)
    scores = np.zeros((len(top), K), dtype)
    scores[:, 1], scores[:, 3] = top, np.nextafter(top, dtype(1))
    scores[:, 4] = rng.uniform(0.05, 0.2, len(top))
    scores[:, 0] = -rng.uniform(0.01, 0.4, len(top))
    raw = Predictions(np.full_like(scores, 0.2), Kind.PROBABILITIES)
    result = Adjusted(raw, scores, Domain.PROBABILITY, np.ones(len(top), bool))
    plain = np.maximum(scores, 0)
    plain /= plain.sum(axis=1, dtype=np.float64, keepdims=True).astype(dtype)
    assert (plain.argmax(axis=1) == 1).sum() > 20, "the case must make ties"
    assert (result.predicted == 3).all()
    contract(result, result.probabilities())


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_of_negative_zeros_and_a_sum_of_nothing(dtype):
    """A foreign layer can push every entry below 0: still probabilities, still the predicted class."""
    scores = -np.array([[0.3, 0.1, 0.5, 0.4, 0.2]], dtype)
    raw = Predictions(np.full_like(scores, 0.2), Kind.PROBABILITIES)
    result = Adjusted(raw, scores, Domain.PROBABILITY, np.ones(1, bool))
    contract(result, result.probabilities())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("steps", [(), (PROBABILITY._replace(gate=0.1),)], ids=["no step", "closed gate"])
@pytest.mark.parametrize("gap", [1e-30, 1e-20, 1e-17, 1e-9])
def test_logits_that_softmax_ties_keep_their_class_when_not_adjusted(steps, gap, dtype):
    block = Predictions(np.array([[0.0, gap, -30, -30, -30]], dtype), Kind.LOGITS)
    assert block.predicted[0] == 1
    result = make(steps).apply(block)
    assert not result.adjusted.any()
    assert result.predicted[0] == 1
    assert not result.changed.any()
    assert result.probabilities().argmax(axis=1)[0] == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_probabilities_that_logarithms_tie_keep_their_class_when_not_adjusted(dtype):
    top = np.random.default_rng(0).uniform(0.35, 0.45, 500).astype(dtype)
    p = np.zeros((500, K), dtype)
    p[:, 1], p[:, 3] = top, np.nextafter(top, dtype(1))
    p[:, 4] = 1 - p[:, 1] - p[:, 3]
    assert (np.log(p[:, 1]) == np.log(p[:, 3])).any(), "the case must make ties"
    block = Predictions(p, Kind.PROBABILITIES)
    result = make((GATED_LOG._replace(gate=0.1),)).apply(block)
    assert not result.adjusted.any()
    assert not result.changed.any()


def test_gate_compares_stored_values_widened():
    layer = make((PROBABILITY,))
    rest = np.array([0.2, 0, 0, 0])
    for dtype, top, adjusted in (
        (np.float32, np.float32(0.8), False),  # 0.800000012 is not below 0.8
        (np.float32, np.nextafter(np.float32(0.8), np.float32(0)), True),
        (np.float64, 0.8, False),
        (np.float64, np.nextafter(0.8, 0), True),
    ):
        block = Predictions(np.array([[top, *rest]], dtype), Kind.PROBABILITIES)
        result = layer.apply(block)
        assert result.adjusted.tolist() == [adjusted], (dtype, top)
        assert (result.probabilities().tobytes() == block.scores.tobytes()) != adjusted


def test_gate_looks_at_the_stored_row_not_at_the_normalised_one():
    row = np.array([[0.7999, 0.1996, 0, 0, 0]])  # sums to 0.9995; divided by its sum the largest is 0.8003
    assert make((PROBABILITY,)).apply(Predictions(row, Kind.PROBABILITIES)).adjusted.all()


def test_float32_input_loses_no_class_to_its_type():
    rows = some_rows(np.float32, 3000)
    one = make((PROBABILITY,)).apply(Predictions(rows, Kind.PROBABILITIES))
    two = make((PROBABILITY,)).apply(Predictions(rows.astype(np.float64), Kind.PROBABILITIES))
    best = np.sort(two.scores, axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-6
    np.testing.assert_array_equal(one.predicted[clear], two.predicted[clear])
    assert clear.mean() > 0.99


def test_log_floor_and_floor_between_steps():
    bias = np.array([0.0, 100.0, 0.0, 0.0, 0.0])
    block = Predictions(np.array([[1.0, 0, 0, 0, 0]]), Kind.PROBABILITIES)
    one = make((slow.Step("log-probability", None, bias),)).apply(block)
    np.testing.assert_allclose(one.scores[0], [0, 100 + np.log(1e-12), *[np.log(1e-12)] * 3], rtol=1e-14)
    identity = slow.Step("probability", None, np.zeros(K))
    two = make((identity, slow.Step("log-probability", None, bias))).apply(block)
    total = 1 + 4e-6
    np.testing.assert_allclose(two.scores[0], [-np.log(total), 100 + np.log(1e-6 / total), *[np.log(1e-6 / total)] * 3])


def test_no_step_is_the_identity():
    for dtype in DTYPES:
        block = block_of(Kind.PROBABILITIES, dtype)
        result = OutputLayer((), K).apply(block)
        assert not result.adjusted.any()
        assert result.probabilities().tobytes() == block.scores.tobytes()


def test_no_rows():
    for steps in ((), (PROBABILITY,), (PROBABILITY, LOG)):
        result = make(steps).apply(Predictions(np.empty((0, K)), Kind.PROBABILITIES))
        assert result.probabilities().shape == (0, K)


def test_refusals():
    block = block_of(Kind.PROBABILITIES, np.float64)
    with pytest.raises(ClassliftError, match=r"4 classes.*5|5 classes.*4"):
        OutputLayer((), 4).apply(block)
    with pytest.raises(ClassliftError, match="holds scores"):
        make((PROBABILITY,)).apply(Predictions(some_rows(), Kind.SCORES))
    named = Predictions(some_rows(), Kind.PROBABILITIES, tuple("abcde"))
    with pytest.raises(ClassliftError, match="another order"):
        OutputLayer((), K, tuple("abced")).apply(named)
    OutputLayer((), K, tuple("abcde")).apply(named)
    OutputLayer((), K).apply(named)


@pytest.mark.parametrize(
    "bad",
    [
        {"bias": np.zeros((K, 1))},
        {"weight": np.zeros((K, K + 1))},
        {"weight": np.zeros(K + 1)},
        {"weight": np.full(K, np.nan)},
        {"bias": np.full(K, np.inf)},
        {"temperature": 0.0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"maximum_probability": 0.0},
        {"maximum_probability": float("nan")},
    ],
    ids=str,
)
def test_a_bad_step_cannot_exist(bad):
    with pytest.raises(ClassliftError, match="layer step"):
        AffineStep(**{"domain": Domain.PROBABILITY, "bias": np.zeros(K), "weight": None, **bad})


def test_a_bad_layer_cannot_exist():
    step = AffineStep(Domain.PROBABILITY, np.zeros(K))
    for arguments in (((step,), 4), ((step,), K, tuple("abcd")), ((step,), K, tuple("abcda"))):
        with pytest.raises(ClassliftError, match="layer"):
            OutputLayer(*arguments)


def test_numbers_of_a_layer():
    layer = make((PROBABILITY, LOG))
    assert layer.n_parameters == K * K + K + K + 1
    assert layer.largest_bias == 2.0
    assert OutputLayer((), K).largest_bias == 0.0
    assert not layer.needs_logits
    assert make((LOGIT,)).needs_logits
