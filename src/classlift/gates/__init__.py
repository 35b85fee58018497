"""Gates: conditions on a result, parsed once, checked on any result: held, failed, or undefined."""

from classlift.gates.gate import Gate, check_all
from classlift.gates.result import GateResult, State
from classlift.gates.settings import GateSet

__all__ = ["Gate", "GateResult", "GateSet", "State", "check_all"]
