import ssl
from typing import Any, Union

_Verify = Union[bool, str, ssl.SSLContext, None]
_Cert = Union[str, tuple[str, str], None]

def where() -> Any: ...
def context(verify: _Verify, cert: _Cert) -> Any: ...
