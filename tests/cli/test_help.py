"""`classlift help` and `classlift completion`, as real processes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from classlift.cli.main import COMMANDS
from classlift.cli.topics import FOLDER, GUIDES
from support.process import classlift
from support.terminal import in_terminal


def test_help_lists_every_command_and_every_guide():
    done = classlift("help")
    listed = re.findall(r"^  ([a-z-]+)  ", done.stdout, re.MULTILINE)
    assert (done.returncode, listed) == (0, [*COMMANDS, *GUIDES])


def test_the_first_help_names_the_guides():
    text = classlift("--help").stdout
    assert [name for name in GUIDES if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in GUIDES])
def test_help_of_a_command_is_its_help(name):
    assert classlift("help", name).stdout == classlift(name, "--help").stdout


@pytest.mark.parametrize("words", [["--help"], ["help"], ["help", "ci"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_neither_numpy_nor_rich(words):
    command = [sys.executable, "-X", "importtime", "-m", "classlift", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.split("|")[-1].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert loaded & {"numpy", "rich", "scipy", "pyarrow"} == set()


def test_help_is_shown_wherever_it_is_asked_for(tmp_path):
    shown = classlift("evaluate", "--help").stdout
    assert classlift("evaluate", "no.npz", "--top", "3", "-h").stdout == shown
    assert classlift("--threads", "1", "evaluate", "--help").stdout == shown
    value = classlift("evaluate", "no.npz", "--prefix", "--help", cwd=tmp_path)
    assert (value.returncode, value.stdout) == (2, "")
    assert "no.npz" in value.stderr
    file = classlift("evaluate", "--", "--help", cwd=tmp_path)
    assert (file.returncode, file.stdout) == (2, "")


def test_help_is_as_wide_as_the_terminal_up_to_100_columns():
    widths = {}
    for columns in ("70", "100", "300", ""):
        lines = classlift("tune", "--help", COLUMNS=columns).stdout.splitlines()
        widths[columns] = max(len(line) for line in lines if not line.startswith("  -"))  # but for long choices
    assert widths["70"] <= 68 < widths[""] <= 78 < widths["100"] <= 98
    assert widths["300"] == widths["100"]


@pytest.mark.parametrize("name", [name for name in GUIDES if name not in COMMANDS])
def test_a_guide_in_a_pipe_is_the_file(name):
    assert classlift("help", name).stdout == (Path(FOLDER) / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("low20", "low20: the mean recall of the lowest 20 %"),
        ("low10.change", "low20: the mean recall of the lowest 20 %"),
        ("top3", "top5: the share of rows whose right class is among"),
        ("negative_flips", "negative_flips: the share of all rows that were right and are wrong"),
        ("guard", "guard: what a layer must not cost"),
        ("others pay", "others pay: classes that were not among the lowest lose"),
        ("harm", "harm: "),
        ("net", "net: "),
        ("worst-group", "worst_group: the lowest total accuracy of a group"),
    ],
)
def test_a_word_of_the_glossary_shows_its_entry(word, told):
    done = classlift("help", word)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(told)


def test_a_name_of_both_shows_both():
    assert classlift("help", "report").stdout == (
        classlift("report", "--help").stdout + "\n" + (Path(FOLDER) / "report.md").read_text(encoding="utf-8")
    )


def test_a_guide_in_a_terminal_is_drawn_and_paged():
    assert "\x1b[" in in_terminal("help", "python", columns=100, rows=400)
    text = in_terminal("help", "ci", columns=100, PAGER="cat")
    assert "```" not in text
    assert "Exit statuses" in text
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in text.splitlines()) <= 100


def test_a_guide_is_not_coloured_where_colours_are_not_wanted():
    assert "\x1b[" not in in_terminal("help", "python", columns=100, rows=400, NO_COLOR="1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["help", "tunne"], "there is no command, guide or word 'tunne'; did you mean 'tune'?"),
        (["help", "statistic"], "there is no command, guide or word 'statistic'; did you mean 'statistics'?"),
        (["statistics"], "there is no command 'statistics', but a guide: classlift help statistics"),
        (["tunne"], "there is no command 'tunne'; did you mean 'tune'?"),
        (["completion", "csh"], "'csh' is not one of 'bash', 'zsh', 'fish'"),
    ],
)
def test_misspelt(words, said):
    done = classlift(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script(shell):
    done = classlift("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_CLASSLIFT_COMPLETE={shell}_complete" in done.stdout


def completed(tmp_path, *words):
    """What bash offers behind these words."""
    (tmp_path / "val.npz").write_bytes(b"")
    script = tmp_path / "complete.bash"
    script.write_text(classlift("completion", "bash").stdout)
    return classlift(
        cwd=tmp_path,
        _CLASSLIFT_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["classlift", *words]),
        COMP_CWORD=str(len(words)),
    ).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ev"], ["plain,evaluate"]),
        (["help", "stat"], ["plain,statistics"]),
        (["tune", "--obj"], ["plain,--objective"]),
        (["fit", "val.npz", "--method", "cv"], ["plain,cvar"]),
    ],
)
def test_words_are_completed(tmp_path, words, offered):
    assert completed(tmp_path, *words) == offered


def test_the_script_is_bash(tmp_path):
    script = tmp_path / "complete.bash"
    script.write_text(classlift("completion", "bash").stdout)
    subprocess.run(["bash", "-n", str(script)], check=True)


@pytest.mark.parametrize(("word", "guide"), [("cvar", "methods"), ("Tango", "statistics"), ("ridge", "methods")])
def test_a_word_that_the_glossary_lacks_is_shown_in_the_guides(word, guide):
    done = classlift("help", word)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert 0 < len(lines) <= 8
    assert f"[classlift help {guide}]" in done.stdout
    assert all(word.lower() in line.lower() for line in lines)


def test_a_word_that_nothing_holds_is_refused():
    done = classlift("help", "xylophone")
    assert done.returncode == 2
    assert "there is no command, guide or word 'xylophone'" in done.stderr


def test_several_words_are_one_topic():
    assert classlift("help", "others", "pay").stdout == classlift("help", "others pay").stdout != ""
