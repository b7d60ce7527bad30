# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import dvc_evidence
from . import dvc_account_case_answer
from . import dvc_account_decision
from . import dvc_account_standardization
from . import dvc_account_reveal
from . import dvc_data_request_decision
from . import dvc_data_request_filing
from . import dvc_campaign_invitation
from . import dvc_campaign_selection
from . import dvc_certificate_decision
from . import dvc_message_test
from . import dvc_journal_export
from . import dvc_trust_anchor_upload
from . import dvc_signature_opinion_entry
from . import dvc_certificate_picture
