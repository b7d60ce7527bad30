# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import test_access
from . import test_handover
from . import test_personal_data
from . import test_portal
from . import test_result_api
from . import test_signing
from . import test_verify_page
from . import test_result_signature
