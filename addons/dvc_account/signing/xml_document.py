# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""A signed XML document, read so that nothing but the file itself has a say, and what of it a signature covers."""

import copy
import io
from dataclasses import dataclass

from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
SIGNATURE, OBJECT = f"{DS}Signature", f"{DS}Object"
PARTS = frozenset({"SignedInfo", "SignatureValue", "Reference", "KeyInfo", "X509Data"})
LOOKALIKES = ("{*}SignedInfo", "{*}SignatureValue")
XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"
# The attributes that hold an identifier, by whose reading soever.
IDENTIFIERS = ("Id", "ID", "id", f"{XML_NAMESPACE}id")
ENCODINGS = frozenset({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "ASCII", "US-ASCII", "ISO-8859-1"})
# Canonical forms, and whether each is an exclusive one. Comments are never in what a reference within
# the document names (XML Signature 1.1, section 4.4.3.3), so forms with and without them are the same here.
CANONICAL = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": False,
    "http://www.w3.org/2006/12/xml-c14n11": False,
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": False,
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": True,
}
DEFAULT_CANONICAL = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
# Published forms whose signature covers the data and not the frame around it: the frame, the data, where the
# signatures stand. Invoices (Quyết định 1450/QĐ-TCT), tax returns.
FRAMES = (("HDon", "DLHDon", "DSCKS"), ("HSoThueDTu", "HSoKhaiThue", "CKyDTu"))
# Messages of the tax authority, and forms with more beside the data than signatures.
FORMS = frozenset({frame for frame, _data, _place in FRAMES} | {"TDiep"})


class NotReadable(ValueError):
    """It cannot be read as an XML document, or holds what only harms."""


@dataclass(frozen=True)
class Target:
    """What a reference names.

    :param whole: the document, with what stands around its root
    """

    element: etree._Element
    whole: bool


class Document:
    """One file; the tree is never changed.

    :raise NotReadable: not well-formed, with a document type, or over the parser's limits
    """

    def __init__(self, data: bytes):
        self._parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
        )
        try:
            self.tree = etree.parse(io.BytesIO(data), self._parser)
        except etree.XMLSyntaxError as error:
            raise NotReadable(type(error).__name__) from None
        if self.tree.docinfo.internalDTD is not None or self.tree.docinfo.externalDTD is not None:
            raise NotReadable("document type")
        self.root = self.tree.getroot()
        self.signatures = list(self.root.iter(SIGNATURE))
        self._identified: dict[str, list] | None = None

    @property
    def encoding_known(self) -> bool:
        """Tell whether every program reads the same characters."""
        return (self.tree.docinfo.encoding or "UTF-8").upper() in ENCODINGS

    def remains(self) -> str:
        """Return why a file without a signature is not simply unsigned; empty: it is.

        Parts of a signature stay where it was taken out; what else is of its namespace nobody here knows.
        """
        names = {etree.QName(part).localname for part in self.root.iter(f"{DS}*")}
        if names & PARTS:
            return "removed"
        # What looks like a signature of another language, or of a doctored name.
        return "kind" if names or any(True for _part in self.root.iter(*LOOKALIKES)) else ""

    def target(self, uri: str) -> Target | None:
        """Return what a reference within the document names; None: nothing, or more than one element.

        :param uri: empty, or # and an identifier
        """
        if not uri:
            return Target(self.root, whole=True)
        if self._identified is None:
            self._identified = {}
            for element in self.root.iter("*"):
                for name in IDENTIFIERS:
                    if (value := element.get(name)) is not None:
                        self._identified.setdefault(value, []).append(element)
        found = self._identified.get(uri[1:], [])
        return Target(found[0], whole=False) if len(found) == 1 else None

    def canonical(self, target: Target, algorithm: str, prefixes=(), without=None) -> bytes:
        """Return the canonical form of a part of the document.

        :param algorithm: of CANONICAL
        :param prefixes: the inclusive ones of an exclusive form
        :param without: a signature that is left out
        :raise NotImplementedError: a form that depends on what stands around the part
        """
        element, exclusive = target.element, CANONICAL[algorithm]
        if not exclusive and any(
            name.startswith(XML_NAMESPACE) for ancestor in element.iterancestors() for name in ancestor.attrib
        ):
            raise NotImplementedError("inherited attributes")
        if without is not None and (without is element or element in without.iterancestors()):
            element = self._copy_without(element, without)
        if target.whole:
            element = element.getroottree()
        else:
            # As a document of its own, which has all the namespaces of its place: within the tree the library
            # writes a wrong canonical form (it adds empty default namespaces).
            element = etree.fromstring(etree.tostring(element, with_tail=False), self._parser)
        return etree.tostring(
            element,
            method="c14n",
            exclusive=exclusive,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes) or None,
        )

    def _copy_without(self, element, signature):
        """Return the element in a copy of the document in which a comment stands for the signature."""
        if signature is element or signature.getparent() is None:
            raise NotImplementedError("a signature that is the document")
        pairs = zip(self.root.iter("*"), copy.deepcopy(self.tree).getroot().iter("*"), strict=True)
        twins = {mine: twin for mine, twin in pairs if mine is element or mine is signature}
        gap = etree.Comment("")
        gap.tail = twins[signature].tail
        twins[signature].getparent().replace(twins[signature], gap)
        return twins[element]


