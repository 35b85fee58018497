"""Sums of shards: the same layer however the rows were cut and merged, and nothing added that does not belong."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.fitting.fit import fit
from classlift.fitting.partials.partial import Stage
from classlift.fitting.partials.summing import fit_partials, merge_partials, shard_partials
from classlift.fitting.result import EffectKind
from classlift.methods import METHODS, make_settings
from classlift.storage.own.partials import load_partials, save_partials
from support.array_source import ArraySource, parameters
from support.cases import random_case

ADDITIVE = [name for name, method in METHODS.items() if method.additive]


def shards_of(case, n_shards, classes=None):
    cuts = np.array_split(np.arange(len(case.labels)), n_shards)
    return [ArraySource(case.probabilities[rows], case.labels[rows], classes=classes, block_rows=64) for rows in cuts]


def named(sums):
    return [(f"shard {i}", one) for i, one in enumerate(sums)]


def summed(shards, method="elaborated", **values):
    """Both steps of the protocol, or the one that is enough."""
    settings = make_settings(method, values)
    final = None
    if METHODS[method].additive.needs_counts(settings):
        final = merge_partials(named([shard_partials(shard) for shard in shards]))
    return [shard_partials(shard, method=method, settings=settings, final=final) for shard in shards]


CASE = random_case(3, "plain", n_classes=6)
SHARDS = shards_of(CASE, 4)
PARTIALS = summed(SHARDS)


@pytest.mark.parametrize("method", ADDITIVE)
@given(st.integers(0, 10_000), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_layer_of_merged_shards_is_the_layer_of_all_rows(method, seed, n_shards, random):
    case = random_case(seed)
    source = ArraySource(case.probabilities, case.labels)
    whole = fit(source, method=method, effect=EffectKind.NONE)
    shards = shards_of(case, n_shards)
    assume(
        len({shard_partials(shard).counted for shard in shards}) == n_shards
    )  # shards of the same few rows are refused
    pieces = summed(shards, method)
    random.shuffle(pieces)
    layer = fit_partials("sums", merge_partials(named(pieces)), at_solve={}).layer
    assert len(layer.steps) == len(whole.layer.steps)
    if layer.steps:
        condition = whole.fitted.condition if not whole.fitted.singular else 1e6
        tolerance = max(1e-9, 1e-15 * condition)
        np.testing.assert_allclose(parameters(layer), parameters(whole.layer), rtol=tolerance, atol=tolerance)
    exact = ("n_samples", "fingerprint", "support", "accuracy", "low_classes", "fitted_rows", "singular", "kind")
    assert {k: layer.provenance[k] for k in exact} == {k: whole.layer.provenance[k] for k in exact}


def test_any_order_gives_the_same_bytes(tmp_path):
    contents = set()
    for i, order in enumerate(itertools.permutations(PARTIALS)):
        save_partials(merge_partials(named(order)), tmp_path / f"{i}.npz")
        contents.add((tmp_path / f"{i}.npz").read_bytes())
    assert len(contents) == 1


def test_merged_sums_merge_again():
    flat = fit_partials("s", merge_partials(named(PARTIALS)), at_solve={}).layer
    halves = [merge_partials(named(PARTIALS[:1] + PARTIALS[3:])), merge_partials(named(PARTIALS[1:3]))]
    deep = fit_partials("s", merge_partials(named(halves)), at_solve={}).layer
    np.testing.assert_allclose(parameters(deep), parameters(flat), rtol=1e-9, atol=1e-12)


def test_files_give_back_what_they_got(tmp_path):
    for i, sums in enumerate(
        [shard_partials(SHARDS[0]), PARTIALS[1], merge_partials(named(PARTIALS)), summed(SHARDS, "naive")[2]]
    ):
        path = tmp_path / f"{i}.npz"
        save_partials(sums, path)
        again = load_partials(path)
        save_partials(again, tmp_path / "again.npz")
        assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()
        assert (again.stage, again.counted, again.summed) == (sums.stage, sums.counted, sums.summed)


def test_alpha_is_chosen_at_the_solution():
    total = merge_partials(named(PARTIALS))
    layer = fit_partials("s", total, at_solve={"alpha": 30.0}).layer
    source = ArraySource(CASE.probabilities, CASE.labels)
    whole = fit(source, settings=make_settings("elaborated", {"alpha": 30.0}), effect=EffectKind.NONE).layer
    np.testing.assert_allclose(parameters(layer), parameters(whole), rtol=1e-9, atol=1e-12)
    assert layer.settings == whole.settings


@pytest.mark.parametrize(("method", "values"), [("naive", {}), ("elaborated", {"beta": 0.0})])
def test_one_step_is_enough_where_weights_need_no_counts(method, values):
    sums = shard_partials(SHARDS[0], method=method, settings=make_settings(method, values))
    assert sums.stage is Stage.BOTH
    assert SHARDS[0].passes
    before = SHARDS[0].passes
    shard_partials(SHARDS[0], method=method, settings=make_settings(method, values))
    assert SHARDS[0].passes == before + 1


def test_a_shard_without_labelled_rows_adds_nothing():
    empty = ArraySource(CASE.probabilities[:9], np.full(9, -1))
    with_it = fit_partials("s", merge_partials(named(summed([*SHARDS, empty]))), at_solve={}).layer
    without = fit_partials("s", merge_partials(named(PARTIALS)), at_solve={}).layer
    np.testing.assert_allclose(parameters(with_it), parameters(without), rtol=1e-9, atol=1e-12)


def logits_shard():
    return ArraySource(np.log(CASE.probabilities.astype(np.float64) + 1e-6), CASE.labels, Kind.LOGITS)


REFUSALS = {
    "same shard twice": (lambda: merge_partials(named([PARTIALS[0], PARTIALS[1], PARTIALS[0]])), "count twice"),
    "same shard twice, merged": (
        lambda: merge_partials(named([merge_partials(named(PARTIALS[:2])), merge_partials(named(PARTIALS[1:3]))])),
        "count twice",
    ),
    "same counts twice": (lambda: merge_partials(named([shard_partials(SHARDS[0])] * 2)), "count twice"),
    "stages": (lambda: merge_partials(named([PARTIALS[0], shard_partials(SHARDS[1])])), "holds counts|holds moments"),
    "settings": (lambda: merge_partials(named([PARTIALS[0], summed(SHARDS, rlow=0.2)[1]])), "rlow"),
    "methods": (
        lambda: merge_partials(named([summed(SHARDS, beta=0.0)[0], summed(SHARDS, "naive")[1]])),
        "naive.*elaborated|elaborated.*naive",
    ),
    "classes": (
        lambda: merge_partials(
            named([shard_partials(shards_of(CASE, 2, tuple(names))[i]) for i, names in enumerate(("abcdef", "abcdfe"))])
        ),
        "another order",
    ),
    "number of classes": (
        lambda: merge_partials(
            named([shard_partials(SHARDS[0]), shard_partials(shards_of(random_case(3, "plain", 5), 2)[0])])
        ),
        "has [56] classes",
    ),
    "kinds": (
        lambda: merge_partials(named([shard_partials(SHARDS[0]), shard_partials(logits_shard())])),
        "of logits|of prob",
    ),
    "other counts": (lambda: merge_partials(named([PARTIALS[0], summed(SHARDS[:3])[1]])), "other counts"),
    "no counts": (
        lambda: shard_partials(SHARDS[0], method="elaborated", settings=make_settings("elaborated", {})),
        "--counts: is missing",
    ),
    "moments as counts": (
        lambda: shard_partials(
            SHARDS[0], method="elaborated", settings=make_settings("elaborated", {}), final=PARTIALS[0]
        ),
        "expected counts",
    ),
    "uncounted shard": (
        lambda: shard_partials(
            SHARDS[0],
            method="elaborated",
            settings=make_settings("elaborated", {}),
            final=shard_partials(SHARDS[1]),
        ),
        "not among the shards",
    ),
    "missing shard": (lambda: fit_partials("s", merge_partials(named(PARTIALS[1:])), at_solve={}), "1 of 4 shards"),
    "only counts": (lambda: fit_partials("s", shard_partials(SHARDS[0]), at_solve={}), "only counts"),
    "scores": (lambda: shard_partials(ArraySource(CASE.probabilities, CASE.labels, Kind.SCORES)), "neither"),
    "no labelled row": (
        lambda: fit_partials(
            "s",
            merge_partials(named(summed([ArraySource(CASE.probabilities, np.full(len(CASE.labels), -1))]))),
            at_solve={},
        ),
        "no labelled row",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_does_not_belong_together_is_refused(name):
    act, words = REFUSALS[name]
    with pytest.raises(ClassliftError, match=words) as caught:
        act()
    assert caught.value.fix.endswith(".")


def spoiled(tmp_path, change):
    """A file of sums whose members were changed by `change(header, arrays)`."""
    from classlift.storage.own.partials import NPZ

    path = tmp_path / "s.npz"
    save_partials(PARTIALS[0], path)
    header, arrays = NPZ.decode(path.read_bytes())
    arrays = {name: array.copy() for name, array in arrays.items()}
    change(header, arrays)
    with path.open("wb") as file:
        NPZ.write(file, header, arrays)
    return path


HOSTILE = {
    "format": lambda h, a: h.update(format="x"),
    "version": lambda h, a: h.update(version=99),
    "classlift": lambda h, a: h.update(classlift="0.0.0"),
    "no classes": lambda h, a: h.update(n_classes=0),
    "many classes": lambda h, a: h.update(n_classes=10**12),
    "classes": lambda h, a: h.update(classes=["a"]),
    "same classes": lambda h, a: h.update(classes=["a"] * 6),
    "kind": lambda h, a: h.update(kind="x"),
    "hash": lambda h, a: h.update(hashes=["-1", "2"]),
    "hashes": lambda h, a: h.update(hashes=["1"]),
    "counted": lambda h, a: h.update(counted=["x"]),
    "counted twice": lambda h, a: h.update(counted=h["counted"] * 2),
    "summed": lambda h, a: h.update(summed=["0" * 64]),
    "method": lambda h, a: h.update(method="cvar"),
    "unknown method": lambda h, a: h.update(method="x"),
    "no settings": lambda h, a: h.update(settings={}),
    "setting": lambda h, a: h["settings"].update(rlow="x"),
    "other setting": lambda h, a: h["settings"].update(alpha=3.0),
    "weight": lambda h, a: h.update(weight="x"),
    "notes": lambda h, a: h.update(notes=[1]),
    "missing": lambda h, a: a.pop("gram"),
    "shape": lambda h, a: a.update(gram=a["gram"][:-1]),
    "nan": lambda h, a: a["cross"].__setitem__((0, 0), np.nan),
    "type": lambda h, a: a.update(gram=a["gram"].astype(np.float32)),
    "negative": lambda h, a: a["support"].__setitem__(0, -1),
    "right": lambda h, a: a["right"].__iadd__(10**6),
    "support": lambda h, a: a["support"].__iadd__(1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_by_name(tmp_path, name):
    path = spoiled(tmp_path, HOSTILE[name])
    with pytest.raises(ClassliftError) as caught:
        load_partials(path)
    assert caught.value.where == str(path)


def test_unspoiled_files_are_read(tmp_path):
    load_partials(spoiled(tmp_path, lambda h, a: None))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 100])
def test_other_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "s.npz"
    path.write_bytes(content)
    with pytest.raises(ClassliftError, match="is not a file of sums"):
        load_partials(path)


def test_cut_files_are_refused_by_name(tmp_path):
    path = tmp_path / "s.npz"
    save_partials(PARTIALS[0], path)
    content = path.read_bytes()
    for end in range(0, len(content), 97):
        path.write_bytes(content[:end])
        with pytest.raises(ClassliftError) as caught:
            load_partials(path)
        assert caught.value.where == str(path)
