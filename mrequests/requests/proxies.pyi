import ssl
from collections.abc import Mapping
from typing import Any, Optional, Union

from .adapters import BaseAdapter
from .pool import Kept

_Timeout = Union[float, tuple[Optional[float], Optional[float]], None]
_Verify = Union[bool, str, ssl.SSLContext, None]

def find(
    adapter: BaseAdapter, request: Any, proxies: Optional[Mapping[str, str]], verify: _Verify
) -> Any: ...

class Proxied(Kept):
    def __init__(self, timeout: _Timeout, deadline: Optional[float], proxy: Any) -> None: ...
    def key(self, context: Any) -> Any: ...
    def exchange(self, context: Any, *args: Any) -> Any: ...
    def connect(self, context: Any) -> Any: ...
