from typing import Union, overload

_Bytes = Union[bytes, bytearray, memoryview]

@overload
def parse_qsl(
    qs: Union[str, None],
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    encoding: str = "utf-8",
    errors: str = "replace",
    max_num_fields: Union[int, None] = None,
    separator: Union[str, bytes] = "&",
) -> list[tuple[str, str]]: ...
@overload
def parse_qsl(
    qs: _Bytes,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    encoding: str = "utf-8",
    errors: str = "replace",
    max_num_fields: Union[int, None] = None,
    separator: Union[str, bytes] = "&",
) -> list[tuple[bytes, bytes]]: ...
@overload
def parse_qs(
    qs: Union[str, None],
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    encoding: str = "utf-8",
    errors: str = "replace",
    max_num_fields: Union[int, None] = None,
    separator: Union[str, bytes] = "&",
) -> dict[str, list[str]]: ...
@overload
def parse_qs(
    qs: _Bytes,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    encoding: str = "utf-8",
    errors: str = "replace",
    max_num_fields: Union[int, None] = None,
    separator: Union[str, bytes] = "&",
) -> dict[bytes, list[bytes]]: ...