def uncovered(document: Document, signature, targets: list[Target]) -> str:
    """Return the reason why a sound signature does not cover what the document says; empty: it does.

    :param targets: what its references name, each found intact
    """
    elements = {target.element for target in targets}
    if document.root in elements:
        reason = ""
    elif _is_framed(document.root, elements):
        reason = ""
    else:
        return "part_signed" if etree.QName(document.root).localname in FORMS else "not_covered"
    if not _objects_covered(signature, elements) or _is_within_text(signature):
        reason = "not_covered"
    whole = any(target.whole for target in targets)
    return reason or _comments(document, signature) or _surroundings(document.root, whole)


def _is_framed(root, elements: set) -> bool:
    """Tell whether all but the signed data is a frame of a published form, with signatures and nothing else in it."""
    name = etree.QName(root).localname
    children = list(root.iterchildren("*"))
    if len(children) != 2 or not _is_bare(root):
        return False
    data, place = children
    names = (name, etree.QName(data).localname, etree.QName(place).localname)
    return data in elements and names in FRAMES and _holds_signatures_only(place)


def _holds_signatures_only(place) -> bool:
    return _is_bare(place) and all(
        child.tag == SIGNATURE or _holds_signatures_only(child) for child in place.iterchildren("*")
    )


def _is_bare(element) -> bool:
    """Tell whether an element itself says nothing: neither text nor attributes."""
    return not element.attrib and not any((text or "").strip() for text in _texts(element))


def _objects_covered(signature, elements: set) -> bool:
    """Tell whether a signature carries nothing that is not signed, save what AdES adds to it afterwards."""
    for holder in signature.iterchildren(OBJECT):
        if holder in elements:
            continue
        if (holder.text or "").strip():
            return False
        for child in holder.iterchildren("*"):
            if child not in elements and not _is_qualified(child, elements):
                return False
    return True


def _is_within_text(signature) -> bool:
    """Tell whether a signature stands in a text: it is left out of what is digested, and cuts the text in two."""
    return any((text or "").strip() for text in _texts(signature.getparent()))


def _texts(element) -> list[str | None]:
    """Return the texts that stand in an element itself, not in those within it."""
    return [] if element is None else [element.text, *(child.tail for child in element)]


def _is_qualified(properties, elements: set) -> bool:
    if etree.QName(properties).localname != "QualifyingProperties":
        return False
    return all(
        part in elements or etree.QName(part).localname == "UnsignedProperties" for part in properties.iterchildren("*")
    )


def _comments(document: Document, signature) -> str:
    """Return why comments, which no signature covers, cast doubt on what is signed."""
    reason = ""
    for comment in document.tree.iter(etree.Comment):
        if signature in comment.iterancestors():
            return "damaged_signature"
        before = comment.getprevious()
        text = before.tail if before is not None else getattr(comment.getparent(), "text", "")
        if (text or "").strip() or (comment.tail or "").strip():
            # It cuts a text in two: programs that read the first half only read another text than was signed.
            return "not_covered"
        reason = "part_signed"
    return reason or ("part_signed" if _around(document.root, etree.Comment) else "")


def _surroundings(root, whole: bool) -> str:
    """Return why instructions around the root cast doubt on what is shown."""
    targets = [instruction.target for instruction in _around(root, etree.PI)]
    # A style sheet is another file, and decides what is shown.
    return "part_signed" if "xml-stylesheet" in targets or (targets and not whole) else ""


def _around(root, kind) -> list:
    beside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    return [node for node in beside if node.tag is kind]
