"""From results to tables of raw values."""

from classlift.output.tables.benchmark import benchmark_tables, sweep_tables
from classlift.output.tables.evaluation import comparison_tables, demo_tables, evaluation_tables
from classlift.output.tables.fit import fit_tables
from classlift.output.tables.inspection import inspection_tables
from classlift.output.tables.layer import apply_tables, stored_layer_tables
from classlift.output.tables.table import Change, CountChange, Points, Share, Table, Value
from classlift.output.tables.tune import tune_tables

__all__ = [
    "Change",
    "CountChange",
    "Points",
    "Share",
    "Table",
    "Value",
    "apply_tables",
    "benchmark_tables",
    "comparison_tables",
    "demo_tables",
    "evaluation_tables",
    "fit_tables",
    "inspection_tables",
    "stored_layer_tables",
    "sweep_tables",
    "tune_tables",
]
