"""Gates: a table of conditions with their right answers, and the messages of wrong ones."""

import time
from fractions import Fraction

import numpy as np
import pytest

from classlift.data import metrics
from classlift.data.counts import ClassCounts, PairedCounts
from classlift.data.scoring import Scoring
from classlift.errors import ClassliftError
from classlift.evaluation.comparison import Comparison, Expected
from classlift.evaluation.details import Details
from classlift.evaluation.result import Evaluation
from classlift.gates.check import Gate
from classlift.gates.figures import value_of
from classlift.gates.operators import Operator
from classlift.gates.result import State
from classlift.gates.units import Figure
from classlift.intervals.proportions import wilson

HELD, FAILED, NOT = State.PASSED, State.FAILED, State.UNDEFINED

CLASSES = ("cat", "a.b", 'say "hi"', "two words", "größe", "never", "empty")


def counts(support, right, predicted):
    return ClassCounts(*(np.array(values, np.int64) for values in (support, right, predicted)))


# recall before: .8 .5 .2 .9 .7 0 -; after: .7 .6 .4 .9 .7 0 -; 600 rows, right 310 and 330
SUPPORT = [100, 100, 100, 100, 100, 100, 0]
BEFORE = counts(SUPPORT, [80, 50, 20, 90, 70, 0, 0], [200, 100, 50, 150, 99, 0, 1])
AFTER = counts(SUPPORT, [70, 60, 40, 90, 70, 0, 0], [150, 120, 80, 150, 100, 0, 0])
FIXED, BROKEN = np.array([0, 15, 20, 5, 0, 0, 0]), np.array([10, 5, 0, 5, 0, 0, 0])
LOW = np.array([2, 5])  # round half up of 0.2 * 6 classes with samples is 1; validation named two


def compared(**changes):
    settings = {"validation_low": LOW, "low_fraction": 0.2} | changes
    return Comparison("test", PairedCounts(BEFORE, AFTER, FIXED, BROKEN), CLASSES, **settings)


def single(right=664, of=1000):
    return Evaluation("test", counts([of, 0], [right, 0], [of, 0]), ("a", "b"))


TABLE = [
    ("total >= 0.55", HELD),
    ("total >= 55%", HELD),
    ("total > 55%", FAILED),  # exactly 330 of 600
    ("total == 55%", HELD),
    ("total != 0.55", FAILED),
    ("total <= .55", HELD),
    ("total < 0.55", FAILED),
    ("0.55 <= total", HELD),
    ("0.56 <= total", FAILED),
    ("total >= 55.1% - 0.1pp", HELD),
    ("total >= 55.1% - 0.05pp", FAILED),
    ("total.before >= 52%", FAILED),
    ("total.before < 0.5167", HELD),
    ("total.after == 55 %", HELD),
    ("total.change >= 3.3pp", HELD),
    ("total.change >= 3.4pp", FAILED),
    ("total.change >= -0.1pp", HELD),
    ("total.change > 0", HELD),
    ("total.change >= +6%", HELD),  # 330 / 310 - 1 = 6.45 %
    ("total.change >= 7%", FAILED),
    ("low20 == 0%", HELD),  # "never"
    ("low20 >= 60%", FAILED),
    ("low20.low20.after <= 0", HELD),
    ("low20.baseline > 0%", FAILED),
    ("low20.validation == 20%", HELD),
    ("low20.validation.before == 10%", HELD),
    ("low20.validation.change >= 10pp", HELD),
    ("low20.validation.change > 10pp", FAILED),
    ("low20.validation.change >= +100%", HELD),
    ("low20.validation.change > 100%", FAILED),
    ("low20.change >= 5%", NOT),  # 0 before: no per cent of it
    ("low20.change >= 0pp", HELD),
    ("low == low20", HELD),
    ("low10 >= 0%", NOT),
    ("worst >= 0.1", FAILED),
    ("gap <= 90pp", HELD),
    ("gap < 90%", FAILED),
    ("gap.change <= 0pp", HELD),
    ("balanced == 55%", HELD),
    ("balanced.change >= 3.3pp", HELD),
    ("macro_f1 >= 49.4%", HELD),
    ("weighted_f1 >= macro_f1 - 1pp", HELD),
    ("never_predicted == 0", FAILED),
    ("never_predicted == 1", HELD),
    ("never_predicted.change <= 0", HELD),
    ("no_samples <= 1", HELD),
    ("no_samples == 0", FAILED),
    ("fixed > broken", HELD),
    ("fixed > broken + 20", FAILED),  # 40 against 20
    ("fixed >= broken + 20", HELD),
    ("fixed - broken >= 20", HELD),
    ("broken == 20", HELD),
    ('class["cat"].recall >= 70%', HELD),
    ('class["cat"].recall > 70%', FAILED),
    ('class["cat"].recall.change >= -10pp', HELD),
    ('class["cat"].recall.change >= -12%', FAILED),  # .7 / .8 - 1 = -12.5 %
    ("class['cat'].recall.before == 0.8", HELD),
    ('class["a.b"].recall == 60%', HELD),
    ('class["say \\"hi\\""].precision == 50%', HELD),
    ('class["two words"].f1 == 72%', HELD),  # 180 / 250
    ('class["größe"].support == 100', HELD),
    ('class["größe"].predicted.change == 1', HELD),
    ('class["never"].precision >= 0.5', NOT),
    ('class["never"].predicted > 0', FAILED),
    ('class["empty"].recall >= 0%', NOT),
    ('class["empty"].support == 0', HELD),
    ('class["Cat"].recall >= 0%', NOT),
    ('class["a.b"].recall >= class["cat"].recall - 10pp', HELD),
    ('class["a.b"].recall > class["cat"].recall - 10pp', FAILED),
    ('class["a.b"].recall - class["cat"].recall >= -0.1pp', FAILED),
    ("low20.change >= total.change - 4pp", HELD),
]


