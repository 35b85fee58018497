"""Checked gates as JUnit XML: a suite for each file or run, a case for each gate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from classlift.gates.result import State
from classlift.output.printable import printable
from classlift.output.render.suites import Suite

if TYPE_CHECKING:
    from classlift.gates.result import GateResult

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(suites: Sequence[Suite]) -> str:
    """Write suites as one XML document.

    A gate that failed is a ``failure``; one that is undefined, and a run that could not run, is an ``error``.
    """
    root = ElementTree.Element("testsuites", {"name": "classlift"} | _counts(suites))
    for suite in suites:
        _add_suite(root, suite)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_suite(root: ElementTree.Element, suite: Suite) -> None:
    name = _clean(suite.name)
    element = ElementTree.SubElement(root, "testsuite", {"name": name} | _counts([suite]))
    if suite.error is not None:
        case = ElementTree.SubElement(element, "testcase", classname=f"classlift.{name}", name="run")
        _add_outcome(case, "error", "could not run", suite.error.split("\n"))
    for result in suite.results:
        case = ElementTree.SubElement(element, "testcase", classname=f"classlift.{name}", name=_clean(result.gate))
        if result.state is not State.PASSED:
            kind = "failure" if result.state is State.FAILED else "error"
            _add_outcome(case, kind, str(result.state), _told(result))


def _add_outcome(case: ElementTree.Element, kind: str, what: str, lines: Sequence[str]) -> None:
    outcome = ElementTree.SubElement(case, kind, message=_clean(lines[0]), type=what)
    outcome.text = "\n".join(_clean(line) for line in lines)


def _told(result: GateResult) -> list[str]:
    return [result.message, *(f"{name}: {what}" for name, what in result.classes.items())]


def _counts(suites: Sequence[Suite]) -> dict[str, str]:
    states = [result.state for suite in suites for result in suite.results]
    broken = sum(suite.error is not None for suite in suites)
    return {
        "tests": str(len(states) + broken),
        "failures": str(states.count(State.FAILED)),
        "errors": str(states.count(State.UNDEFINED) + broken),
    }


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", printable(text))
