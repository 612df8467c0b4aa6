"""The headers of a response as a mapping, for parse_headers=True."""


def _text(data):
    # Field values may hold any byte; boards have no latin-1 codec.
    try:
        return data.decode()
    except UnicodeError:
        return "".join([chr(c) for c in data])


class Headers:
    """A mapping of header names in any case to values; a repeated header is joined with ", "."""

    def __init__(self):
        self.fields = []

    def append(self, line):
        """Take a header line; one that begins with white space goes on with the last."""
        line = _text(line.rstrip(b"\r\n"))
        i = line.find(":")
        if line[:1] in (" ", "\t"):
            if self.fields:
                name, value = self.fields[-1]
                self.fields[-1] = name, value + " " + line.strip()
        elif i > 0:
            self.fields.append((line[:i].rstrip(), line[i + 1 :].strip()))

    def get_all(self, name):
        """Return the values of a header, one for each time it was sent."""
        name = name.lower()
        return [value for key, value in self.fields if key.lower() == name]

    def get(self, name, default=None):
        """Return the value of a header, default where there is none."""
        values = self.get_all(name)
        return ", ".join(values) if values else default

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name):
        return self.get(name) is not None

    def __iter__(self):
        seen = []
        for name, _ in self.fields:
            if name.lower() not in seen:
                seen.append(name.lower())
                yield name

    def keys(self):
        """Return the names as they were sent, each once."""
        return [name for name in self]

    def values(self):
        """Return the values, in the order of keys()."""
        return [self[name] for name in self]

    def items(self):
        """Return pairs of name and value, in the order of keys()."""
        return [(name, self[name]) for name in self]

    def __len__(self):
        return len(self.keys())

    def __repr__(self):
        return repr(dict(self.items()))


def parsing(base, parse):
    """Return a response class that keeps its headers: in a mapping, or as the function parse does."""

    class ParsedResponse(base):
        def __init__(self, *args, **kw):
            super().__init__(*args, **kw)
            self.headers = {} if callable(parse) else Headers()

        def add_header(self, data):
            if callable(parse):
                parse(data, self.headers)
            else:
                self.headers.append(data)

    return ParsedResponse
