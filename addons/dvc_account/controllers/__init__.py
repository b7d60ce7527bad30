# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import guides
from . import account_import
from . import certificates
from . import home
from . import journal_export
from . import password_reset
from . import standardize
from . import vneid
from . import demo_phone
from . import personal_data
