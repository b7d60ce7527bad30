# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_wallet
from . import dvc_wallet_transfer
from . import dvc_wallet_entry
from . import dvc_wallet_hold
from . import dvc_wallet_seal
from . import dvc_wallet_refund
from . import dvc_wallet_refund_request
from . import dvc_wallet_api
from . import dvc_wallet_audit
from . import dvc_wallet_guards
from . import dvc_fee
from . import dvc_procedure
from . import dvc_receipt
from . import dvc_receipt_cancellation
from . import dvc_bank_statement
from . import dvc_bank_statement_line
from . import dvc_account
from . import dvc_dossier
from . import dvc_dossier_payment
from . import res_company
from . import dvc_account_personal_data
