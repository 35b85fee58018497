"""Containers and layout together: predictions, block by block, whatever the file format."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classlift.data.doubts import Doubts
from classlift.data.kind import Kind, first_fault
from classlift.data.predictions import UNLABELLED, Predictions
from classlift.data.repairs import Repairs
from classlift.data.repeats import Repeats
from classlift.errors import ClassliftError, without_secrets
from classlift.storage.errors import ours
from classlift.storage.meaning.bad_rows import Repairing
from classlift.storage.meaning.checks import check_lengths, check_numbers
from classlift.storage.meaning.clusters import clusters_of, naming_columns
from classlift.storage.meaning.decided import WRITTEN, decided_in
from classlift.storage.meaning.kind import check_not_sorted, judged
from classlift.storage.meaning.labels import LabelReader
from classlift.storage.meaning.missing import not_probabilities
from classlift.storage.meaning.pairing import CLUSTERS, FOUND, LABELS, LabelFile, LabelsById, joined, keys_of
from classlift.storage.meaning.reading import describe
from classlift.storage.meaning.sample import Sample
from classlift.storage.read.ranges import ALL_ROWS, RowRange, chunks_of
from classlift.storage.read.rechunk import block_rows, chunk_rows, rechunk, widened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlift.data.reading import Reading
    from classlift.storage.meaning.classes import ClassList
    from classlift.storage.meaning.layout import Layout
    from classlift.storage.options import ReadOptions
    from classlift.storage.read.container import Chunk, Container

    Labels = NDArray[np.int64] | None
    Columns = dict[str, NDArray]

SCORES, IDS = "\0scores", "\0ids"
"""Keys of the joined columns in a chunk; no file can use them."""


class BlockSource:
    """A `PredictionSource` over a container.

    Parameters
    ----------
    box : Container
        Holds the scores.
    layout : Layout
        Which column is what.
    classes : ClassList
        Class names, and what integer labels mean.
    label_file : LabelFile, optional
        The other file that holds the labels.
    options : ReadOptions
        What to do with bad rows and labels.
    span : RowRange
        Which rows of the container.
    sample, notes : optional
        The first rows of the container, and what was found out of them.
    """

    def __init__(
        self, box: Container, layout: Layout, classes: ClassList, label_file: LabelFile | None, options: ReadOptions,
        span: RowRange = ALL_ROWS, sample: Sample | None = None, notes: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.box, self.layout, self.class_list = box, layout, classes
        self.label_file, self.options, self.span, self.title = label_file, options, span, box.name
        self._opening_notes: list[str] = list(notes)
        if self.is_adjusted:
            self._opening_notes.append(f"{box.name} was written by apply: the figures are those with its layer")
        self.repairs, self.sample, self.left_out = Repairs(), sample or Sample(box), layout.left_out
        self.by_id = LabelsById(label_file) if label_file and label_file.ids else None
        if label_file and span == ALL_ROWS and not self.by_id:
            check_lengths(self, self._rows, label_file.box.columns[label_file.columns[0]].rows)
        elif layout.labels and not label_file:
            check_lengths(self, self._rows, box.columns[layout.labels[0]].rows)
        self.kind = self._find_kind()

    @property
    def name(self) -> str:
        """What messages call it."""
        return without_secrets(self.title)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.class_list.n_classes

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of the columns, or None where the file has none."""
        return self.class_list.names

    @property
    def has_labels(self) -> bool:
        """Whether its blocks carry labels."""
        return bool(self.layout.labels) or self.label_file is not None

    @property
    def is_adjusted(self) -> bool:
        """Whether `apply` wrote the rows."""
        return set(WRITTEN[:-1]) <= set(self.box.columns)

    @property
    def is_named(self) -> bool:
        """Whether the columns carry names, be they only the numbers of the classes."""
        named = self.layout.suffixes, self.layout.class_names, self.options.classes
        return any(part is not None for part in named) or bool(self.box.columns[self.layout.scores[0]].members)

    @cached_property
    def reading(self) -> Reading:
        """What was taken for what."""
        return describe(self.sample, self.layout, self.class_list, self.label_file, self.options, self.kind)

    @property
    def n_samples(self) -> int | None:
        """Number of rows, or None where it is known only after reading."""
        if self.options.bad_rows == "drop":
            return None
        return self._rows if self.span == ALL_ROWS else self.span.rows

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it was read (complete after a whole pass)."""
        paired = self.by_id.notes() if self.by_id and self.repairs.rows else ()
        opening = map(without_secrets, (*getattr(self.box, "notes", ()), *self._opening_notes))
        return (*opening, *paired, *self.repairs.notes)

    def blocks(self) -> Iterator[Predictions]:
        """Yield the rows in order; a block is valid until the next one is asked for."""
        with ours(self.name):
            yield from self._blocks()

    @property
    def _rows(self) -> int | None:
        return self.box.columns[self.layout.scores[0]].rows

    def _blocks(self) -> Iterator[Predictions]:
        names, known = naming_columns(self.box, self.layout.carried), self.repairs.repeats is not None
        repeats = self.repairs.repeats or Repeats(names, quiet=self.options.cluster is not None)
        doubts, repairs = self.repairs.doubts or Doubts(self.n_classes), Repairing(self.options.bad_rows)
        if self.by_id:
            self.by_id.restart()
        reader = LabelReader(self.class_list, self.options, (self.label_file or self).box.locate)
        start, kept, origin, self.repairs = self.span.skip, 0, self.span.origin - self.span.skip, Repairs()
        for chunk in self._joined():
            scores, labels = widened(chunk[SCORES]), None
            if LABELS in chunk:
                labels = reader.read(chunk[LABELS], start + (origin if self.label_file else 0))
                labels[~chunk.get(FOUND, np.ones(len(labels), bool))] = UNLABELLED
            given = {name: chunk[name] for name in (*self.layout.given, CLUSTERS) if name in chunk}
            scores, keep = repairs.repair(scores, self.kind, origin + start, given)
            if keep is not None:
                labels, given = None if labels is None else labels[keep], {name: c[keep] for name, c in given.items()}
            if start == 0 and self.options.kind is None:
                check_not_sorted(scores, self.name)
            if len(scores):
                block = self._block(scores, labels, given, start)
                if not known:
                    doubts.add(block)
                    repeats.add(block)
                yield block
            start, kept = start + chunk_rows(chunk), kept + len(scores)
        done = repairs.total(start - self.span.skip)
        self.repairs = replace(done, doubts=doubts, repeats=repeats, missing=reader.missing)
        if not kept and self.span == ALL_ROWS:
            raise ClassliftError(self.name, f"none of its {start} rows is left", fix="give a file with rows of scores.")

    def _joined(self) -> Iterator[Chunk]:
        """Scores, labels and carried columns in blocks of one size."""
        rows = block_rows(self.n_classes)
        own = rechunk((self._scores_and_more(c) for c in self._chunks(rows)), rows)
        if self.label_file is None:
            yield from own
            return
        if self.by_id:
            for chunk in own:
                yield {**chunk, **self.by_id.of(chunk[IDS].tolist(), self.name)}
            return
        file = self.label_file
        same = RowRange(self.span.origin, self.span.rows)
        theirs = rechunk((file.part(c) for c in chunks_of(file.box, same, [], file.wanted, rows)), rows)
        done = 0
        for chunk in own:
            labels = next(theirs, {LABELS: np.empty(0)})
            if chunk_rows(labels) != chunk_rows(chunk):
                check_lengths(self, done + chunk_rows(chunk), done + chunk_rows(labels), at_least=True)
            done += chunk_rows(chunk)
            yield {**chunk, **labels}
        more = next(theirs, None)
        if more is not None:
            check_lengths(self, done, done + chunk_rows(more), at_least=True)

    def _chunks(self, rows: int) -> Iterator[Chunk]:
        ids = self.label_file.ids[0] if self.label_file and self.label_file.ids else ()
        others = dict.fromkeys([*(() if self.label_file else self.layout.labels), *self.layout.carried, *ids])
        return chunks_of(self.box, self.span, self.layout.scores, list(others), rows)

    def _scores_and_more(self, chunk: Chunk) -> Chunk:
        """The chunk with its score columns joined, and its label columns."""
        out = {SCORES: self._scores(chunk)}
        if self.layout.labels and not self.label_file:
            out[LABELS] = joined(chunk, self.layout.labels)
        if self.by_id and self.label_file and self.label_file.ids:
            out[IDS] = np.array(keys_of([chunk[name] for name in self.label_file.ids[0]]), object)
        return out | {name: chunk[name] for name in self.layout.given}

    def _scores(self, chunk: Chunk) -> NDArray:
        scores = joined(chunk, self.layout.scores)
        check_numbers(scores, chunk, self.layout.scores, self.name)
        return self.layout.binary.both(scores) if self.layout.binary else scores

    def _find_kind(self) -> Kind:
        scores = self._first_scores()
        kind, notes = judged(scores, self.layout.kind, self.name, asked=self.options.kind is not None)
        if self.layout.guessed and kind is not Kind.PROBABILITIES and self.options.kind is None:
            raise not_probabilities(self.sample, self.layout.scores, None)
        self._opening_notes += notes
        return kind

    def _first_scores(self) -> NDArray[np.floating]:
        chunk = {name: self.sample.values(name) for name in self.layout.scores}
        odd = any(values.dtype.kind == "O" and not self.box.columns[name].is_text for name, values in chunk.items())
        if odd:  # what is not a number is named with its row
            chunk = dict(next(iter(self.box.chunks(self.layout.scores, [], block_rows(self.n_classes))), chunk))
        if not chunk_rows(chunk):
            raise ClassliftError(self.name, "has no rows", fix="give a file with rows of scores.")
        return widened(self._scores(chunk))

    def _block(self, scores: NDArray[np.floating], labels: Labels, given: Columns, start: int) -> Predictions:
        """One checked block; the message about a bad row names the shard where there are many."""
        by, carried = self.options.cluster, {name: given[name] for name in self.layout.carried}
        clusters = None if by is None else clusters_of(given, by, start, self.box)
        try:
            first_row = start + self.span.origin - self.span.skip
            more = self.name, first_row, clusters, given, decided_in(carried, scores, self.name)
            return Predictions(scores, self.kind, self.classes, labels, carried, *more)
        except ClassliftError:
            fault = first_fault(scores, self.kind)
            if fault is None:
                raise
            raise ClassliftError(self.box.locate(start + fault.row), fault.problem, fix=fault.fix) from None
