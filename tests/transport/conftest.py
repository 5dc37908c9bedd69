"""What this system has no programs for is not tested, which is said at the end."""

from tests.conftest import BINARIES
from tests.support.programs import NGINX

collect_ignore = [] if BINARIES and NGINX else ["test_replicas.py"]
