import builtins

is_py2: bool
is_py3: bool
has_simplejson: bool
builtin_str = builtins.str
str = builtins.str
bytes = builtins.bytes
basestring: tuple[type, ...]
numeric_types: tuple[type, ...]
integer_types: tuple[type, ...]
