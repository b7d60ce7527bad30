# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_append_only
from . import dvc_guarded
from . import dvc_sealed
from . import dvc_secret
from . import dvc_secret_rotation
from . import dvc_attempt
from . import dvc_account
from . import dvc_account_api
from . import dvc_account_otp
from . import dvc_identity_source
from . import dvc_account_standardize
from . import dvc_journal
from . import dvc_journal_seal
from . import dvc_otp
from . import dvc_outbox
from . import dvc_certificate
from . import dvc_signature_check
from . import dvc_signature
from . import dvc_trust_anchor
from . import dvc_unit
from . import ir_actions_report
from . import ir_http
from . import res_company
from . import res_users
