"""Gates: conditions on a result, parsed once, judged on any result: held, failed, or not judgeable."""

from classlift.gates.gate import Gate, judge_all
from classlift.gates.result import GateResult, State
from classlift.gates.settings import GateSet

__all__ = ["Gate", "GateResult", "GateSet", "State", "judge_all"]
