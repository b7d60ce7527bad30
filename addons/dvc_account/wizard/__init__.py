# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_account_decision
from . import dvc_account_standardization
from . import dvc_certificate_decision
