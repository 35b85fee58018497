"""Read a report as a test needs it: its tables with raw values, its texts, its elements."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "img", "br"}


class Page(HTMLParser):
    """Sentences of its verdict, and tables as {caption: [rows of cells]}: a float or, where there is none, text."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.verdict, self.elements, self.open = {}, [], [], []
        self.rows, self.cell, self.caption, self.number = [], None, "", None
        self.feed(text)
        self.close()
        assert self.open == [], f"elements left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.elements.append((tag, attrs))
        if tag not in VOID:
            self.open.append((tag, attrs.get("class") or ""))
        if tag == "table":
            self.rows, self.caption = [], ""
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell, self.number = "", None
        elif tag == "data":
            self.number = float(attrs["value"])
        elif tag == "p" and attrs.get("class") in ("verdict", "who"):
            self.verdict.append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag, f"</{tag}> closes something else"
        if tag in ("td", "th") and self.cell is not None:
            self.rows[-1].append(self.cell if self.number is None else self.number)
            self.cell = None
        elif tag == "table":
            self.tables[self.caption.strip()] = self.rows

    def handle_data(self, text):
        if self.open and self.open[-1][0] == "caption":
            self.caption += text
        if self.open and self.open[-1] in (("p", "verdict"), ("p", "who")):
            self.verdict[-1] += text
        if self.cell is not None:
            self.cell += text

    def table(self, caption):
        """Heads and rows of a table."""
        return self.tables[caption][0], self.tables[caption][1:]

    def named(self, tag):
        """Attributes of all elements of a name."""
        return [attrs for name, attrs in self.elements if name == tag]
