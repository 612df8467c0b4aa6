"""Names that code written for requests takes from here; only on CPython."""

import json
from json import JSONDecodeError

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    from collections import OrderedDict
    from collections.abc import Callable, Mapping, MutableMapping
    from http import cookiejar as cookielib
    from http.cookies import Morsel
    from io import StringIO
    from urllib.parse import (
        quote,
        quote_plus,
        unquote,
        unquote_plus,
        urldefrag,
        urlencode,
        urljoin,
        urlparse,
        urlsplit,
        urlunparse,
    )
    from urllib.request import getproxies, getproxies_environment, parse_http_list, proxy_bypass

    is_py2, is_py3 = False, True
    has_simplejson = False
    builtin_str = str
    str = str
    bytes = bytes
    basestring = (str, bytes)
    numeric_types = (int, float)
    integer_types = (int,)
