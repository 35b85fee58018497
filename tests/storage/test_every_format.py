"""What must hold for every format, also for those that are only read; the walk over FORMATS finds a new one.

What is written is in `test_formats`; a format without a writer is made by hand here, and one that is missing fails.
"""

import numpy as np
import pytest

from classlift.data.kind import Kind
from classlift.errors import ClassliftError
from classlift.storage import FORMATS, ReadOptions, open_predictions, open_writer

RNG = np.random.default_rng(3)
N, K = 90, 4
PROBS = RNG.dirichlet(np.ones(K), N)
LABELS = RNG.integers(0, K, N)
JUNK = {
    "text": b"neither a table nor an archive\n" * 9,
    "zeros": bytes(4096),
    "noise": RNG.bytes(4096),
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "a web page": b"<!doctype html><html><body>404</body></html>\n",
}


def npy(path, scores, labels):
    np.save(path, scores)
    if labels is None:
        return ReadOptions()
    np.save(path.with_name("labels.npy"), labels)
    return ReadOptions(labels=path.with_name("labels.npy"))


BY_HAND = {".npy": npy}
"""Suffix of a format that is only read -> how such files are made, and read with which options."""


def written(path, scores, labels):
    columns = {"probs": scores} | ({} if labels is None else {"labels": labels})
    with open_writer(path, classes=None, n_classes=scores.shape[1], n_samples=len(scores), score_name="probs") as out:
        out.write(columns)
    return ReadOptions()


def make(suffix, folder, scores=PROBS, labels=LABELS):
    """A file of this format, and the options that read it."""
    path = folder / f"made{suffix}"
    return path, (written if FORMATS[suffix].writer else BY_HAND[suffix])(path, scores, labels)


def read(path, options):
    source = open_predictions(path, options)
    blocks = [(block.scores.copy(), None if block.labels is None else block.labels.copy()) for block in source.blocks()]
    scores, labels = zip(*blocks, strict=True)
    return source, np.concatenate(scores), None if labels[0] is None else np.concatenate(labels)


def test_every_format_that_is_only_read_is_made_here():
    assert {suffix for suffix, entry in FORMATS.items() if not entry.writer} == set(BY_HAND)


def test_an_entry_is_filed_under_its_suffix():
    assert [entry.suffix for entry in FORMATS.values()] == list(FORMATS)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in FORMATS)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_gives_back_what_it_was_given(suffix, dtype, tmp_path):
    given = PROBS.astype(dtype)
    source, scores, labels = read(*make(suffix, tmp_path, given))
    assert scores.astype(dtype).tobytes() == given.tobytes()
    assert labels.tolist() == LABELS.tolist()
    assert (source.kind, source.n_classes, source.has_labels) == (Kind.PROBABILITIES, K, True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_is_read_without_labels(suffix, tmp_path):
    source, scores, labels = read(*make(suffix, tmp_path, labels=None))
    assert (source.has_labels, labels) == (False, None)
    assert np.array_equal(scores, PROBS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_is_read_as_often_as_asked(suffix, tmp_path):
    path, options = make(suffix, tmp_path)
    source = open_predictions(path, options)
    first, second = ([block.scores.copy() for block in source.blocks()] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def refused(path, options=None):
    """The message that refuses it: two lines that name the file."""
    with pytest.raises(ClassliftError) as caught:
        read(path, options or ReadOptions())
    first, second = str(caught.value).split("\n")
    assert path.name in first
    assert second.startswith("fix: ")
    return first


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_file_is_refused(suffix, tmp_path):
    path = tmp_path / f"empty{suffix}"
    path.touch()
    assert "empty" in refused(path)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
def test_a_part_of_a_file_is_refused(suffix, part, tmp_path):
    path, options = make(suffix, tmp_path)
    whole = path.read_bytes()
    if suffix in (".csv", ".tsv", ".txt", ".jsonl", ".ndjson"):  # text may end with any line, and not within one
        whole = whole[: whole.index(b"\n", int(len(whole) * part)) - 3]
        part = 1
    path.write_bytes(whole[: int(len(whole) * part)])
    refused(path, options)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("junk", JUNK)
def test_what_is_another_thing_is_refused(suffix, junk, tmp_path):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(JUNK[junk])
    refused(path)


PAIRS = [(a, b) for a in FORMATS for b in FORMATS if FORMATS[a].reader != FORMATS[b].reader]


@pytest.mark.parametrize(("suffix", "other"), PAIRS)
def test_the_bytes_of_another_format_are_refused(suffix, other, tmp_path):
    path, _ = make(other, tmp_path)
    refused(path.rename(tmp_path / f"wrong{suffix}"))
