# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The file as it was signed beside the file as it is: what is shown must be the same, value by value.

The library follows which objects a later revision wrote, and asks of each whether its writing was
allowed. Whoever makes a file can have one object mean several things, so here the two documents
are walked from their catalogues side by side and only what is shown counts, whatever its number.
Allowed are the widgets of later signatures and what archives their proof; each later signature is
judged by ``later_fields``.
"""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import enumerate_sig_fields

from .document import Reader

CHANGED, FORM_CHANGED = "changed", "form_changed"
# What a catalogue or a page may gain without being shown otherwise.
NOT_SHOWN = {
    "root": frozenset({"/DSS", "/Extensions", "/Metadata", "/Version", "/MarkInfo", "/StructTreeRoot"}),
    "form": frozenset({"/SigFlags"}),
}
BY_TYPE = {"/Catalog": "root", "/Page": "page", "/Pages": "pages"}
LISTS = {("page", "/Annots"): "annotations", ("form", "/Fields"): "fields", ("field", "/Kids"): "fields"}
MEMBERS = {"annotations": "annotation", "fields": "field"}
# What fields are drawn with where a viewer draws them itself.
DRAWN_WITH = ("/DR", "/DA")
REFERENCES_MAX = 10
DEPTH_MAX = 50


class Differs(Exception):
    """What was signed shows otherwise now; ``reason`` is of ``reasons.VERDICTS``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def changed(before: Reader, after: Reader, end: int) -> str:
    """Return the reason why a file no longer shows what was signed; empty: it does.

    :param before: of the file as it ended when it was signed
    :param after: of the whole file
    :param end: where it ended then
    """
    try:
        Comparison(before, after, end).run()
    except Differs as difference:
        return difference.reason
    except (PdfError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return CHANGED
    return ""


class Comparison:
    """One walk through both documents, without recursion: what is nested deeply exhausts nothing."""

    def __init__(self, before: Reader, after: Reader, end: int):
        self._before, self._after, self._end = before, after, end
        judged = {reference.idnum for _name, _value, reference in enumerate_sig_fields(after)}
        fields = Fields(before, judged)
        self._signatures, self._has_other_fields = fields.signatures, fields.has_others
        self._later = Fields(after, judged).signatures
        self._seen: set[tuple] = set()
        self._waiting: list[tuple] = [(before.root, after.root, "root")]

    def run(self) -> None:
        """Walk both documents.

        :raise Differs: at the first difference that is shown
        """
        while self._waiting:
            before, after, role = self._waiting.pop()
            self._compare(before, after, role)

    def _compare(self, before, after, role: str) -> None:
        if isinstance(before, generic.IndirectObject) and isinstance(after, generic.IndirectObject):
            if role in ("annotation", "field") and before.idnum == after.idnum and before.idnum in self._signatures:
                return  # judged as a signature's field
            step = (before.idnum, before.generation, after.idnum, after.generation, role)
            if step in self._seen:
                return
            self._seen.add(step)
            one_number = (before.idnum, before.generation) == (after.idnum, after.generation)
            same = self._after.same_as_in(self._before, before.reference, self._end) if one_number else None
            if same is not None:
                before = after = same
        before, after = _value(before, self._before), _value(after, self._after)
        if isinstance(before, generic.DictionaryObject) and isinstance(after, generic.DictionaryObject):
            self._compare_dictionaries(before, after, role)
        elif isinstance(before, generic.ArrayObject) and isinstance(after, generic.ArrayObject):
            self._compare_lists(_items(before), _items(after), role)
        elif not _same(before, after):
            _differ(role)

    def _compare_dictionaries(self, before, after, role: str) -> None:
        role, skipped = _role(before, role), set()
        if isinstance(before, generic.StreamObject) or isinstance(after, generic.StreamObject):
            skipped = {"/Length"}
            if before is not after and getattr(before, "encoded_data", 0) != getattr(after, "encoded_data", 1):
                _differ(role)
        for key in {*before, *after} - skipped - NOT_SHOWN.get(role, frozenset()):
            if key not in before and self._may_come(role, key, after):
                continue
            if key not in before or key not in after:
                _differ(role)
            self._waiting.append((before.raw_get(key), after.raw_get(key), _child_role(role, key)))

    def _may_come(self, role: str, key: str, after) -> bool:
        """Tell whether an entry that was not there shows nothing but later signatures."""
        if (role, key) in LISTS and role != "field":
            items = _value(after.raw_get(key), self._after)
            return isinstance(items, generic.ArrayObject) and all(map(self._is_later, _items(items)))
        return role == "form" and key in DRAWN_WITH and not self._has_other_fields

    def _compare_lists(self, before: list, after: list, role: str) -> None:
        if role in MEMBERS:
            role, after = MEMBERS[role], [item for item in after if not self._is_later(item)]
        if len(before) != len(after):
            _differ(role)
        self._waiting += [(one, other, role) for one, other in zip(before, after, strict=True)]

    def _is_later(self, item) -> bool:
        """Tell whether a member of a list is a signature's, and was not there before."""
        known = isinstance(item, generic.IndirectObject) and item.idnum in self._later
        return known and item.idnum not in self._signatures


def _differ(role: str):
    raise Differs(FORM_CHANGED if role in ("form", "field", "fields") else CHANGED)


def _role(before, role: str) -> str:
    """Return what a dictionary is: by its place, else by what it says of itself."""
    if role in ("form", "field"):
        return role
    if "/FT" in before or ("/T" in before and "/Kids" in before):
        return "field"
    return BY_TYPE.get(str(before.get("/Type", "")), role)


def _child_role(role: str, key: str) -> str:
    inherited = "field" if role in ("form", "field") and key in ("/Parent", "/AP", "/V", *DRAWN_WITH) else ""
    return LISTS.get((role, key)) or ("form" if (role, key) == ("root", "/AcroForm") else inherited)


def _value(item, reader: Reader):
    """Return what an item stands for in a file; one that was never written is null.

    :param reader: of the file; the item itself may have been read by another
    """
    for _step in range(REFERENCES_MAX):
        if not isinstance(item, generic.IndirectObject):
            return item
        try:
            item = reader.get_object(item.reference)
        except (PdfError, KeyError):
            return generic.NullObject()
    raise Differs(CHANGED)


def _items(array: generic.ArrayObject) -> list:
    return [array.raw_get(number) for number in range(len(array))]


def _same(before, after) -> bool:
    numbers = (generic.NumberObject, generic.FloatObject)
    if isinstance(before, numbers) and isinstance(after, numbers):
        return float(before) == float(after)
    return type(before) is type(after) and before == after


class Fields:
    """The fields of a form: which objects are signatures' and nothing else, without reading the signatures.

    :param judged: the numbers of the fields whose signatures are judged; no other is taken for one
    """

    def __init__(self, reader: Reader, judged: set[int]):
        self._reader = reader
        self.signatures: set[int] = set()
        self.has_others = False
        self._judged = judged
        self._seen: set[int] = set()
        form = _value(reader.root.raw_get("/AcroForm"), reader) if "/AcroForm" in reader.root else None
        for item in self._members(form, "/Fields"):
            self.has_others |= not self._take(item, "", None, DEPTH_MAX)

    def _take(self, item, kind: str, parent: int | None, depth: int) -> bool:
        """Take a field, and tell whether it is a signature's, or a group of nothing but such."""
        number, field = getattr(item, "idnum", None), _value(item, self._reader)
        if number in self._seen or not depth or not isinstance(field, generic.DictionaryObject):
            return False
        self._seen.add(number)
        kind = str(_value(field.raw_get("/FT"), self._reader)) if "/FT" in field else kind
        kids = [self._take(kid, kind, number, depth - 1) for kid in self._members(field, "/Kids")]
        is_signature = all(kids) if kids else kind == "/Sig" and bool({number, parent} & self._judged)
        if is_signature and number is not None:
            self.signatures.add(number)
        return is_signature

    def _members(self, container, key: str) -> list:
        there = isinstance(container, generic.DictionaryObject) and key in container
        found = _value(container.raw_get(key), self._reader) if there else None
        return _items(found) if isinstance(found, generic.ArrayObject) else []