@pytest.mark.parametrize(("condition", "state"), TABLE, ids=[condition for condition, _ in TABLE])
def test_table(condition, state):
    result = Gate.parse(condition).check(compared())
    assert result.state is state, result.message
    assert bool(result.classes) == (state is FAILED and "broken == " not in condition), result.classes


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("total.change >= 0pp", "needs two results"),
        ("total.before >= 0%", "needs two results"),
        ("fixed > broken", "needs two results"),
        ("low20.baseline >= 0%", "needs two results"),
        ("low20.validation >= 0%", "validation file"),
        ('class["b"].f1 >= 0%', "no samples"),
        ('class["bb"].f1 >= 0%', "did you mean 'b'"),
        ('class["zebra"].f1 >= 0%', "there is no class 'zebra'; classes: a, b"),
    ],
)
def test_one_result_alone(condition, reason):
    result = Gate.parse(condition).check(single())
    assert result.state is NOT
    assert reason in result.message


def test_shares_are_compared_as_counts():
    for condition, state in [
        ("total >= 0.665 - 0.1pp", HELD),
        ("total >= 66.5% - 0.1pp", HELD),
        ("total >= 0.665 - 0.09999999999999999999pp", FAILED),
        ("total > 0.664", FAILED),
        ("total >= 0.664", HELD),
        ("total >= 0.66400000000000000001", FAILED),
    ]:
        assert Gate.parse(condition).check(single()).state is state, condition


def test_nothing_is_judged_without_rows():
    empty = Evaluation("none", ClassCounts.zeros(3), ("a", "b", "c"))
    for condition in ("total >= 0", "low20 >= 0", "never_predicted == 0", "macro_f1 <= 1", "gap <= 100pp"):
        assert Gate.parse(condition).check(empty).state is NOT


