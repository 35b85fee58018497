"""A renderer: dots between the cells. It would be `output/render/dots.py`."""

from classlift.output.render import RENDERERS
from classlift.output.render.values import show


def render(tables):
    """Write each table as a title, a head and rows."""
    lines = []
    for table in tables:
        lines += [[table.title], table.columns, *table.rows]
    return "".join(" · ".join(map(show, cells)) + "\n" for cells in lines)


RENDERERS["dots"] = render
