"""Array kernels: the sums, the solve, softmax. They check nothing; docstrings state what must hold."""

from classlift.kernels.folding import fold_of, rank_within_class
from classlift.kernels.rows import (
    LARGEST_LOGIT,
    LOG_FLOOR,
    STEP_FLOOR,
    bounded_logits,
    first_maxima,
    log_softmax,
    normalize_rows,
    products,
    ranks,
    row_blocks,
    row_maxima,
    row_sums,
    softmax,
    softmax_in_place,
    tempered,
)
from classlift.kernels.solving import SINGULAR, Solution, condition_number, solve_symmetric
from classlift.kernels.sums import SoftmaxSums, augmented_gram, class_sums, softmax_sums

__all__ = [
    "LARGEST_LOGIT",
    "LOG_FLOOR",
    "SINGULAR",
    "STEP_FLOOR",
    "SoftmaxSums",
    "Solution",
    "augmented_gram",
    "bounded_logits",
    "class_sums",
    "condition_number",
    "first_maxima",
    "fold_of",
    "log_softmax",
    "normalize_rows",
    "products",
    "rank_within_class",
    "ranks",
    "row_blocks",
    "row_maxima",
    "row_sums",
    "softmax",
    "softmax_in_place",
    "softmax_sums",
    "solve_symmetric",
    "tempered",
]
