import ssl
from typing import Any, Union

def context(verify: Union[bool, str, bytes, ssl.SSLContext] = True) -> ssl.SSLContext: ...

class Later:
    made: Union[ssl.SSLContext, None]
    verify: Union[bool, str, bytes, ssl.SSLContext]
    def __init__(self, verify: Union[bool, str, bytes, ssl.SSLContext]) -> None: ...
    def wrap_socket(self, sock: Any, **kw: Any) -> Any: ...
