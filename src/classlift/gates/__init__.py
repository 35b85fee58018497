"""Gates: conditions on a result, parsed once, checked on any result: passed, failed, or undefined."""

from classlift.gates.check import Gate
from classlift.gates.result import GateResult, State
from classlift.gates.settings import GateSet

__all__ = ["Gate", "GateResult", "GateSet", "State"]
