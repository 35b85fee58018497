"""The layer as a scikit-learn estimator; needs the extra `sklearn`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from classlift.api.fit import fit as fit_layer
from classlift.api.tune import tune
from classlift.data.kind import Kind
from classlift.data.predictions import Predictions
from classlift.data.stretches import WORD as DOUBT
from classlift.errors import MissingExtraError
from classlift.storage import ReadOptions

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise MissingExtraError("classlift.sklearn", "scikit-learn (1.6 or newer)", extra="sklearn") from None

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from classlift.layer.adjusted import Adjusted

__all__ = ["OutputLayerClassifier"]


class OutputLayerClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Output layer that lifts the weak classes of a trained classifier: its predictions in, better ones out.

    Parameters
    ----------
    method : str
        ``tune`` searches, as `classlift tune`; any other method fits fixed numbers, as `classlift fit --method`.
    settings : mapping, optional
        Settings of that method by name, or of `tune`: objective, methods, max_total_drop, low_fraction.
    kind : {'probabilities', 'logits'}
        What the columns of X are.
    classes : sequence, optional
        Labels in the order of the columns of X, such as ``model.classes_``. Names need it, unless X is a frame whose
        columns have them. Without it, the sorted numbers in y where there is one for each column; or, where y holds
        whole numbers below the number of columns, these numbers.
    seed : int
        Seed of the folds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the columns.
    layer_ : OutputLayer
        What was fitted; `classlift.save_layer` writes it.
    n_features_in_ : int
        Number of columns, which is that of the classes.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.6, 0.4], [0.7, 0.3], [0.45, 0.55], [0.6, 0.4]])
    >>> estimator = OutputLayerClassifier(method="logit-adjust", classes=["cat", "dog"])
    >>> adjusted = estimator.fit(p, ["cat", "cat", "dog", "cat"])
    >>> adjusted.predict([[0.6, 0.4]])
    array(['dog'], dtype='<U3')
    """

    def __init__(
        self,
        *,
        method: str = "tune",
        settings: Mapping[str, Any] | None = None,
        kind: str = "probabilities",
        classes: Sequence[Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.method = method
        self.settings = settings
        self.kind = kind
        self.classes = classes
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> OutputLayerClassifier:  # noqa: N803  (scikit-learn's name)
        """Fit the layer.

        Parameters
        ----------
        X : array of shape (n_samples, n_classes)
            Probabilities or logits of rows that the classifier was not trained on.
        y : array of shape (n_samples,)
            Their true labels.

        Returns
        -------
        OutputLayerClassifier
            Itself.

        Raises
        ------
        ValueError
            If the rows are not what `kind` says, or the labels do not fit the columns.
        """
        rows, labels = validate_data(self, X, y, dtype=[np.float64, np.float32], ensure_min_features=2)
        check_classification_targets(labels)
        self.classes_ = self._columns(labels, rows.shape[1])
        order = np.argsort(self.classes_, kind="stable")
        numbers = order[np.searchsorted(self.classes_[order], labels)]
        name = "probs" if self._kind() is Kind.PROBABILITIES else "logits"
        self.layer_ = self._fitted({name: rows, "labels": numbers.astype(np.int64)})
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:  # noqa: N803
        """Give adjusted probabilities, as `classlift apply` writes them.

        Parameters
        ----------
        X : array of shape (n_samples, n_classes)
            Probabilities or logits.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return self._adjusted(X).probabilities()

    def predict(self, X: ArrayLike) -> NDArray:  # noqa: N803
        """Give the predicted labels after the layer.

        Parameters
        ----------
        X : array of shape (n_samples, n_classes)
            Probabilities or logits.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        predicted = self._adjusted(X).predicted
        return np.asarray(self.classes_[predicted])

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401  (scikit-learn's Tags)
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = self.kind == Kind.PROBABILITIES
        return tags

    def _adjusted(self, X: ArrayLike) -> Adjusted:  # noqa: N803
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        adjusted: Adjusted = self.layer_.apply(Predictions(rows, self._kind(), source="X"))
        return adjusted

    def _kind(self) -> Kind:
        if self.kind not in (Kind.PROBABILITIES, Kind.LOGITS):
            raise ValueError(f"kind is {self.kind!r}, expected 'probabilities' or 'logits'")
        return Kind(self.kind)

    def _fitted(self, predictions: dict[str, NDArray]) -> Any:  # noqa: ANN401  (an OutputLayer)
        reading, settings = ReadOptions(kind=self._kind(), labels_as="index"), dict(self.settings or {})
        result: Any
        if self.method == "tune":
            result = tune(predictions, seed=self.seed, reading=reading, **settings)
        else:
            result = fit_layer(
                predictions, method=self.method, settings=settings, effect="none", seed=self.seed, reading=reading
            )
        for note in result.notes:
            if note.startswith(DOUBT):
                warnings.warn(note, UserWarning, stacklevel=3)
        return result.layer

    def _columns(self, labels: NDArray, n_columns: int) -> NDArray:
        """Labels in the order of the columns."""
        seen = np.unique(labels)
        if self.classes is not None:
            given = np.asarray(self.classes)
            if len(given) != n_columns or len(np.unique(given)) != n_columns or not np.isin(seen, given).all():
                raise ValueError(f"classes names {len(given)} labels for {n_columns} columns, or not all labels of y")
            return given
        if seen.dtype.kind in "OUS":
            columns = np.asarray(getattr(self, "feature_names_in_", ()))
            if np.isin(seen, columns).all():
                return columns
            raise ValueError(
                "y holds names, and X does not say which column is whose: pass classes=[...], the labels "
                f"of the {n_columns} columns in their order, such as classes=model.classes_"
            )
        if len(seen) == n_columns:
            return np.asarray(seen)
        whole = seen.dtype.kind in "iu" or (seen.dtype.kind == "f" and (seen == np.floor(seen)).all())
        if whole and seen[0] >= 0 and seen[-1] < n_columns:
            return np.arange(n_columns, dtype=seen.dtype)
        raise ValueError(
            f"y has {len(seen)} class(es), X has {n_columns} columns (one per class): pass classes=[...], the labels "
            "in the order of the columns"
        )
