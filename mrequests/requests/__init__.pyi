from .api import delete as delete
from .api import get as get
from .api import head as head
from .api import options as options
from .api import patch as patch
from .api import post as post
from .api import put as put
from .api import request as request
from .models import PreparedRequest as PreparedRequest
from .models import Request as Request
from .response import Response as Response
from .sessions import Session as Session
from .sessions import session as session

__title__: str
__version__: str
from . import adapters as adapters
from . import api as api
from . import auth as auth
from . import certs as certs
from . import compat as compat
from . import cookies as cookies
from . import exceptions as exceptions
from . import hooks as hooks
from . import models as models
from . import sessions as sessions
from . import status_codes as status_codes
from . import structures as structures
from . import utils as utils
from .exceptions import (
    ConnectionError as ConnectionError,
)
from .exceptions import (
    ConnectTimeout as ConnectTimeout,
)
from .exceptions import (
    FileModeWarning as FileModeWarning,
)
from .exceptions import (
    HTTPError as HTTPError,
)
from .exceptions import (
    JSONDecodeError as JSONDecodeError,
)
from .exceptions import (
    ReadTimeout as ReadTimeout,
)
from .exceptions import (
    RequestException as RequestException,
)
from .exceptions import (
    Timeout as Timeout,
)
from .exceptions import (
    TooManyRedirects as TooManyRedirects,
)
from .exceptions import (
    URLRequired as URLRequired,
)
from .status_codes import codes as codes

__all__ = [
    "ConnectTimeout",
    "ConnectionError",
    "FileModeWarning",
    "HTTPError",
    "JSONDecodeError",
    "PreparedRequest",
    "ReadTimeout",
    "Request",
    "RequestException",
    "Response",
    "Session",
    "Timeout",
    "TooManyRedirects",
    "URLRequired",
    "codes",
    "request",
    "session",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "adapters",
    "api",
    "auth",
    "certs",
    "compat",
    "cookies",
    "exceptions",
    "hooks",
    "models",
    "sessions",
    "status_codes",
    "structures",
    "utils",
]
