# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_dossier
from . import dvc_handover
from . import dvc_result
from . import dvc_result_api
from . import dvc_result_gate
from . import dvc_signature
from . import dvc_result_checking
from . import dvc_account_personal_data
from . import res_config_settings
from . import dvc_result_check
from . import dvc_signature_check
from . import dvc_result_signing
from . import dvc_result_phone
