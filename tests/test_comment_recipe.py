"""The recipes of the guide `ci` that keep one comment up to date, with programs that only write down their words."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import classlift

yaml = pytest.importorskip("yaml", reason="the recipes are YAML")

GUIDE = (Path(classlift.__file__).parent / "guides" / "ci.md").read_text(encoding="utf-8")
PART = GUIDE.partition("## A comment that is kept up to date")[2]
GITHUB, GITLAB = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PART, re.S))
MARKER = "<!-- classlift comparison: test.npz -->"
OTHERS = [{"id": 1, "body": "Looks good"}, {"id": 2, "body": f"quoted: {MARKER}"}]
OURS = {"id": 37, "body": f"{MARKER}\n\nold text"}

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="the recipes use jq")


def scripts():
    """Lines of shell of either recipe, and the program that talks to the server."""
    comment = next(step["run"] for step in GITHUB if "if" in step)
    return {"gh": comment, "curl": "\n".join(GITLAB["comment-on-layer"]["script"])}


def asked(folder, program, comments):
    """Run a recipe beside a summary; give the words of every call of the program."""
    (folder / "comments.json").write_text(json.dumps(comments))
    (folder / "summary.md").write_text(f"{MARKER}\n\nnew text\n")
    stub = (
        '#!/bin/sh\nprintf "%s\\n" "$*" >> calls\ncase "$*" in *PATCH*|*POST*|*PUT*) ;; *) cat comments.json;; esac\n'
    )
    for name, text in ((program, stub), ("classlift", "#!/bin/sh\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    variables = {
        "GITHUB_REPOSITORY": "me/mine", "PR": "5", "CI_API_V4_URL": "https://x/api/v4", "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "5", "NOTES_TOKEN": "t", "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", scripts()[program]],
        cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return (folder / "calls").read_text().splitlines()


@needs_jq
@pytest.mark.parametrize(("program", "verb"), [("gh", "PATCH"), ("curl", "PUT")])
def test_a_comment_that_is_there_is_changed(tmp_path, program, verb):
    first, second = asked(tmp_path, program, [*OTHERS, OURS])
    assert verb not in first
    assert f"-X {verb} " in second
    assert re.search(r"/37 ", second)
    assert "summary.md" in second


@needs_jq
@pytest.mark.parametrize("program", ["gh", "curl"])
def test_the_first_time_one_is_written(tmp_path, program):
    *_, last = asked(tmp_path, program, OTHERS)
    assert "-X POST " in last
    assert re.search(r"/5/(comments|notes) ", last)
    assert "summary.md" in last


def test_the_recipes_write_the_summary_that_they_send():
    assert "--summary summary.md" in GITHUB[0]["run"]
    assert "--summary summary.md" in GITLAB["comment-on-layer"]["script"][0]
