import ssl
from typing import Union

def context(verify: Union[bool, str, bytes, ssl.SSLContext] = True) -> ssl.SSLContext: ...
