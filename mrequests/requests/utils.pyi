from typing import Any, Union

from .environ import address_in_network as address_in_network
from .environ import dotted_netmask as dotted_netmask
from .environ import environment as environment
from .environ import get_environ_proxies as get_environ_proxies
from .environ import get_netrc_auth as get_netrc_auth
from .environ import guess_json_utf as guess_json_utf
from .environ import is_ipv4_address as is_ipv4_address
from .environ import is_valid_cidr as is_valid_cidr
from .environ import prepend_scheme_if_needed as prepend_scheme_if_needed
from .environ import resolve_proxies as resolve_proxies
from .environ import select_proxy as select_proxy
from .environ import set_environ as set_environ
from .environ import should_bypass_proxies as should_bypass_proxies
from .exceptions import InvalidHeader as InvalidHeader
from .exceptions import UnrewindableBodyError as UnrewindableBodyError
from .fields import get_encoding_from_headers as get_encoding_from_headers
from .fields import parse_dict_header as parse_dict_header
from .fields import parse_header_links as parse_header_links
from .fields import parse_list_header as parse_list_header
from .fields import unquote_header_value as unquote_header_value
from .models import PreparedRequest
from .sessions import default_headers as default_headers
from .sessions import default_user_agent as default_user_agent
from .structures import CaseInsensitiveDict as CaseInsensitiveDict

_Url = Union[str, bytes, Any]

def check_header_validity(header: Any) -> Any: ...
def unquote_unreserved(uri: str) -> Any: ...
def requote_uri(uri: str) -> Any: ...
def get_auth_from_url(url: _Url) -> Any: ...
def urldefragauth(url: _Url) -> Any: ...
def to_key_val_list(value: Any) -> Any: ...
def iter_slices(string: Any, slice_length: Any) -> Any: ...
def super_len(o: Any) -> Any: ...
def guess_filename(obj: Any) -> Any: ...
def rewind_body(prepared_request: PreparedRequest) -> Any: ...
