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