@pytest.mark.parametrize(
    ("condition", "position", "words"),
    [
        ("total >= 70", 10, "did you mean 70%"),
        ("total >= 150%", 10, "between 0 and 1"),
        ("total >= -10%", 11, "between 0 and 1"),
        ("total >= 70pp", 10, "points (pp) are for differences"),
        ("total => 0.7", 7, "means nothing here"),
        ("total = 0.7", 7, "means nothing here"),
        ("total.change >= 5", 17, "ambiguous"),
        ("total.change >= 0.05", 17, "ambiguous"),
        ("gap.change <= 5%  - 1pp", 15, "ambiguous"),
        ('class["a"].f1 >= class["b"].f1 - 10%', 34, "ambiguous"),
        ("totl >= 0.7", 1, "did you mean total"),
        ("low-20 >= 50%", 1, "did you mean low20?"),
        ("low20.change + top-3.change >= 0pp", 16, "did you mean top3?"),
        ("negative-flips <= 1%", 1, "did you mean negative_flips?"),
        ("accuracy >= 70%", 1, "did you mean total"),
        ("total.now >= 0.7", 7, "there is no word here"),
        ("total >= 0.7 and low20 >= 0.1", 14, "after a whole condition"),
        ("0.1 <= total <= 0.7", 14, "second comparison"),
        ("total", 6, "expected a comparison"),
        ("", 1, "expected a figure"),
        ("0.7 > 0.6", 1, "names no figure"),
        ("total + low20 >= 0.7", 1, "adds up shares"),
        ("total >= never_predicted", 10, "compares a count with a share"),
        ("fixed > 5%", 9, "a count has no %"),
        ('class["a].recall > 1', 7, "without its closing quote"),
        ("class[a].recall > 1", 7, "between quotes"),
        ('class["a"] > 0.1', 12, "expected one of .recall"),
        ('class["a"].recal > 0.1', 12, "did you mean recall"),
        ("low20.change.own >= 0pp", 14, "there is no word here"),
        ("total >= 7pps", 11, "after a whole condition"),
    ],
)
def test_what_is_no_condition(condition, position, words):
    with pytest.raises(ClassliftError) as caught:
        Gate.parse(condition, "gates.toml, gates[2]")
    assert f"gates.toml, gates[2] {condition!r}, position {position}" in str(caught.value)
    assert words in str(caught.value)
    assert len(str(caught.value).split("\n")) == 2


def test_a_failed_gate_tells_figure_bound_and_classes():
    result = Gate.parse("total.change >= 4pp").check(compared())
    assert result.message.startswith("total.change is +3.33 pp, expected >= +4.00 pp; look at: cat (0 fixed, 10 broken")
    assert result.value == pytest.approx(1 / 30)
    assert result.bound == 0.04
    assert list(Gate.parse("low20 >= 1%").check(compared()).classes) == ["never"]
    assert list(Gate.parse("never_predicted == 0").check(compared()).classes) == ["never"]
    assert list(Gate.parse("no_samples == 0").check(compared()).classes) == ["empty"]
    assert list(Gate.parse("total >= 99%").check(compared()).classes)[:2] == ["never", 'say "hi"']
    assert next(iter(Gate.parse("macro_f1 >= 99%").check(compared()).classes)) == "never"


def test_values_that_round_alike_are_told_apart():
    message = Gate.parse("total >= 66.40001%").check(single()).message
    assert "66.40000 %, expected >= 66.40001 %" in message


class Fake(Evaluation):
    """Bounds that are known: 1 below and above by 0.05 times the confidence."""

    def bounds(self, figure, confidence=0.95):
        if figure == "class:1":
            return float("nan"), float("nan")
        if figure != "total":
            raise KeyError(figure)
        return self.total - 0.05 * confidence, self.total + 0.05 * confidence


def test_a_confidence_asks_the_bound():
    fake = Fake("test", counts([1000, 0], [700, 0], [1000, 0]), ("a", "b"))
    checked = Gate.parse("total >= 66%").check(fake, confidence=0.9)
    assert (checked.state, checked.limit) == (FAILED, pytest.approx(0.655))
    assert "with 90 % confidence at least 65.50 %" in checked.message
    for condition, state in [
        ("total >= 65%", HELD),
        ("total <= 74%", FAILED),
        ("total <= 75%", HELD),
        ("0.66 <= total", FAILED),
        ("total - total >= -9pp", FAILED),  # both ends at once: 2 x 0.05 x 0.95
        ("total - total >= -9.6pp", HELD),
        ("total == 70%", NOT),
        ("macro_f1 >= 0%", NOT),
        ("never_predicted == 0", HELD),
        ("no_samples == 1", HELD),
        ("fixed > broken", NOT),
    ]:
        assert Gate.parse(condition).check(fake, confidence=0.9).state is state, condition


