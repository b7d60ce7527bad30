# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""One line of the journal as the hash chain covers it and the export shows it."""

# In the order of the columns that ``record_of`` takes.
COLUMNS = (
    "id",
    "at",
    "event",
    "user_id",
    "role",
    "company_id",
    "account_id",
    "res_model",
    "res_id",
    "purpose",
    "dossier_code",
    "detail",
    "address",
)
FORMAT = "dvc-journal-1"


def record_of(row: tuple) -> dict:
    """Return the record of a row of the journal's table.

    :param row: values of COLUMNS; ``at`` a naive datetime in UTC
    """
    line = dict(zip(COLUMNS, row, strict=True))
    return {
        "id": line["id"],
        "at": line["at"].strftime("%Y-%m-%d %H:%M:%S"),
        "event": line["event"],
        "user": line["user_id"],
        "role": line["role"],
        "agency": line["company_id"] or 0,
        "account": line["account_id"] or 0,
        "model": line["res_model"] or "",
        "record": line["res_id"] or 0,
        "purpose": line["purpose"] or "",
        "dossier_code": line["dossier_code"] or "",
        "detail": line["detail"] or {},
        "address": line["address"] or "",
    }
