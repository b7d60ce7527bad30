# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What does opening the board cost, against a stock task board of the same rows? Budget: 1.2."""

import psycopg2
from measure import DATABASE, Web, kanban_specification, multiply, paired

COLORS = {"on_time": "success", "at_risk": "warning", "late": "danger", "met": "info", "missed": "secondary"}
TASK_COLORS = {"1_done": "success", "1_canceled": "danger", "03_approved": "info", "02_changes_requested": "warning"}


def _open(web: Web, model: str, specification: dict, bar: dict):
    def work():
        web.call(model, "read_progress_bar", domain=[], group_by="stage_id", progress_bar=bar)
        web.call(
            model,
            "web_read_group",
            domain=[],
            groupby=["stage_id"],
            aggregates=["__count"],
            auto_unfold=True,
            unfold_read_specification=specification,
            unfold_read_default_limit=40,
        )

    return work


def _fill(rows: int, project: int) -> None:
    with psycopg2.connect(dbname=DATABASE) as connection, connection.cursor() as cursor:
        multiply(
            cursor,
            "dvc_dossier",
            rows,
            {"code": "source.code || '-' || n || '-' || source.r"},
            dropped=("client_ref", "client_fingerprint", "access_token"),
        )
        multiply(cursor, "project_task", rows, {}, dropped=("access_token", "recurrence_id"))
    connection = psycopg2.connect(dbname=DATABASE)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dvc_dossier; ANALYZE project_task")
    connection.close()


def measure(rounds: int) -> dict:
    admin = Web("admin")
    project = admin.call("project.project", "create", [{"name": "Board"}])[0]
    stages = admin.call(
        "project.task.type", "create", [{"name": f"Stage {n}", "project_ids": [(4, project)]} for n in range(10)]
    )
    partners = admin.call("res.partner", "search", [], limit=50)
    admin.call(
        "project.task",
        "create",
        [
            {
                "name": f"Task {n}",
                "project_id": project,
                "stage_id": stages[n % len(stages)],
                "partner_id": partners[n % len(partners)],
            }
            for n in range(300)
        ],
    )
    ours_view = kanban_specification(admin, "dvc.dossier", False)
    peer_view = kanban_specification(admin, "project.task", False)
    answer = {}
    for rows in (1_000, 100_000):
        _fill(rows, project)
        ours, peer = paired(
            _open(admin, "dvc.dossier", ours_view, {"field": "sla", "colors": COLORS}),
            _open(admin, "project.task", peer_view, {"field": "state", "colors": TASK_COLORS}),
            rounds,
        )
        answer[f"{rows} rows"] = {
            "dvc.dossier": ours.as_dict(),
            "project.task": peer.as_dict(),
            "ratio": round(ours.median_ms / peer.median_ms, 2),
        }
    return answer
