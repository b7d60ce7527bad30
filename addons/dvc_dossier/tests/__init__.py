# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import test_access
from . import test_calendar
from . import test_catalogue
from . import test_changes
from . import test_codes
from . import test_demo
from . import test_documents
from . import test_dossier_api
from . import test_flow
from . import test_guidance
from . import test_papers
from . import test_personal_data
from . import test_portal
from . import test_query_counts
from . import test_recheck
from . import test_signature_tasks
from . import test_signature_file
from . import test_signature_panel
from . import test_signature_portal
from . import test_signature_vault
from . import test_signer_match
from . import test_sla
