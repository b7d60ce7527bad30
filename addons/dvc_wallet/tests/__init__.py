# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import test_access
from . import test_bank_statement
from . import test_dialogs
from . import test_fee
from . import test_ledger
from . import test_personal_data
from . import test_portal
from . import test_receipt
from . import test_refund
from . import test_wallet_api
