from typing import Any, Callable, Union

_Bytes = Union[bytes, bytearray, memoryview]

def quote(
    string: Union[str, _Bytes],
    safe: Union[str, bytes] = "/",
    encoding: Union[str, None] = None,
    errors: Union[str, None] = None,
) -> str: ...
def requote(url: Union[str, _Bytes]) -> bytes: ...
def quote_plus(
    string: Union[str, _Bytes],
    safe: Union[str, bytes] = "",
    encoding: Union[str, None] = None,
    errors: Union[str, None] = None,
) -> str: ...
def urlencode(
    query: Any,
    doseq: bool = False,
    safe: Union[str, bytes] = "",
    encoding: Union[str, None] = None,
    errors: Union[str, None] = None,
    quote_via: Callable[..., str] = ...,
) -> str: ...
def form(fields: Any) -> str: ...
