"""Text is cut after whole lines, and nothing of it is lost."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classlift.errors import ClassliftError
from classlift.storage.read import lines
from classlift.storage.read.dialect import last_line_end

TEXTS = st.lists(st.sampled_from([b"", b"a", b"b,c", b'"d\ne"', b"f" * 30])).map(b"\n".join)


@given(TEXTS, st.booleans(), st.integers(1, 40))
def test_pieces_are_the_text_cut_after_lines(text, ends, size):
    text += b"\n" if ends else b""
    cut = list(lines.pieces(io.BytesIO(text), "t", last_line_end, size))
    assert b"".join(cut).strip() == text.strip()
    assert all(piece.endswith(b"\n") and piece.count(b'"') % 2 == 0 for piece in cut[:-1])


@given(TEXTS)
def test_packed_text_gives_the_same_pieces(text):
    with gzip.open(io.BytesIO(gzip.compress(text))) as stream:
        packed = list(lines.pieces(stream, "t", last_line_end, 7))
    assert packed == list(lines.pieces(io.BytesIO(text), "t", last_line_end, 7))


def test_the_first_piece_is_all_of_a_small_text():
    assert lines.first_piece(io.BytesIO(b"a\nb\nc"), "t", last_line_end) == b"a\nb\nc"


def test_the_first_piece_of_a_large_text_ends_with_a_line():
    text = b"0.25,0.75\n" * 100_000
    first = lines.first_piece(io.BytesIO(text), "t", last_line_end)
    assert text.startswith(first)
    assert first.endswith(b"\n")
    assert len(first) <= 2 * lines.HEAD


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    with pytest.raises(ClassliftError, match="longer than 1,000 bytes"):
        list(lines.pieces(io.BytesIO(b"x" * 5000), "t", last_line_end, 600))
