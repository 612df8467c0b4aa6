from typing import TypeVar

from .mrequests import Response

_R = TypeVar("_R", bound=Response)

IDEMPOTENT: tuple[str, ...]

def persistent(base: type[_R]) -> type[_R]: ...
