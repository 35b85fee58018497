"""Odd command lines: every option of every command with odd values, every file with odd files in its place.

None may end with an internal error or a traceback, warn of numbers, change a file that was there, or leave a part.
"""

import importlib
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import click
import numpy as np

from classlift.cli.main import COMMANDS
from support.cases import predictions
from support.many import Commands

NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    str(2**70),
    "-1",
    "0",
    "0.5",
    "1",
    "",
    " ",
    "x",
    "1_0",
    "٣",
)
TEXTS = ("", " ", "-", "--", "x", "nan", "é\udcff", "a\nb", "label", "probs", "0", "%s{0}", "[red]", "x" * 300, "../..")
CONDITIONS = (
    "total",
    "total >= 1%",
    "total.change >= -1e999pp",
    "every class.recall.change >= -5pp",
    "every group.total >= 1%",
    'class["cat"].recall >= nan%',
    'class["nobody"].recall >= 1%',
    "class[",
    "top99999999999999999999 > 1%",
    "top2 >= 1%",
    "nll <= 1e400",
    "cost.change <= 0",
    "total >= 1% and low20 >= 1%",
    "(" * 300,
)
"""What stands where a condition or a figure may stand."""

OUTPUTS = ("--json=", "--csv=", "--summary=", "--out=", "--plot=", "--junit=")
STATUSES = (0, 1, 2, 3)

BASES = {
    "tune": "tune v.npz -o new.npz --jobs 1 --methods raw",
    "fit": "fit v.npz -o new.npz",
    "apply": "apply l.npz v.npz -o new.npz",
    "evaluate": "evaluate v.npz --resamples 20",
    "compare": "compare v.npz t.npz --jobs 1",
    "sweep": "sweep v.npz t.npz --method logit-adjust",
    "report": "report v.npz t.npz --layer l.npz -o new.html --no-sweeps --jobs 1",
    "flips": "flips v.npz --layer l.npz",
    "batch": "batch m.toml -o results",
    "weights": "weights v.npz",
    "export": "export l.npz --to onnx -o new.onnx",
    "partials": "partials v.npz -o new.npz",
    "merge": "merge c.npz -o new.npz",
    "blend": "blend v.npz v.npz -o new.npz",
    "inspect": "inspect v.npz",
    "demo": "demo -o new.npz",
    "help": "help ci",
    "completion": "completion bash",
}
"""A line of each command that works."""

SLOW = ("compare", "demo", "report", "sweep", "tune", "batch")


def world(folder):
    """Make good files, and odd ones; gives the names of the odd ones."""
    probs, labels = predictions(90, 3)
    names = np.array(["cat", "dog", "hen"])
    np.savez(folder / "v.npz", probs=probs, labels=labels, class_names=names)
    np.savez(folder / "t.npz", probs=probs[::-1], labels=labels[::-1], class_names=names)
    with Commands() as run:
        for line in (
            "fit v.npz -o l.npz --effect none",
            "fit v.npz -o l.json --effect none",
            "partials v.npz -o c.npz",
        ):
            assert run(line.split(), folder).status == 0, line
    run_table = '[[run]]\nname = "a"\nval = "v.npz"\nverb = "fit"\n'
    (folder / "m.toml").write_text(run_table)
    return good_kinds(folder, probs, labels) + odd_files(folder, probs)


def good_kinds(folder, probs, labels):
    """Files that are whole, where another kind is expected."""
    np.save(folder / "p.npy", probs)
    np.save(folder / "y.npy", labels)
    rows = "\n".join(",".join(map(str, [*row, label])) for row, label in zip(probs, labels, strict=True))
    (folder / "v.csv").write_text("prob_cat,prob_dog,prob_hen,label\n" + rows + "\n")
    for name in ("shards", "npys", "empty", "mixed"):
        (folder / name).mkdir()
    for i in range(2):
        np.savez(folder / f"shards/{i}.npz", probs=probs, labels=labels)
        np.save(folder / f"npys/{i}.npy", probs)
    shutil.copy(folder / "v.csv", folder / "mixed/a.csv")
    shutil.copy(folder / "v.npz", folder / "mixed/b.npz")
    made = (
        "p.npy",
        "y.npy",
        "v.csv",
        "shards",
        "npys",
        "empty",
        "mixed",
        "l.npz",
        "l.json",
        "c.npz",
        "m.toml",
        "*.npz",
    )
    return list(made)


