"""The table: rows, budgets, and the three ways to print them."""

import json

# Section 7 of the design. 1 KB is 1000 B there. A figure above its budget breaks the build.
BUDGETS = {
    "import": 7000,
    "package": 600,
    "aio": 2000,
    "heap_get": 10500,
    "heap_door": 24 << 10,
    "heap_length": 11500,
    "heap_chunked": 11500,
    "heap_fetch": 13500,
    "heap_upload": 11500,
    "heap_multipart": 12500,
    "soak_length": 11500,
    "soak_chunked": 11500,
    "soak_fetch": 13500,
    "soak_upload": 11500,
    "soak_multipart": 12500,
    "locked_length": 0,
    "garbage": 2800,
    "calls": 12,
    "sends": 1,
    "post_sends": 1,
}

# What the core with all its checks really takes, where that is more than the budget: tools and tests hold it
# there, so that it can only fall. docs/benchmarks.md says what was tried.
CEILINGS = {
    "import": 14700,
    "heap_get": 19500,
    "heap_length": 21000,
    "heap_chunked": 21000,
    "heap_fetch": 31500,
    "heap_upload": 21600,
    "heap_multipart": 26800,
    "soak_length": 21000,
    "soak_chunked": 21000,
    "soak_fetch": 31500,
    "soak_upload": 21600,
    "soak_multipart": 26800,
    "garbage": 4700,
}

# Ratios to the floor that the project wants; printed, never enforced: they depend on the machine.
AIMS = {
    "import": 6000,
    "aio": 1600,
    "garbage": 1600,
    "calls": 8,
    "heap_get": 9000,
    "heap_length": 10000,
    "heap_chunked": 10000,
    "heap_upload": 10000,
    "micropython get": 1.8,
    "micropython secure": 1.2,
    "micropython content": 1.7,
    "micropython length": 1.2,
    "micropython chunk4": 1.7,
    "micropython chunk64": 1.7,
    "micropython upload": 1.2,
    "micropython upload64": 1.2,
    "cpython get": 2.2,
}

NAMES = {
    "floor": "floor",
    "mrequests": "mrequests",
    "requests": "requests",
    "uhttp": "uhttp-client",
    "chumicro": "chumicro-requests",
    "urllib3": "urllib3",
    "httpx": "httpx",
    "http_client": "http.client",
}


class Row:
    def __init__(self, group, key, name, unit, budget=None, aim=None):
        self.group, self.key, self.name, self.unit = group, key, name, unit
        self.budget, self.aim = budget, aim
        self.ceiling = CEILINGS.get(key) if budget is not None else None
        self.values = {}

    @property
    def verdict(self):
        """OK, OVER (above the budget, within the ceiling) or BROKEN; "not measured" without a figure."""
        if self.budget is None:
            return ""
        mine = self.values.get("mrequests")
        if mine is None:
            return "not measured"
        if isinstance(mine, str) or mine > max(self.budget, self.ceiling or 0):
            return "BROKEN"
        return "OK" if mine <= self.budget else "OVER"

    def limits(self):
        """Budget and aim, as text."""
        parts = []
        if self.budget is not None:
            parts.append("budget %s %s" % (shown(self.budget), self.verdict))
        if self.ceiling is not None:
            parts.append("ceiling %s" % shown(self.ceiling))
        if self.aim is not None:
            parts.append("aim %s" % shown(self.aim))
        return ", ".join(parts)


def shown(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return "%.0f" % value if value >= 100 else "%.3g" % value
    return str(value)


class Report:
    def __init__(self):
        self.versions = {}
        self.rows = []
        self.notes = []

    def row(self, group, key, name, unit, aim_key=None):
        """Start a row and return it, for its values to be filled in."""
        row = Row(group, key, name, unit, None if aim_key else BUDGETS.get(key), AIMS.get(aim_key or key))
        self.rows.append(row)
        return row

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def broken(self):
        return [row for row in self.rows if row.verdict == "BROKEN"]

    def over(self):
        return [row for row in self.rows if row.verdict == "OVER"]

    def unmeasured(self):
        return [row for row in self.rows if row.verdict == "not measured"]

    def groups(self):
        """(group, clients in the order of NAMES, rows)."""
        for group in dict.fromkeys(row.group for row in self.rows):
            rows = [row for row in self.rows if row.group == group]
            yield group, [c for c in NAMES if any(c in row.values for row in rows)], rows

    def text(self):
        lines = ["%s: %s" % item for item in self.versions.items()]
        for group, clients, rows in self.groups():
            lines += ["", group]
            head = ["", "unit", *(NAMES[c] for c in clients), ""]
            lines += aligned([head] + [cells(row, clients) for row in rows])
        return "\n".join(lines + [""] + ["* " + note for note in self.notes]) + "\n"

    def markdown(self):
        lines = []
        for group, clients, rows in self.groups():
            head = [group, "unit", *(NAMES[c] for c in clients), "budget, aim"]
            lines += ["| %s |" % " | ".join(head), "| --- | --- |%s --- |" % (" ---: |" * len(clients))]
            lines += ["| %s |" % " | ".join(cells(row, clients)) for row in rows] + [""]
        lines += ["- " + note for note in self.notes]
        lines += ["- %s: %s" % item for item in self.versions.items()]
        return "\n".join(lines) + "\n"

    def json(self):
        rows = [dict(vars(row), verdict=row.verdict) for row in self.rows]
        return json.dumps({"versions": self.versions, "rows": rows, "notes": self.notes}, indent=1) + "\n"


def cells(row, clients):
    return [row.name, row.unit, *(shown(row.values.get(c)) for c in clients), row.limits()]


def aligned(table):
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(w) if n in (0, 1, last) else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(line, widths))
        ).rstrip()
        for line in table
    ]
