"""Make the pictures of the README from the sample: `python tests/readme_pictures.py sample_data/pictures`.

The page is looked at in Chromium, light and dark; the terminal becomes an SVG of its text.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from support.browser import chromium
from support.process import classlift
from support.terminal import in_terminal

SAMPLE = Path(__file__).parents[1] / "sample_data"
TERMINAL = "terminal.svg"
PAGES = {"light": "page-light.png", "dark": "page-dark.png"}
WINDOW = {"width": 1060, "height": 980}

FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }} {styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}"
height="{terminal_height}"/></clipPath>{lines}</defs>{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def prepare(folder):
    """A user's folder with the sample, a tuned layer and the page that explains it."""
    for name in ("val.npz", "test.npz"):
        shutil.copy(SAMPLE / name, Path(folder) / name)
    report = ["report", "val.npz", "test.npz", "--layer", "layer.npz", "-o", "page.html"]
    for words in (["tune", "val.npz", "-o", "layer.npz"], report):
        done = classlift(*words, "--quiet", cwd=folder)
        assert done.returncode == 0, done.stderr


def terminal_picture(folder):
    """The class table of `evaluate` as a terminal shows it, as SVG."""
    shown = in_terminal("evaluate", "test.npz", "--layer", "layer.npz", columns=150, cwd=folder)
    table = shown[shown.index("classes, worst") - 10 :]
    table = table[table.index("\x1b") :].rstrip("\n")
    command = "$ classlift evaluate test.npz --layer layer.npz\n…\n"
    console = Console(record=True, width=146, file=io.StringIO(), force_terminal=True)
    console.print(Text(command, end="") + Text.from_ansi(table), soft_wrap=True)
    return console.export_svg(title="classlift", theme=MONOKAI, code_format=FRAME, unique_id="terminal")


def page_pictures(browser, folder):
    """The first screen of the page, as PNG of few colours, by name."""
    from PIL import Image

    found = {}
    for scheme, name in PAGES.items():
        context = browser.new_context(viewport=WINDOW, color_scheme=scheme, device_scale_factor=1.5)
        page = context.new_page()
        page.goto((Path(folder) / "page.html").as_uri())
        page.add_style_tag(content=".notes, section:nth-of-type(1) .scroll { display: none }")
        image = Image.open(io.BytesIO(page.screenshot()))
        buffer = io.BytesIO()
        image.convert("RGB").quantize(160).save(buffer, "PNG", optimize=True)
        found[name] = buffer.getvalue()
        context.close()
    return found


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        (out / TERMINAL).write_text(terminal_picture(folder), encoding="utf-8")
        with chromium() as browser:
            for name, content in page_pictures(browser, folder).items():
                (out / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