def test_bounds_of_the_nouns_are_used():
    comparison = compared()
    for condition, figure in [
        ("total >= 0.1", "total"),
        ("low20 >= 0.1", "low20"),
        ("low20.validation >= 0.1", "low20.validation"),
        ("total.change >= -1pp", "total.change"),
        ("low20.change >= -1pp", "low20.change"),
        ('class["cat"].recall >= 0.1', "class:0"),
        ('class["cat"].recall.change >= -1pp', "class:0.change"),
    ]:
        checked = Gate.parse(condition).check(comparison, confidence=0.95)
        assert checked.state is not NOT, checked.message
        assert checked.limit == pytest.approx(comparison.bounds(figure, 0.95)[0], abs=1e-12)
    assert Gate.parse("total.change >= 5%").check(comparison, confidence=0.95).state is NOT
    assert Gate.parse("total.before >= 1%").check(comparison, confidence=0.95).limit < 310 / 600


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_exact_figures_are_the_shown_ones(n_classes):
    rng = np.random.default_rng(n_classes)
    labels, predicted = rng.integers(0, n_classes, (2, 40 * n_classes))
    predicted = np.where(rng.random(len(labels)) < 0.6, labels, predicted)
    result = Evaluation("x", ClassCounts.of(labels, predicted, n_classes), tuple(map(str, range(n_classes))))
    known = [name for name in metrics.METRICS if not np.isnan(result.value(name))]
    assert len(known) == 9
    for name in known:
        assert float(value_of(Figure(name), result).value) == pytest.approx(result.value(name), abs=1e-12)
    assert float(value_of(Figure("low20"), result).value) == pytest.approx(result.low(), abs=1e-12)


