"""Costs of mistakes: what it costs to take one class for another, and the decision of least expected cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from classlift.data.classes import check_unique
from classlift.data.cost_sums import DIGITS, CostSums, Scale
from classlift.errors import ClassliftError, alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

LARGEST = 1e12


@dataclass(frozen=True, eq=False)
class Costs:
    """What it costs to take a row of one class for another.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n_classes, n_classes)
        Row the true class, column the decided one; at least 0, a right decision is never dearer than a wrong one of
        the same row. Kept to nine digits below the largest.
    classes : tuple of str, optional
        Class names in their order; None: that of whatever they are used on.
    name : str
        What messages call it.

    Raises
    ------
    ClassliftError
        If it is something else.

    Examples
    --------
    >>> costs = Costs(np.array([[0, 1], [5, 0]]))
    >>> costs.decide(np.array([[0.8, 0.2], [0.9, 0.1]])).tolist()
    [1, 0]
    """

    matrix: Floats
    classes: tuple[str, ...] | None = None
    name: str = "costs"

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
            self._refuse(
                f"hold numbers of shape {matrix.shape}, expected as many rows as columns",
                "give one row for each true class and one column for each class that it may be taken for.",
            )
        if self.classes is not None:
            check_unique(self.classes, self.name)
        self._check_cells(matrix)
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "matrix", self.units / 10.0**self.scale.digits)

    @classmethod
    def of_groups(cls, groups: Mapping[str, str], inside: float, name: str = "costs") -> Self:
        """Costs from the superclass of each class: 0 where right, `inside` of the superclass, 1 outside.

        Examples
        --------
        >>> Costs.of_groups({"cat": "pet", "dog": "pet", "car": "thing"}, 0.5).matrix[0].tolist()
        [0.0, 0.5, 1.0]
        """
        of = np.unique(list(groups.values()), return_inverse=True)[1]
        matrix = np.where(of[:, None] == of, float(inside), 1.0)
        np.fill_diagonal(matrix, 0.0)
        return cls(matrix, tuple(groups), name)

    @classmethod
    def of_rows(cls, matrix: Floats, rows: Sequence[str], columns: Sequence[str], name: str = "costs") -> Self:
        """Costs of a table: its rows are put into the order of its columns, by name.

        Raises
        ------
        ClassliftError
            If rows and columns are not the same classes, or a cell is not a cost.
        """
        check_unique(tuple(rows), name)
        place = {row: k for k, row in enumerate(rows)}
        for row, there, what in ((columns, place, "row"), (rows, set(columns), "column")):
            lacking = [one for one in row if one not in there]
            if lacking:
                problem = f"have no {what} for the class {lacking[0]!r}"
                raise ClassliftError(name, problem, fix="give every class a row and a column, under the same name.")
        return cls(matrix[[place[column] for column in columns]], tuple(columns), name)

    @classmethod
    def of_names(cls, values: object, inside: float, name: str = "costs") -> Self:
        """Costs by names: ``{"cat": {"dog": 2}, …}`` of each true class, or its superclass, ``{"cat": "pet", …}``.

        The diagonal may be left out, it is 0 then.

        Raises
        ------
        ClassliftError
            If it is something else, or costs are missing.
        """
        named = values if isinstance(values, Mapping) else {}
        kinds = {type(value) for value in named.values()}
        if kinds == {str}:
            return cls.of_groups(named, inside, name)
        if not kinds or not all(issubclass(kind, Mapping) for kind in kinds):
            fix = 'give {"cat": {"dog": 2}, "dog": {"cat": 1}}, or superclasses: {"cat": "pet", "dog": "pet"}.'
            raise ClassliftError(name, "do not hold costs, or superclasses, by class name", fix=fix)
        strange = [j for row in named.values() for j in row if j not in named]
        if strange:
            raise ClassliftError(name, f"have no row for the class {strange[0]!r}", fix="give every class a row.")
        cells = [[row.get(j, 0.0 if j == k else np.nan) for j in named] for k, row in named.items()]
        if not all(isinstance(cell, int | float) and not isinstance(cell, bool) for row in cells for cell in row):
            raise ClassliftError(name, "hold something else than numbers", fix="give every mistake a number.")
        return cls(np.array(cells, np.float64), tuple(str(one) for one in named), name)

    @cached_property
    def scale(self) -> Scale:
        """Unit and ends of the costs."""
        most = float(self.matrix.max())
        return Scale(DIGITS - math.ceil(math.log10(most)), float(self.matrix.min()), most)

    @cached_property
    def units(self) -> Counts:
        """The costs in whole units."""
        return np.rint(self.matrix * 10.0**self.scale.digits).astype(np.int64)

    def in_order(self, classes: tuple[str, ...], other: str) -> Costs:
        """Give the costs in the order of other class names.

        Raises
        ------
        ClassliftError
            If one side names a class that the other does not.
        """
        if self.classes is None or self.classes == classes:
            if len(self.matrix) != len(classes):
                self._refuse(
                    f"are for {len(self.matrix)} classes, {other} has {len(classes)}", "give a row for every class."
                )
            return Costs(self.matrix, classes, self.name)
        self._check_names(classes, self.classes, "do not name the class {}" + f" of {other}", "add it, or give it the")
        self._check_names(self.classes, classes, "name the class {}" + f", which {other} does not have", "take it out,")
        order = [self.classes.index(name) for name in classes]
        return Costs(self.matrix[np.ix_(order, order)], classes, self.name)

    def expected(self, probabilities: NDArray[np.floating]) -> Floats:
        """Expected cost of every decision, ``sum_k p_k C[k, j]``, shape (n_samples, n_classes)."""
        return np.asarray(probabilities.astype(np.float64) @ self.matrix)

    def decide(self, probabilities: NDArray[np.floating]) -> NDArray[np.intp]:
        """Class of least expected cost of each row, shape (n_samples,); of equal ones the first."""
        return np.asarray(self.expected(probabilities).argmin(axis=1))

    def sums(self, labels: Counts, predicted: NDArray[np.integer]) -> CostSums:
        """Cost of rows, all labelled."""
        return CostSums.of(self.scale, labels, self.units[labels, predicted], len(self.matrix))

    def changes(self, labels: Counts, before: NDArray[np.integer], after: NDArray[np.integer]) -> CostSums:
        """Changes of the cost of rows; unlabelled rows do not count."""
        moved = np.flatnonzero((labels >= 0) & (before != after))
        labels, before, after = labels[moved], before[moved], after[moved]
        change = self.units[labels, after] - self.units[labels, before]
        span = self.scale.most - self.scale.least
        return CostSums.of(Scale(self.scale.digits, -span, span), labels, change, len(self.matrix))

    def _check_cells(self, matrix: Floats) -> None:
        """Refuse costs that are none: the first bad cell is named."""
        good = (matrix >= 0) & (matrix <= LARGEST)
        if not good.all():
            k, j = np.argwhere(~good)[0]
            self._refuse(
                f"say that {self._named(k)} taken for {self._named(j)} costs {matrix[k, j]:g}, expected a number from "
                f"0 to {LARGEST:g}",
                "give each mistake what it costs; a gain is a lower cost of all others.",
            )
        wrong = np.flatnonzero(matrix.diagonal() > matrix.min(axis=1))
        if len(wrong):
            k, j = int(wrong[0]), int(matrix[wrong[0]].argmin())
            self._refuse(
                f"say that {self._named(k)} costs {matrix[k, k]:g} where it is right and {matrix[k, j]:g} where it is "
                f"taken for {self._named(j)}",
                "give costs, not similarities or gains: rows are true classes, and the diagonal is the cheapest cell.",
            )
        if not matrix.any():
            self._refuse("are all 0", "give at least one mistake a cost.")

    def _check_names(self, wanted: Sequence[str], known: Sequence[str], problem: str, fix: str) -> None:
        there = set(known)
        lacking = [name for name in wanted if name not in there]
        if lacking:
            near = alike(lacking[0], [name for name in known if name not in set(wanted)])
            meant = f"did you mean {near[0]!r}?" if near else f"{fix} name that it has in the other file."
            self._refuse(problem.format(repr(lacking[0])), meant)

    def _named(self, k: int) -> str:
        return repr(self.classes[k]) if self.classes is not None else f"class {k}"

    def _refuse(self, problem: str, fix: str) -> None:
        raise ClassliftError(self.name, problem, fix=fix)
