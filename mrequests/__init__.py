"""HTTP client for MicroPython and CPython."""

from .mrequests import (
    Connection,
    RequestContext,
    Response,
    delete,
    encode_basic_auth,
    get,
    head,
    options,
    parse_url,
    patch,
    post,
    put,
    request,
)