def test_many_denominators_are_summed_with_a_tolerance():
    support = np.arange(1000, 3000)
    result = Evaluation("x", ClassCounts(support, support // 2, support), tuple(map(str, range(2000))))
    balanced = value_of(Figure("balanced"), result)
    assert balanced.tolerance == Fraction(1, 10**12)
    exact = float(np.mean(support // 2 / support))
    for condition, state in [(f"balanced >= {exact:.20f}", HELD), (f"balanced > {exact:.20f}", FAILED)]:
        assert Gate.parse(condition).check(result).state is state


class Lucky(Evaluation):
    """A figure whose bound, corrected for luck, lies above it, as that of a minimum may."""

    def bounds(self, figure, confidence=0.95):
        return self.total + 0.05, self.total + 0.1


def test_with_a_confidence_the_figure_must_hold_too():
    lucky = Lucky("test", counts([1000, 0], [700, 0], [1000, 0]), ("a", "b"))
    assert Gate.parse("total >= 72%").check(lucky, confidence=0.9).state is FAILED
    assert Gate.parse("total >= 70%").check(lucky, confidence=0.9).state is HELD


EVERY = [
    ("every class.recall >= 0%", HELD, []),
    ("every class.recall >= 50%", FAILED, ["never", 'say "hi"']),
    ("every class.recall.change >= -5pp", FAILED, ["cat"]),
    ("every class.recall.change >= -10pp", HELD, []),
    ("every class.recall.change >= -10%", NOT, []),  # "never" had no recall to lose: no per cent of 0, but others fail
    ("every class.recall >= total - 20pp", FAILED, ["never"]),
    ("every class.support >= 100", FAILED, ["empty"]),
    ("every class.predicted <= 120", FAILED, ["cat", "two words"]),
    ("every class.f1 > 0", FAILED, ["never"]),
    ("50% <= every class.recall", None, []),
]


@pytest.mark.parametrize(("condition", "state", "failing"), EVERY, ids=[condition for condition, _, _ in EVERY])
def test_every_class(condition, state, failing):
    if state is None:
        with pytest.raises(ClassliftError, match="no figure 'every'"):
            Gate.parse(condition)
        return
    result = Gate.parse(condition).check(compared())
    if condition.endswith("-10%"):
        assert result.state is FAILED and list(result.classes) == ["cat"], "12.5 % of it were lost"
        assert "left out, as they have no such figure: never, empty (2 classes)" in result.message
        return
    assert result.state is state, result.message
    assert list(result.classes) == failing, "worst first"


def test_every_class_in_words():
    result = Gate.parse("every class.recall >= 50%").check(compared())
    assert result.message == (
        "2 of 6 classes fail; worst is 'never': class.recall is 0.00 %, expected >= 50.00 %; look at: never (0.00 %, "
        '0 of 100 rows right), say "hi" (40.00 %, 40 of 100 rows right); left out, as they have no such figure: '
        "empty (1 class)"
    )
    assert (result.value, result.bound, result.limit) == (0.0, 0.5, None)
    fallen = Gate.parse("every class.recall.change >= -5pp").check(compared())
    assert "1 of 6 classes fails; worst is 'cat'" in fallen.message
    assert fallen.classes == {"cat": "-10.00 pp, 0 fixed, 10 broken of 100 rows"}


def test_every_class_is_asked_of_its_own_bound():
    result = compared()
    low, _ = result.after.recall_intervals(0.9)
    checked = Gate.parse("every class.recall >= 30%").check(result, confidence=0.95)
    assert list(checked.classes) == [CLASSES[k] for k in np.argsort(low[:6]) if low[k] < 0.3 or k == 5]
    assert checked.limit == pytest.approx(low[5], abs=1e-12)
    change_low, _ = result.recall_change_intervals(0.9)
    checked = Gate.parse("every class.recall.change >= -18pp").check(result, confidence=0.95)
    assert checked.state is (HELD if np.nanmin(change_low) >= -0.18 else FAILED)
    assert checked.limit == pytest.approx(np.nanmin(change_low), abs=1e-12)
    one = Gate.parse('class["cat"].recall.change >= -18pp').check(result, confidence=0.95)
    assert one.limit == checked.limit
    assert Gate.parse("every class.f1 >= 0%").check(result, confidence=0.95).state is NOT


def test_every_class_of_one_result():
    assert Gate.parse("every class.recall >= 66%").check(single()).state is HELD
    undefined = Gate.parse("every class.recall.change >= 0pp").check(single())
    assert undefined.state is NOT
    assert "needs two results" in undefined.message
    empty = Evaluation("none", ClassCounts.zeros(3), ("a", "b", "c"))
    assert Gate.parse("every class.recall >= 0%").check(empty).state is NOT


def test_every_of_a_thousand_classes_is_quick():
    rng = np.random.default_rng(0)
    support = rng.integers(1, 60, 1000)
    before, after = (ClassCounts(support, rng.binomial(support, 0.7), support) for _ in range(2))
    moved = after.right - before.right
    result = Comparison(
        "x",
        PairedCounts(before, after, np.maximum(moved, 0), np.maximum(-moved, 0)),
        tuple(map(str, range(1000))),
    )
    start = time.perf_counter()
    checked = Gate.parse("every class.recall.change >= -5pp").check(result, confidence=0.95)
    assert time.perf_counter() - start < 5
    assert checked.state is FAILED
    low, _ = result.recall_change_intervals(0.9)
    assert len(checked.classes) == int((np.minimum(low, moved / support) < -0.05).sum())


@pytest.mark.parametrize(
    ("condition", "position", "words"),
    [
        ("every total >= 5%", 1, "names no figure of each class"),
        ('every class["cat"].recall >= 5%', 1, "names no figure of each class"),
        ("class.recall >= 5%", 6, "or every class.recall"),
        ("every class.recal >= 5%", 13, "did you mean recall"),
        ("nll >= total", 1, "compares a score with a share"),
        ("nll >= 5%", 8, "a score has no %"),
        ("nll.chnge <= 0", 5, "did you mean change"),
    ],
)
def test_what_is_no_condition_either(condition, position, words):
    with pytest.raises(ClassliftError) as caught:
        Gate.parse(condition)
    assert f"position {position}" in str(caught.value)
    assert words in str(caught.value)


def test_scores_are_figures():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    sharp, flat = (rng.dirichlet([1, 1, 1], 200) * (1 - w) + w * np.eye(3)[labels] for w in (0.9, 0.2))

    def details(p):
        return Details(Scoring.of(p, labels, p.argmax(axis=1)))

    counts = PairedCounts.of(labels, flat.argmax(axis=1), sharp.argmax(axis=1), 3)
    result = Comparison("x", counts, ("a", "b", "c"), details=(details(flat), details(sharp)))
    nll = [side.details.scoring.log_loss for side in (result.before, result.after)]
    assert result.values("nll") == tuple(nll)
    for condition, state in [
        (f"nll <= {nll[1]:.17f}", HELD),
        (f"nll < {nll[1] - 1e-6:.9f}", FAILED),
        ("nll.change < 0", HELD),
        ("nll.change <= -50%", HELD),
        ("brier <= brier.before", HELD),
        ("ece <= 10%", HELD),
        ("ece.change <= -3pp", HELD),
    ]:
        assert Gate.parse(condition).check(result).state is state, condition
    assert Gate.parse("brier <= 0").check(result).classes == {}, "no class is known to be at fault"
    assert Gate.parse("ece <= 1").check(result, confidence=0.95).state is NOT
    error = np.std(-np.log(sharp[np.arange(200), labels]), ddof=1) / np.sqrt(200)
    sure = Gate.parse("nll <= 5").check(result, confidence=0.95)
    assert sure.limit == pytest.approx(nll[1] + 1.6448536269514722 * error)
    assert Gate.parse("top2 >= 99%").check(result).state is (HELD if result.after.value("top2") >= 0.99 else FAILED)
    assert "of more than 3 classes" in Gate.parse("top3 >= 90%").check(result).message
    with pytest.raises(ClassliftError, match="there is no figure 'top0'"):
        Gate.parse("top0 >= 90%")
    bare = Gate.parse("ece <= 5%").check(compared())
    assert bare.state is NOT
    assert "needs probabilities" in bare.message


def test_gates_go_by_what_is_expected_in_a_new_sample():
    counts = PairedCounts.of(np.arange(100) % 2, np.zeros(100, int), np.arange(100) % 2, 2)
    result = Comparison("x", counts, ("a", "b"), expected={"total": Expected(0.02, -0.01, 0.05)})
    assert Gate.parse("total.change == 2pp").check(result).state is State.PASSED
    assert Gate.parse("total >= 60%").check(result).state is State.FAILED
    assert Gate.parse("total >= 52%").check(result).state is State.PASSED
    assert Gate.parse("total.before >= 50%").check(result).state is State.PASSED
    assert Gate.parse("total.change >= +4%").check(result).state is State.PASSED  # of 50 %
    assert Gate.parse('class["b"].recall >= 90%').check(result).state is State.PASSED
    sure = Gate.parse("total.change >= -0.1pp").check(result, confidence=0.95)
    assert sure.state is State.FAILED
    assert sure.limit == pytest.approx(0.02 - 1.6449 / 1.96 * 0.03, abs=1e-5)
    level = Gate.parse("total >= 40%").check(result, confidence=0.95)
    assert level.state is State.PASSED
    assert 0.4 < level.limit < 0.53
    assert "95 %: -1.00 to +5.00" in sure.message


def test_negative_flips_are_a_share_of_all_rows():
    rng = np.random.default_rng(3)
    labels, before, after = rng.integers(0, 3, 400), rng.integers(0, 3, 400), rng.integers(0, 3, 400)
    result = Comparison("x", PairedCounts.of(labels, before, after, 3), ("a", "b", "c"))
    broken = int(((before == labels) & (after != labels)).sum())
    found = Gate.parse(f"negative_flips <= {broken / 400}").check(result)
    assert (found.state, found.value) == (HELD, broken / 400)
    found = Gate.parse("negative_flips <= 1%").check(result, confidence=0.95)
    assert found.state is FAILED
    assert found.limit == pytest.approx(float(wilson(broken, 400, confidence=0.9)[1]))
    by_class = {c: int(((before == labels) & (after != labels) & (labels == k)).sum()) for k, c in enumerate("abc")}
    assert list(found.classes) == sorted(by_class, key=lambda c: -by_class[c])
    one = Gate.parse("negative_flips <= 1%").check(result.after)
    assert (one.state, "give --layer or --against" in one.message) == (NOT, True)


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_is_read_and_mirrored(operator):
    """What an operator asks of left and right, its mirror asks of right and left; the grammar knows all of them."""
    compare = {">=": float.__ge__, "<=": float.__le__, ">": float.__gt__, "<": float.__lt__, "==": float.__eq__}
    expected = compare.get(operator, float.__ne__)
    assert Gate.parse(f"total {operator} 0.5").operator is operator
    assert Gate.parse(f"0.5 {operator} total").operator is operator.mirrored
    for left in (0.25, 0.5, 0.75):
        difference, none = Fraction(left) - Fraction(1, 2), Fraction(0)
        assert operator.holds(difference, none) == operator.mirrored.holds(-difference, none) == expected(left, 0.5)
