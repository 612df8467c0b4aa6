from typing import Union

_Bytes = Union[bytes, bytearray, memoryview]

def unquote_to_bytes(string: Union[str, _Bytes]) -> bytes: ...
def unquote(
    string: Union[str, _Bytes], encoding: Union[str, None] = "utf-8", errors: Union[str, None] = "replace"
) -> str: ...
def unquote_plus(
    string: Union[str, _Bytes], encoding: Union[str, None] = "utf-8", errors: Union[str, None] = "replace"
) -> str: ...
