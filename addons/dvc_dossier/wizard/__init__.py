# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_dossier_part
from . import dvc_dossier_answer
from . import dvc_dossier_assignment
from . import dvc_dossier_closing
from . import dvc_dossier_guidance_request
from . import dvc_dossier_intake
from . import dvc_dossier_postponement
from . import dvc_dossier_refusal
from . import dvc_register_export
from . import dvc_account_reveal
