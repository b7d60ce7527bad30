# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What a PDF does beyond showing pages: told to whoever opens it, and no part of a signature's verdict.

Looked for where a viewer would act: at opening, at pages, annotations and fields. What a name is
hidden behind (escapes, compressed objects) is resolved by the reader; nothing is run or inflated.
"""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

# What is visited of one file; the rest is not looked at.
NODES_MAX = 5000
ACTIONS = {
    "/JavaScript": "javascript",
    "/Rendition": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit",
    "/ImportData": "remote",
    "/GoToR": "remote",
    "/GoToE": "remote",
}
ANNOTATIONS = {
    "/RichMedia": "media",
    "/Screen": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/3D": "media",
    "/FileAttachment": "attachment",
}
# Where actions and what leads to them are; everything else only shows.
ACTING = ("/OpenAction", "/A", "/Next", "/PA")
LEADING = ("/Pages", "/Kids", "/Annots", "/AcroForm", "/Fields")


def kinds(reader: PdfFileReader) -> list[str]:
    """Return what a PDF does: javascript, launch, submit, remote, media, attachment, xfa."""
    try:
        return sorted(_look(reader.root))
    except (PdfError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return []


def _look(root) -> set[str]:
    found, seen, waiting = _named(root), set(), [root]
    while waiting and len(seen) < NODES_MAX:
        node = waiting.pop()
        if isinstance(node, generic.IndirectObject):
            if node.reference in seen:
                continue
            seen.add(node.reference)
            node = node.get_object()
        if isinstance(node, generic.ArrayObject):
            waiting += [node.raw_get(number) for number in range(len(node))]
        elif isinstance(node, generic.DictionaryObject):
            found |= _acts(node)
            waiting += _leads(node)
    return found


def _named(root) -> set[str]:
    """Return what the catalogue names: scripts run at opening, files carried along, forms drawn by programs."""
    names = root.get("/Names", {})
    found = {kind for key, kind in (("/JavaScript", "javascript"), ("/EmbeddedFiles", "attachment")) if key in names}
    return found | ({"xfa"} if "/XFA" in root.get("/AcroForm", {}) else set())


def _acts(node) -> set[str]:
    found = (ACTIONS.get(str(node.get("/S", ""))), ANNOTATIONS.get(str(node.get("/Subtype", ""))))
    return {kind for kind in found if kind} | ({"javascript"} if "/JS" in node else set())


def _leads(node) -> list:
    """Return what to look at next; of additional actions every one."""
    triggers = node.get("/AA", {})
    actions = [triggers.raw_get(key) for key in triggers] if isinstance(triggers, generic.DictionaryObject) else []
    return actions + [node.raw_get(key) for key in (*ACTING, *LEADING) if key in node]