def odd_files(folder, probs):
    """Files that nobody expects."""
    contents = {
        "nothing.npz": b"",
        "noise.npz": bytes(range(256)) * 9,
        "half.npz": (folder / "v.npz").read_bytes()[:700],
        "text.txt": b"1 2 3\n",
        "words.txt": b"cat\ndog\nhen\n",
        "list.json": b"[1, 2, 3]",
        "object.json": b'{"cat": 1, "dog": null, "hen": 1e400}',
        "deep.json": b"[" * 5000,
        "bad.toml": b"gates = 3\n[[run]]\n[run]\n",
        "gates.toml": b"gates = ['total >= 1%']\n",
        "nan.json": b"NaN",
        "nul.csv": bytes(5000),
        "half.json": (folder / "l.json").read_bytes()[:99],
        "page.html": b"<html>",
        "host.onnx": b"\x08\x07\x12\x03abc",
        "-dash.npz": (folder / "v.npz").read_bytes(),
        "line\nend.npz": (folder / "v.npz").read_bytes(),
        "a[1]*?.npz": (folder / "v.npz").read_bytes(),
        os.fsdecode(b"\xff\xfe.npz"): (folder / "v.npz").read_bytes(),
        "n" * 251 + ".npz": (folder / "v.npz").read_bytes(),
        "con.npz": (folder / "v.npz").read_bytes(),
        " .npz": (folder / "v.npz").read_bytes(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "loop.npz").symlink_to("loop.npz")
    (folder / "gone.npz").symlink_to("nowhere/x.npz")
    (folder / "link.npz").symlink_to("v.npz")
    os.mkfifo(folder / "fifo.npz")
    more = ["loop.npz", "gone.npz", "link.npz", "fifo.npz", "missing.npz", "missing/x.npz", "~", "~nobody/x.npz", "."]
    more += [
        "/",
        "/dev/null",
        "/dev/zero",
        "/dev/stdin",
        "",
        " ",
        "\n",
        "s3:/",
        "s3://",
        "x://y/z.npz",
        "file:///none.npz",
    ]
    more += ["http://localhost:1/x.npz", "n" * 300, "a/" * 3000, "v.npz/x", "memory://x.npz", "**", "[", "v.npz,t.npz"]
    return [*contents, *more]


def parameters(name):
    """Options and arguments of a command."""
    return importlib.import_module(f"classlift.cli.{name}").command.params


def lines(odd, name):
    """Every odd line of a command."""
    base = BASES[name].split()
    yield from ([name], base, [*base, "extra"], [*base, "--no-such-option"])
    for place in (i for i, word in enumerate(base) if i and "." in word and not base[i - 1].startswith("-")):
        yield from ([*base[:place], file, *base[place + 1 :]] for file in odd)
    for option in parameters(name):
        if isinstance(option, click.Option):
            yield from option_lines(base, option, odd)


def option_lines(base, option, odd):
    """The line of a command with one option more, or another value of it."""
    word = option.opts[-1] if option.opts[-1].startswith("--") else option.opts[0]
    known = [i for i, given in enumerate(base) if given in option.opts]
    rest = base if not known else [*base[: known[0]], *base[known[0] + 2 :]]
    if option.is_flag:
        yield from ([*base, flag] for flag in (*option.opts, *option.secondary_opts))
        yield [*base, f"{word}=1"]
        return
    yield [*rest, word]
    for value in values(option, odd):
        if value == "fifo.npz" and f"{word}=" in OUTPUTS:
            continue  # a pipe that nobody reads: whoever writes into it waits
        yield [*rest, f"{word}={value}"]


def values(option, odd):
    """Odd values for an option, by what it takes."""
    if isinstance(option.type, click.Choice):
        return [*option.type.choices, "", "x"]
    if isinstance(option.type, click.types.FloatParamType | click.types.IntParamType):
        return NUMBERS
    if isinstance(option.type, click.Path) or (option.metavar or "").isupper():
        said = CONDITIONS if option.metavar in ("CONDITION", "FIGURE") else ()
        return [*odd, *TEXTS, *NUMBERS, *said]
    return [
        *TEXTS,
        *NUMBERS,
        "1,2,3",
        "1e308,1,1",
        "nan,1,1",
        "cat=1",
        "cat=nan,dog=1,hen=1",
        "0pp",
        "nanpp",
        "1e999pp",
    ]


def state(folder):
    """What is in a folder, so that a change is seen."""
    return {path: state_of(path) for path in folder.rglob("*")}


def state_of(path):
    """What changes when a file does; a folder changes with what lies in it."""
    info = path.lstat()
    return "folder" if path.is_dir() and not path.is_symlink() else (info.st_ino, info.st_size, info.st_mtime_ns)


def wrong(ended):
    """What is wrong with how a line ended, or nothing."""
    errors = ended.stderr.splitlines()
    if ended.status not in STATUSES:
        return f"status {ended.status}: {errors[-2:]}"
    if "Traceback" in ended.stderr or "Warning" in ended.stderr or "Exception ignored" in ended.stderr:
        return f"said {errors[:3]}"
    if ended.status == 2 and (len(errors) < 2 or not errors[-1].startswith("fix: ")):
        return f"said {errors[:3]}"
    if ended.seconds > 20:
        return f"took {ended.seconds:.0f} s"
    return ""


def run_all(every=1, first=0, names=tuple(COMMANDS)):
    """How many lines were tried, and the findings; with `every` 4 each fourth, of slow commands each sixteenth."""
    findings, count = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder, kept = Path(name, "here"), Path(name, "kept")
        folder.mkdir()
        odd = world(folder)
        shutil.copytree(folder, kept, symlinks=True, ignore=shutil.ignore_patterns("fifo*"))
        before = state(folder)
        with Commands() as run:
            for command in names:
                if run(BASES[command].split(), folder).status:
                    findings.append(f"{command}: its line fails as it is, so that odd words in it show nothing")
                tidy(folder, kept, before)
                step = every * (4 if command in SLOW else 1)
                for words in itertools.islice(lines(odd, command), first % step, None, step):
                    count += 1
                    problem = wrong(run(words, folder, seconds=25)) or harm(words, folder, before)
                    findings += [f"{[word[:60] for word in words]}: {problem}"] if problem else []
                    tidy(folder, kept, before)
    return count, findings


def harm(words, folder, before):
    """What was lost or left behind."""
    after = state(folder)
    asked = {real(folder, word) for word in words if word.startswith(OUTPUTS)} - {
        real(folder, w) for w in words if w[:2] != "--"
    }
    lost = [path for path, known in before.items() if after.get(path) != known and real(folder, path) not in asked]
    left = [path.name for path in after if path.name.endswith(".part")]
    return f"lost {[path.name for path in lost]}, left {left}" if lost or left else ""


def real(folder, word):
    """The file that a word names, or the value of an option."""
    named = str(word).rpartition("=")[2] if str(word).startswith("--") else word
    return os.path.realpath(Path(folder, named))


def tidy(folder, kept, before):
    """Make the folder what it was."""
    after = state(folder)
    for path in sorted(set(after) - set(before), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for path in before:
        if after.get(path) != before[path]:
            shutil.copy2(kept / path.relative_to(folder), path, follow_symlinks=False)
            before[path] = state_of(path)
