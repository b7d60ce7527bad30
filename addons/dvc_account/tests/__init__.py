# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import test_access
from . import test_data_request
from . import test_account_api
from . import test_account_case
from . import test_guides
from . import test_certificate_application
from . import test_certificate_life
from . import test_certificate_match
from . import test_certificate_portal
from . import test_certificate_registration
from . import test_identity
from . import test_journal
from . import test_oidc
from . import test_otp
from . import test_outbox
from . import test_personal_data
from . import test_portal
from . import test_portal_personal_data
from . import test_secret
from . import test_secret_rotation
from . import test_settings
from . import test_signup
from . import test_signature
from . import test_account_finding
from . import test_account_import
from . import test_campaign
