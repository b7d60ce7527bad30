# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

from . import papers
from . import portal
from . import portal_checks
from . import portal_document
from . import portal_procedure
from . import portal_signature_file
from . import portal_submission
from . import portal_track
from . import portal_signature
