"""Mappings: names of headers in any case of letters, and names as attributes."""

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from collections.abc import MutableMapping as _Mapping

    _Store = dict
else:
    # A dict of MicroPython keeps no order.
    from collections import OrderedDict as _Store

    _Mapping = object


class CaseInsensitiveDict(_Mapping):
    """A mapping of names, in any case of letters; it remembers the case they were last set with."""

    def __init__(self, data=None, **kwargs):
        self._store = _Store()
        if data is not None:
            self.update(data)
        if kwargs:
            self.update(kwargs)

    def __setitem__(self, key, value):
        self._store[key.lower()] = key, value

    def __getitem__(self, key):
        return self._store[key.lower()][1]

    def __delitem__(self, key):
        del self._store[key.lower()]

    def __contains__(self, key):
        return key.lower() in self._store

    def __iter__(self):
        return iter([pair[0] for pair in self._store.values()])

    def __len__(self):
        return len(self._store)

    def get(self, key, default=None):
        """Return the value of a name, default where there is none."""
        pair = self._store.get(key.lower())
        return pair[1] if pair else default

    def update(self, data=(), **kwargs):
        """Set all names of a mapping, or of pairs."""
        if isinstance(data, CaseInsensitiveDict):
            self._store.update(data._store)
        else:
            for key, value in data.items() if hasattr(data, "items") else data:
                self[key] = value
        for key in kwargs:
            self[key] = kwargs[key]

    def copy(self):
        """Return another with the same content."""
        return CaseInsensitiveDict(self)

    def __repr__(self):
        return str(dict(self.items()))

    if _CPYTHON:

        def lower_items(self):
            """Yield pairs of name in lower case and value."""
            return ((key, pair[1]) for key, pair in self._store.items())

        def __eq__(self, other):
            if not isinstance(other, CaseInsensitiveDict):
                if not hasattr(other, "keys"):
                    return NotImplemented
                other = CaseInsensitiveDict(other)
            return dict(self.lower_items()) == dict(other.lower_items())
    else:

        def items(self):
            """Return pairs of name and value."""
            return list(self._store.values())

        def keys(self):
            """Return the names."""
            return list(self)

        def values(self):
            """Return the values."""
            return [pair[1] for pair in self._store.values()]

        def pop(self, key, *default):
            """Take a name away and return its value."""
            if default and key not in self:
                return default[0]
            return self._store.pop(key.lower())[1]

        def setdefault(self, key, default=None):
            """Return the value of a name, after setting it where there was none."""
            if key not in self:
                self[key] = default
            return self[key]


def parse_headers(lines):
    """Return header lines as a mapping; what came several times is joined with commas."""
    made = CaseInsensitiveDict()
    name = None
    for line in lines:
        line = _line(line)
        i = line.find(":")
        if line[:1] in (" ", "\t"):
            if name:
                made[name] += " " + line.strip()
        elif i > 0:
            name = line[:i].rstrip()
            value = line[i + 1 :].strip()
            if name in made:
                name, first = made._store[name.lower()]
                value = first + ", " + value
            made[name] = value
    return made


def _line(data):
    if _CPYTHON:
        return str(data, "latin-1")
    try:
        return data.decode()
    except UnicodeError:
        return "".join([chr(c) for c in data])


class LookupDict(dict):
    """Names as attributes; None for one that is not there."""

    def __init__(self, name=None):
        self.name = name
        super().__init__()

    def __repr__(self):
        return "<lookup '%s'>" % self.name

    def __getattr__(self, key):
        raise AttributeError(key)

    def __getitem__(self, key):
        return self.get(key)

    def get(self, key, default=None):
        """Return what an attribute of this name is, default where there is none."""
        return getattr(self, key, default)
